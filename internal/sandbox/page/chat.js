// The messages of the channel that is shown, and what one can do with each.
import { $, make, button, wear } from "./dom.js";
import { state, on, emit, here, mine, where, isBot, manages, channel, nameOf, DM } from "./state.js";
import { messageItem, authorName } from "./message.js";
import { plain } from "./markup.js";
import { WindowedList } from "./list.js";
import { act } from "./api.js";
import { setAbout } from "./composer.js";

const EMOJI = ["👍", "❤️", "😂", "🎉", "😮", "👀"];
const list = new WindowedList($("messages"), messageItem, () => { $("newest").hidden = list.atNewest(); });
let current = ""; // the message that has the one tab stop of the list

function arrive() {
  list.show(state.view.messages.filter(here));
  $("empty").hidden = list.items.length > 0;
  point(list.items.at(-1)?.id ?? "");
  drawTyping();
}

function onMessage(m) {
  const all = state.view.messages;
  const i = all.findLastIndex((old) => old.id === m.id);
  if (i >= 0) all[i] = m; else all.push(m);
  if (all.length > 5000) all.splice(0, 500);
  if (i < 0) stopTyping(m);
  if (!here(m)) {
    if (i < 0 && mine(m) && m.author.id !== state.me) emit("unread", where(m));
    return;
  }
  if (list.index(m.id) >= 0) replace(m);
  else {
    list.add(m, m.author.id === state.me);
    list.element(m.id)?.classList.add("fresh");
    $("empty").hidden = true;
    point(m.id);
  }
  if (m.author.id !== state.me && !m.thinking && (i < 0 || m.answers)) $("said").textContent = `${authorName(m)}: ${plain(m.text)}`;
}

function replace(m) {
  const focused = document.activeElement?.closest?.("#messages > li")?.dataset.id === m.id;
  list.replace(m);
  if (m.id === current) point(m.id);
  if (focused) list.element(m.id)?.focus({ preventScroll: true });
}

function onGone({ id }) {
  state.view.messages = state.view.messages.filter((m) => m.id !== id);
  const at = list.index(id);
  const focused = document.activeElement?.closest?.("#messages > li")?.dataset.id === id;
  list.remove(id);
  if (current === id) point(list.items[Math.min(at, list.items.length - 1)]?.id ?? "", focused);
  $("empty").hidden = list.items.length > 0;
  if (state.about?.message.id === id) setAbout(null);
}

// --- one message after the other, by keyboard ------------------------------------------------------------------------------

function point(id, focus) {
  const old = list.element(current);
  if (old) old.tabIndex = -1;
  current = id;
  const e = list.element(id);
  if (!e) return;
  e.tabIndex = 0;
  if (focus) { e.focus({ preventScroll: true }); e.scrollIntoView({ block: "nearest" }); }
}

const itemOf = (target) => target.closest?.("#messages > li");
const messageOf = (li) => list.items[list.index(li.dataset.id)];

function onKey(e) {
  const li = itemOf(e.target);
  if (!li || e.target !== li) return;
  const at = list.index(li.dataset.id);
  const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: list.items.length - 1 }[e.key];
  if (to !== undefined) {
    e.preventDefault();
    const next = list.items[to];
    if (!next) { if (e.key === "ArrowDown") $("text").focus(); return; }
    if (!list.element(next.id)) list.reveal(next.id);
    point(next.id, true);
    return;
  }
  const does = { r: "reply", e: "edit", Delete: "delete", f: "follow" }[e.key];
  if (!does || e.ctrlKey || e.metaKey || e.altKey) return;
  e.preventDefault();
  actions(messageOf(li)).find((a) => a.name === does)?.run();
}

// --- what can be done with a message -----------------------------------------------------------------------------------------

function actions(m) {
  const own = m.author.id === state.me && !m.only;
  return [
    { name: "react", label: "☺", title: "Add a reaction", wanted: !m.only && !m.thinking, run: () => $("messages").querySelector(".emoji")?.toggleAttribute("hidden") },
    { name: "reply", label: "↩", title: "Reply (R)", wanted: !m.only && !m.thinking, run: () => setAbout({ kind: "reply", message: m }) },
    { name: "edit", label: "✎", title: "Edit (E)", wanted: own, run: () => setAbout({ kind: "edit", message: m }) },
    { name: "delete", label: "✕", title: "Delete (Del)", wanted: own || (!m.only && manages(state.place)), run: () => act("delete", { as: state.me, message: m.id }) },
    { name: "follow", label: "⇝", title: "Follow this event (F)", wanted: !!m.trace, run: () => emit("follow", m.trace) },
  ].filter((a) => a.wanted);
}

