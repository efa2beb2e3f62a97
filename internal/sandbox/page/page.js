// The page keeps what the server sent (view) and what the person chose (me, place), and draws from the two. The server
// decides everything; text of people and of the bot only ever enters the document as text, never as markup.
"use strict";

const $ = (id) => document.getElementById(id);
const make = (tag, cls, text) => {
  const e = document.createElement(tag);
  if (cls) e.className = cls;
  if (text !== undefined) e.textContent = text;
  return e;
};
const DM = "dm";

let view = null;      // the server's View, kept current
let me = "";          // id of the person one speaks as
let place = "";       // id of the channel, or DM
let clockSkew = 0;    // server clock minus ours, in ms
const unread = new Set();

// --- what is shown where -------------------------------------------------------------------------------------------

const person = (id) => view.people.find((p) => p.id === id) || (view.bot.id === id ? view.bot : null);
const channel = (id) => view.channels.find((c) => c.id === id);
const where = (m) => (m.with ? DM : m.channel);
const mine = (m) => (!m.only || m.only === me) && (!m.with || m.with === me);
const here = (m) => mine(m) && where(m) === place;
const clock = (ms) => new Date(ms).toLocaleTimeString([], { hour12: false });

function span(ms) {
  if (ms < 1000) return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
  const s = Math.floor(ms / 1000);
  if (s < 60) return `${ms < 10000 ? (ms / 1000).toFixed(1) : s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
}

function face(p) {
  const f = make("span", "face", [...p.name][0].toUpperCase());
  const i = view.people.findIndex((q) => q.id === p.id);
  f.classList.add(p.id === view.bot.id ? "c0" : "c" + (1 + (i + 5) % 5));
  f.setAttribute("aria-hidden", "true");
  return f;
}

// --- text: a small part of Markdown, built as nodes ------------------------------------------------------------------

const markup = /```(?:\w+\n)?\n?([\s\S]+?)\n?```|`([^`\n]+)`|\*\*([\s\S]+?)\*\*|__([\s\S]+?)__|~~([\s\S]+?)~~|\*([^*\s](?:[^*\n]*[^*\s])?)\*|<@!?(\d+)>|<#(\d+)>|<t:(\d+)(?::[a-zA-Z])?>/g;

function write(text, into) {
  let end = 0;
  for (const m of text.matchAll(markup)) {
    into.append(text.slice(end, m.index));
    end = m.index + m[0].length;
    into.append(piece(m));
  }
  into.append(text.slice(end));
  return into;
}

function piece([whole, block, code, bold, under, strike, italic, user, room, time]) {
  if (block !== undefined) return make("pre", "", block);
  if (code !== undefined) return make("code", "", code);
  if (bold !== undefined) return write(bold, make("b"));
  if (under !== undefined) return write(under, make("u"));
  if (strike !== undefined) return write(strike, make("s"));
  if (italic !== undefined) return write(italic, make("em"));
  if (user !== undefined) return make("span", "mention", "@" + (person(user)?.name ?? "someone"));
  if (room !== undefined) return make("span", "mention", "#" + (channel(room)?.name ?? "somewhere"));
  if (time !== undefined) return make("span", "mention", new Date(time * 1000).toLocaleString());
  return whole;
}

// plain is text for one line, where no markup is drawn.
const plain = (text) => text.replace(/<@!?(\d+)>/g, (_, id) => "@" + (person(id)?.name ?? "someone"));

// --- messages --------------------------------------------------------------------------------------------------------

function messageItem(m) {
  const li = make("li", "message");
  li.dataset.id = m.id;
  if (m.only) li.classList.add("only");
  if (m.thinking) li.classList.add("thinking");
  if (m.answers) {
    const a = make("p", "answers");
    a.append(make("b", "", m.answers.author.name), ` ${m.answers.used ? "used " : ""}${plain(m.answers.text)}`);
    li.append(a);
  }
  const author = person(m.author.id) || m.author;
  const by = make("p", "by");
  by.append(make("b", "", author.name));
  if (author.id === view.bot.id) by.append(make("span", "tag", "BOT"));
  const at = make("time", "", clock(m.at));
  at.dateTime = new Date(m.at).toISOString();
  by.append(at);
  if (m.edited) by.append(make("span", "edited", "(edited)"));
  if (m.took !== undefined) {
    const took = make("span", m.took > 1500 ? "took slow" : "took", span(m.took));
    took.title = "from question to answer, as the simulator saw it";
    by.append(took);
  }
  const body = make("div", "body");
  const text = make("div", "text");
  if (m.thinking) text.textContent = `${author.name} is thinking…`;
  else write(m.text, text);
  body.append(by, text);
  for (const e of m.embeds ?? []) body.append(embed(e));
  if (m.only) body.append(make("p", "only-note", "Only you can see this."));
  li.append(face(author), body);
  return li;
}

function embed(e) {
  const box = make("div", "embed");
  if (e.title) box.append(write(e.title, make("b")));
  if (e.description) box.append(write(e.description, make("div", "text")));
  return box;
}

const atEnd = (list) => list.scrollHeight - list.scrollTop - list.clientHeight < 60;
const toEnd = (list) => { list.scrollTop = list.scrollHeight; };

function drawMessages() {
  const shown = view.messages.filter(here);
  $("messages").replaceChildren(...shown.map(messageItem));
  $("empty").hidden = shown.length > 0;
  toEnd($("messages"));
}

function onMessage(m) {
  const i = view.messages.findIndex((old) => old.id === m.id);
  if (i >= 0) view.messages[i] = m; else view.messages.push(m);
  if (view.messages.length > 700) view.messages.splice(0, 100);
  if (!here(m)) {
    if (i < 0 && mine(m) && m.author.id !== me) { unread.add(where(m)); drawUnread(); }
    return;
  }
  const list = $("messages");
  const follow = atEnd(list) || m.author.id === me;
  const item = messageItem(m);
  const old = list.querySelector(`[data-id="${CSS.escape(m.id)}"]`);
  if (old) old.replaceWith(item);
  else { item.classList.add("fresh"); list.append(item); }
  $("empty").hidden = true;
  if (follow) toEnd(list);
}

function onGone({ id }) {
  view.messages = view.messages.filter((m) => m.id !== id);
  drawMessages();
}

// --- choosing a channel and a person ---------------------------------------------------------------------------------

function choice(group, value, checked, parts, choose) {
  const wrap = make("div", "choice");
  wrap.dataset.value = value;
  const input = make("input");
  Object.assign(input, { type: "radio", name: group, id: `${group}-${value}`, value, checked });
  input.addEventListener("change", () => choose(value));
  const label = make("label");
  label.htmlFor = input.id;
  label.append(...parts);
  wrap.append(input, label);
  return wrap;
}

const hash = (sign) => {
  const h = make("span", "hash", sign);
  h.setAttribute("aria-hidden", "true");
  return h;
};

function drawChoices() {
  const rooms = view.channels.map((c) => choice("place", c.id, c.id === place, [hash("#"), c.name], goTo));
  rooms.push(choice("place", DM, place === DM, [hash("✉"), "Message to the bot"], goTo));
  $("places").replaceChildren(...rooms);
  $("people").replaceChildren(...view.people.map((p) => choice("me", p.id, p.id === me, [face(p), p.name], become)));
  drawUnread();
}

function drawUnread() {
  for (const e of $("places").children) e.classList.toggle("unread", unread.has(e.dataset.value));
}

function remember(key, value) { try { localStorage.setItem(key, value); } catch { /* a page without storage forgets */ } }
function recall(key) { try { return localStorage.getItem(key) ?? ""; } catch { return ""; } }

function goTo(id) { place = id; remember("place", id); arrive(); }
function become(id) { me = id; remember("me", id); arrive(); }

function arrive() {
  unread.delete(place);
  drawUnread();
  const name = place === DM ? view.bot.name : "#" + channel(place).name;
  const title = make("span", "", place === DM ? ` direct messages with ${person(me).name}` : ` in ${channel(place).guild}`);
  $("place").replaceChildren(name, title);
  $("text").placeholder = `Message ${name} as ${person(me).name}`;
  $("text-label").textContent = `Message ${name} as ${person(me).name}`;
  drawMessages();
  problem("");
}

// --- the worker --------------------------------------------------------------------------------------------------------

const stateColour = { running: "good", failed: "bad", killing: "bad", stopped: "bad" };

function drawWorker() {
  const w = view.worker, g = view.gateway, now = Date.now() + clockSkew;
  const up = g.connected && w.state === "running";
  const colour = up && w.verdict === "ok" ? "good" : (stateColour[w.state] === "bad" ? "bad" : "busy");
  $("pill").className = "pill " + colour;
  const saying = w.state === "running" && !g.connected ? "running, link down" : w.state || "not started";
  $("pill-text").textContent = w.generation ? `worker ${w.generation}: ${saying}` : saying;
  const late = w.beatAt && now - w.beatAt > 4500;
  const facts = [
    ["State", [w.state || "not started", w.verdict === "unjudged" ? "" : w.verdict].filter(Boolean).join(", "), colour],
    ["Process", w.pid ? `worker ${w.generation}, pid ${w.pid}` : "none"],
    ["Up", w.since && w.pid ? span(Math.max(0, now - w.since)) : "–"],
    ["Last heartbeat", w.beatAt ? `${(Math.max(0, now - w.beatAt) / 1000).toFixed(1)} s ago` : "–", late ? "busy" : ""],
    ["Restarts", w.restarts],
  ];
  if (w.reason) facts.splice(1, 0, ["Because", w.reason, "busy"]);
  if (w.lastCause) facts.push(["Last death", w.lastCause]);
  if (w.lastOutage) facts.push(["Away for", span(w.lastOutage)]);
  facts.push(
    ["Link", g.connected ? `connected, seen ${g.presence}` : `down, seen ${g.presence || "offline"}`, g.connected ? "good" : "busy"],
    ["Sessions", `${g.identifies} identified, ${g.resumes} resumed`],
  );
  $("facts").replaceChildren(...facts.flatMap(([name, value, cls]) => [make("dt", "", name), make("dd", cls, String(value))]));
}

const signs = { in: "→", out: "←", gateway: "~", worker: "●", fault: "!" };

function logItem(l) {
  const li = make("li", l.kind === "fault" ? "fault-line" : l.kind);
  li.append(make("time", "", clock(l.at)), make("i", "", signs[l.kind]), make("span", "", plain(l.text)));
  return li;
}

function drawLog() {
  $("log").replaceChildren(...view.log.map(logItem));
  toEnd($("log"));
}

function onLog(l) {
  const list = $("log");
  const follow = atEnd(list);
  view.log.push(l);
  list.append(logItem(l));
  while (view.log.length > 300) { view.log.shift(); list.firstChild.remove(); }
  if (follow) toEnd(list);
}

// --- asking the server ---------------------------------------------------------------------------------------------------

// post resolves to "" when the server did it, else to the sentence that says why not.
async function post(path, body) {
  try {
    const r = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    if (r.ok) return "";
    const text = await r.text();
    try { return JSON.parse(text).problem; } catch { return text.trim() || r.statusText; }
  } catch {
    return "The supervisor does not answer. Is it still running?";
  }
}

function problem(text) {
  const follow = atEnd($("messages"));
  $("problem").textContent = text;
  $("problem").hidden = !text;
  $("text").setAttribute("aria-invalid", text ? "true" : "false");
  if (follow) toEnd($("messages"));
}

let sending = false;

async function send() {
  const text = $("text").value;
  if (sending || !view) return;
  sending = true;
  closeSuggestions();
  const body = { as: me, channel: place === DM ? "" : place, text };
  const refused = await post(text.trimStart().startsWith("/") ? "/sandbox/slash" : "/sandbox/say", body);
  sending = false;
  problem(refused);
  if (!refused && $("text").value === text) $("text").value = "";
  suggest();
}

async function disturb(button) {
  const refused = await post("/sandbox/fault", { do: button.dataset.do });
  $("fault-said").textContent = refused || `Done at ${clock(Date.now())}: ${button.textContent}.`;
}

// --- suggestions: commands after /, their options, and people after @ ---------------------------------------------------

let offered = [];   // {from, to, insert, name, hint}
let chosen = -1;

function offers() {
  const text = $("text").value.slice(0, $("text").selectionEnd);
  const people = (typed, from, lead) => view.people.concat(view.bot)
    .filter((p) => p.name.toLowerCase().startsWith(typed) || p.handle.startsWith(typed))
    .map((p) => ({ from, insert: lead + p.handle + " ", name: "@" + p.name, hint: p.handle }));
  if (text.startsWith("/")) {
    const names = view.commands.filter((c) => c.name.startsWith(text.slice(1).toLowerCase()));
    if (names.length) return names.map((c) => ({ from: 0, insert: `/${c.name} `, name: "/" + c.name, hint: c.description }));
  }
  const command = view.commands.findLast((c) => text.toLowerCase().startsWith(`/${c.name} `));
  if (command) {
    const valued = text.match(/\s([\w-]+):(\S*)$/);
    const option = valued && command.options.find((o) => o.name === valued[1]);
    if (option?.type === 6) return people(valued[2].replace("@", "").toLowerCase(), text.length - valued[2].length, "");
    if (option?.choices) {
      return option.choices.filter((c) => c.name.toLowerCase().startsWith(valued[2].toLowerCase()))
        .map((c) => ({ from: text.length - valued[2].length, insert: c.name + " ", name: c.name, hint: "" }));
    }
    const word = text.match(/\s(\S*)$/);
    if (word && !word[1].includes(":") && !word[1].startsWith("@")) {
      return command.options.filter((o) => o.name.startsWith(word[1]) && !text.includes(` ${o.name}:`))
        .map((o) => ({ from: text.length - word[1].length, insert: o.name + ":", name: o.name + ":", hint: (o.required ? "" : "optional · ") + o.description }));
    }
  }
  const at = text.match(/(?:^|\s)@(\w*)$/);
  return at ? people(at[1].toLowerCase(), text.length - at[1].length - 1, "@") : [];
}

function suggest() {
  offered = view ? offers().slice(0, 12) : [];
  chosen = -1;
  drawSuggestions();
}

function closeSuggestions() { offered = []; chosen = -1; drawSuggestions(); }

function drawSuggestions() {
  const list = $("suggestions");
  list.replaceChildren(...offered.map((o, i) => {
    const li = make("li");
    Object.assign(li, { id: "suggestion-" + i });
    li.setAttribute("role", "option");
    li.setAttribute("aria-selected", String(i === chosen));
    li.append(make("b", "", o.name), make("span", "", o.hint));
    li.addEventListener("mousedown", (e) => { e.preventDefault(); take(o); });
    return li;
  }));
  list.hidden = offered.length === 0;
  $("text").setAttribute("aria-expanded", String(offered.length > 0));
  if (chosen >= 0) {
    $("text").setAttribute("aria-activedescendant", "suggestion-" + chosen);
    list.children[chosen].scrollIntoView({ block: "nearest" });
  } else $("text").removeAttribute("aria-activedescendant");
}

function take(o) {
  const box = $("text");
  box.setRangeText(o.insert, o.from, box.selectionEnd, "end");
  box.focus();
  suggest();
}

function onKey(e) {
  if (e.isComposing) return;
  const move = { ArrowDown: 1, ArrowUp: -1 }[e.key];
  if (offered.length && move) {
    e.preventDefault();
    chosen = (chosen + move + offered.length + (chosen < 0 && move < 0 ? 1 : 0)) % offered.length;
    drawSuggestions();
  } else if (offered.length && e.key === "Tab" && !e.shiftKey) {
    e.preventDefault();
    take(offered[Math.max(chosen, 0)]);
  } else if (e.key === "Escape") {
    closeSuggestions();
  } else if (e.key === "Enter" && !e.shiftKey) {
    e.preventDefault();
    if (chosen >= 0) take(offered[chosen]); else send();
  }
}

// --- the event stream ------------------------------------------------------------------------------------------------------

function onView(v) {
  view = v;
  clockSkew = v.now - Date.now();
  if (!person(me) || me === v.bot.id) me = person(recall("me"))?.id ?? v.people[0]?.id ?? "";
  if (place !== DM && !channel(place)) place = recall("place");
  if (place !== DM && !channel(place)) place = v.channels[0]?.id ?? DM;
  drawChoices();
  drawWorker();
  drawLog();
  if (person(me)) arrive();
}

const handlers = {
  view: onView, message: onMessage, gone: onGone, log: onLog,
  worker(w) { view.worker = w; drawWorker(); },
  gateway(g) { view.gateway = g; drawWorker(); },
  commands(c) { view.commands = c; if (document.activeElement === $("text")) suggest(); },
};

function listen() {
  const stream = new EventSource("/sandbox/events");
  stream.onopen = () => { $("lost").hidden = true; };
  stream.onerror = () => {
    $("lost").hidden = false;
    if (stream.readyState === EventSource.CLOSED) setTimeout(listen, 1000); // the browser itself retries otherwise
  };
  for (const [kind, handle] of Object.entries(handlers)) {
    stream.addEventListener(kind, (e) => handle(JSON.parse(e.data)));
  }
}

$("composer").addEventListener("submit", (e) => { e.preventDefault(); send(); $("text").focus(); });
$("text").addEventListener("keydown", onKey);
$("text").addEventListener("input", () => { problem(""); suggest(); });
$("text").addEventListener("blur", closeSuggestions);
for (const b of $("faults").querySelectorAll("button")) b.addEventListener("click", () => disturb(b));
setInterval(() => { if (view) drawWorker(); }, 1000);
listen();
