// The message box: sending, replying, editing, and what is suggested while one types.
import { $, make, wear, button, size } from "./dom.js";
import { state, on, emit, person, nameOf, channel, writes, DM } from "./state.js";
import { act, ask, interact, placeNow } from "./api.js";
import { openCommand, closeCommand, sendCommand, filling } from "./command.js";
import { peopleOptions, channelOptions } from "./picker.js";
import { plain } from "./markup.js";

const box = $("text");
let offered = [];   // {from, insert, name, hint, command}
let chosen = -1;
let sending = false;
let typedAt = 0;
let attached = [];  // files that go with the next message

function problem(text) {
  $("problem").textContent = text;
  $("problem").hidden = !text;
  box.setAttribute("aria-invalid", text ? "true" : "false");
}

async function send() {
  const text = box.value;
  if (sending || !state.view) return;
  const bare = commandCalled(text.trim());
  if (bare?.options.some((o) => o.required)) { closeSuggestions(); openCommand(bare); return; }
  sending = true;
  closeSuggestions();
  const answer = await deliver(text);
  sending = false;
  if (answer.problem) return;
  if (box.value === text) box.value = "";
  attached = [];
  typedAt = 0;
  drawAttached();
  setAbout(null);
}

async function deliver(text) {
  const about = state.about;
  if (about?.kind === "edit") return act("edit", { as: state.me, message: about.message.id, text });
  if (text.trimStart().startsWith("/")) return interact("slash", { ...placeNow(), text });
  const files = await Promise.all(attached.map(async (f) => ({ name: f.name, type: f.type, content: await base64(f) })));
  return act("say", { ...placeNow(), text, reply: about?.message.id ?? "", files });
}

export const commandsHere = () => state.view.commands.filter((c) => !c.guild || c.guild === state.guild);
const commandCalled = (text) => commandsHere().find((c) => "/" + c.name === text.toLowerCase());

// --- files ---------------------------------------------------------------------------------------------------------------

const base64 = (file) => new Promise((done, failed) => {
  const reader = new FileReader();
  reader.onload = () => done(reader.result.slice(reader.result.indexOf(",") + 1));
  reader.onerror = () => failed(reader.error);
  reader.readAsDataURL(file);
});

function attach(files) {
  attached.push(...[...files].filter((f) => f.size > 0));
  drawAttached();
  box.focus();
}

function drawAttached() {
  $("files").hidden = attached.length === 0;
  $("files").replaceChildren(...attached.map((f) => make("span", "chip", `${f.name}, ${size(f.size)}`, button("plain", "✕", () => { attached = attached.filter((x) => x !== f); drawAttached(); }, { "aria-label": "Do not attach " + f.name }))));
}

// typing tells the others, now and then, that somebody types; commands are typed unseen.
function typing() {
  if (!box.value || box.value.startsWith("/") || Date.now() - typedAt < 8000) return;
  typedAt = Date.now();
  ask("typing", placeNow());
}

// --- suggestions ---------------------------------------------------------------------------------------------------------

function offers() {
  const text = box.value.slice(0, box.selectionEnd);
  if (text.startsWith("/")) {
    const typed = text.slice(1).toLowerCase().trimEnd();
    return commandsHere().filter((c) => c.name.startsWith(typed))
      .map((c) => ({ from: 0, insert: `/${c.name} `, name: "/" + c.name, hint: [c.options.map((o) => o.name + (o.required ? "" : "?")).join(", "), c.description].filter(Boolean).join(" · "), command: c }));
  }
  const at = text.match(/(?:^|\s)([@#])([\w-]*)$/);
  if (!at) return [];
  const typed = at[2].toLowerCase(), from = text.length - at[2].length - 1;
  if (at[1] === "#") {
    return channelOptions().filter((o) => o.label.slice(1).startsWith(typed)).map((o) => ({ from, insert: `<#${o.value}> `, name: o.label, hint: "" }));
  }
  return peopleOptions().filter((o) => o.label.toLowerCase().startsWith(typed) || o.hint.startsWith(typed))
    .map((o) => ({ from, insert: `@${person(o.value)?.handle ?? o.label} `, name: "@" + o.label, hint: o.hint }));
}

function suggest() {
  offered = state.view && !filling() ? offers().slice(0, 15) : [];
  chosen = -1;
  drawSuggestions();
}

function closeSuggestions() { offered = []; chosen = -1; drawSuggestions(); }

function drawSuggestions() {
  const list = $("suggestions");
  list.replaceChildren(...offered.map((o, i) => {
    const li = wear(make("li", i === chosen ? "cursor" : "", make("b", "", o.name), make("span", "hint", o.hint)), { id: "suggestion-" + i, role: "option", "aria-selected": String(i === chosen) });
    li.addEventListener("mousedown", (e) => { e.preventDefault(); take(o); });
    return li;
  }));
  list.hidden = offered.length === 0;
  box.setAttribute("aria-expanded", String(offered.length > 0));
  box.setAttribute("aria-activedescendant", chosen >= 0 ? "suggestion-" + chosen : "");
  list.children[chosen]?.scrollIntoView({ block: "nearest" });
}

function take(o) {
  if (o.command?.options.length) { closeSuggestions(); openCommand(o.command); return; }
  box.setRangeText(o.insert, o.from, box.selectionEnd, "end");
  box.focus();
  suggest();
  if (o.command) closeSuggestions();
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
    if (offered.length) closeSuggestions(); else setAbout(null);
  } else if (e.key === "Enter" && !e.shiftKey) {
    e.preventDefault();
    if (chosen >= 0) take(offered[chosen]); else send();
  } else if (e.key === "ArrowUp" && !box.value) {
    e.preventDefault();
    emit("edit-last");
  }
}

// --- replying and editing --------------------------------------------------------------------------------------------------

export function setAbout(about) {
  const was = state.about;
  state.about = about;
  $("about").hidden = !about;
  if (was?.kind === "edit" && about === null) box.value = "";
  if (!about) return;
  closeCommand();
  const m = about.message;
  $("about-text").textContent = about.kind === "edit" ? "Editing your message. Esc leaves it as it is." : `Replying to ${nameOf(m.author.id)}: ${plain(m.text).slice(0, 60)}`;
  if (about.kind === "edit") box.value = m.text;
  box.focus();
}

function arrive() {
  closeCommand();
  setAbout(null);
  problem("");
  const name = state.place === DM ? state.view.bot.name : "#" + (channel(state.place)?.name ?? "");
  const may = writes(state.place);
  box.disabled = $("send").disabled = !may;
  box.placeholder = may ? `Message ${name} as ${nameOf(state.me)}` : `${nameOf(state.me)} may not write in ${name}`;
  $("text-label").textContent = box.placeholder;
}

$("composer").addEventListener("submit", (e) => { e.preventDefault(); if (filling()) sendCommand(); else { send(); box.focus(); } });
$("about-end").addEventListener("click", () => { setAbout(null); box.focus(); });
box.addEventListener("keydown", onKey);
box.addEventListener("input", () => { problem(""); suggest(); typing(); });
box.addEventListener("blur", closeSuggestions);
box.addEventListener("paste", (e) => { if (e.clipboardData.files.length) { e.preventDefault(); attach(e.clipboardData.files); } });
$("attach").addEventListener("change", () => { attach($("attach").files); $("attach").value = ""; });
on("problem", problem);
on("arrive", arrive);
on("commands", () => { if (document.activeElement === box) suggest(); });