// There is one toolbar; it goes to the message that is pointed at or has the focus.
const toolbar = wear(make("div", "toolbar"), { role: "toolbar", "aria-label": "This message" });

function equip(li) {
  if (toolbar.parentElement === li) return;
  const m = messageOf(li);
  if (!m) return;
  const emoji = make("span", "emoji", ...EMOJI.map((e) => button("plain", e, () => { react({ m, emoji: e, on: true }); emoji.hidden = true; }, { "aria-label": "React with " + e })));
  emoji.hidden = true;
  toolbar.replaceChildren(emoji, ...actions(m).map((a) => {
    const b = button("plain", a.label, a.run, { title: a.title, "aria-label": a.title });
    b.dataset.action = a.name;
    return b;
  }));
  li.append(toolbar);
}

const react = ({ m, emoji, on: give }) => act("react", { as: state.me, message: m.id, emoji, on: give });

// reveal shows a message wherever it is, and marks it for a moment.
function reveal(id) {
  const m = state.view.messages.findLast((x) => x.id === id);
  if (!m || !mine(m)) { emit("problem", m ? `only ${nameOf(m.only || m.with)} sees that message` : "that message is gone"); return; }
  if (where(m) !== state.place) emit("go", where(m));
  const e = list.reveal(id);
  if (!e) return;
  point(id);
  e.classList.remove("fresh");
  requestAnimationFrame(() => e.classList.add("fresh"));
}

// --- who types -----------------------------------------------------------------------------------------------------------------

const typists = new Map(); // place + " " + user → when it ends

function onTyping(t) {
  if (t.user === state.me || (t.with && t.with !== state.me && t.user !== t.with)) return;
  typists.set(`${t.with ? DM : t.channel} ${t.user}`, Date.now() + 10000);
  drawTyping();
}

function stopTyping(m) {
  if (typists.delete(`${where(m)} ${m.author.id}`)) drawTyping();
}

function drawTyping() {
  const names = [];
  for (const [key, until] of typists) {
    if (until < Date.now()) { typists.delete(key); continue; }
    const [place, user] = key.split(" ");
    if (place === state.place && (isBot(user) || place !== DM || channel(place))) names.push(nameOf(user));
  }
  $("typing").textContent = names.length === 0 ? "" : names.length === 1 ? `${names[0]} is typing…` : `${names.slice(0, 3).join(", ")} are typing…`;
}

const messages = $("messages");
messages.addEventListener("keydown", onKey);
messages.addEventListener("pointerover", (e) => { const li = itemOf(e.target); if (li) equip(li); });
messages.addEventListener("focusin", (e) => { const li = itemOf(e.target); if (li) { equip(li); if (e.target === li) point(li.dataset.id); } });
messages.addEventListener("load", (e) => { if (e.target.tagName === "IMG" && list.last === list.items.length && messages.scrollHeight - messages.scrollTop - messages.clientHeight < 500) list.toEnd(); }, true);
$("newest").addEventListener("click", () => { list.newest(); point(list.items.at(-1)?.id ?? ""); });
// When the room for the list changes, because a form opened or the window did, the newest message stays in sight.
let wasAtEnd = true;
messages.addEventListener("scroll", () => { wasAtEnd = list.atNewest(); }, { passive: true });
new ResizeObserver(() => { if (wasAtEnd) list.toEnd(); }).observe(messages);
setInterval(() => { if (typists.size) drawTyping(); }, 1000);

on("arrive", arrive);
on("message", onMessage);
on("gone", onGone);
on("typing", onTyping);
on("react", react);
on("reveal", reveal);
on("redraw", () => list.redraw());
on("edit-last", () => {
  const last = list.items.findLast((m) => m.author.id === state.me && !m.only);
  if (last) setAbout({ kind: "edit", message: last });
});
