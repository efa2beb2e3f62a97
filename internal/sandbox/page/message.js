// How one message looks.
import { make, button, clock, when, span, size, tint, wear } from "./dom.js";
import { state, person, nameOf, colourOf, isBot, emit } from "./state.js";
import { write, plain, outside } from "./markup.js";
import { components } from "./components.js";
import { ask } from "./api.js";

export function face(id, name) {
  const i = state.view.people.findIndex((p) => p.id === id);
  const f = make("span", "face " + (isBot(id) ? "c0" : i < 0 ? "c5" : "c" + (1 + i % 5)), [...(name || "?")][0].toUpperCase());
  f.setAttribute("aria-hidden", "true");
  return f;
}

export const authorName = (m) => person(m.author.id) ? nameOf(m.author.id) : m.author.name;

// together says that a message goes on where the one before it ended: same person, soon after.
function together(m, before) {
  return before && before.author.id === m.author.id && m.at - before.at < 5 * 60000 && !m.answers && !m.only && !before.only && !m.notice;
}

export function messageItem(m, before) {
  const grouped = together(m, before);
  const li = wear(make("li", "message"), { tabIndex: -1 });
  li.dataset.id = m.id;
  for (const [cls, wanted] of [["only", m.only], ["thinking", m.thinking], ["notice", m.notice], ["grouped", grouped]]) li.classList.toggle(cls, !!wanted);
  if (m.answers) li.append(quote(m.answers));
  const body = make("div", "body");
  if (!grouped) body.append(byline(m));
  else if (m.edited) body.append(make("span", "edited", "(edited)"));
  const text = make("div", "text");
  if (m.thinking) text.append(`${authorName(m)} is thinking`, make("span", "dots"));
  else write(m.text, text);
  if (text.hasChildNodes()) body.append(text);
  for (const f of m.files ?? []) body.append(file(f));
  for (const e of m.embeds ?? []) body.append(embed(e, m));
  if (m.components?.length) body.append(components(m));
  if (m.reactions?.length) body.append(reactions(m));
  if (m.only) body.append(onlyNote(m));
  li.append(grouped ? make("span", "at", clock(m.at).slice(0, 5)) : face(m.author.id, authorName(m)), body);
  return li;
}

function quote(q) {
  const about = make("p", "answers", make("b", "", person(q.author.id) ? nameOf(q.author.id) : q.author.name), ` ${q.verb ? q.verb + " " : ""}`, plain(q.text));
  if (!q.id) return about;
  about.classList.add("leads");
  about.addEventListener("click", () => emit("reveal", q.id));
  return about;
}

function byline(m) {
  const by = make("p", "by", tint(make("b", "", authorName(m)), colourOf(m.author.id)));
  if (isBot(m.author.id)) by.append(make("span", "tag", "BOT"));
  by.append(wear(make("time", "", when(m.at)), { dateTime: new Date(m.at).toISOString() }));
  if (m.edited) by.append(make("span", "edited", "(edited)"));
  if (m.pinned) by.append(make("span", "edited", "pinned"));
  if (m.took !== undefined) by.append(wear(make("span", m.took > 1500 ? "took slow" : "took", span(m.took)), { title: "from question to answer, as the simulator saw it" }));
  return by;
}

function onlyNote(m) {
  return make("p", "only-note", "Only you can see this.",
    button("plain", "Dismiss", () => ask("delete", { as: state.me, message: m.id }).then((a) => emit("problem", a.problem ?? ""))));
}

function file(f) {
  if (!f.image) {
    const a = make("a", "", f.name);
    a.href = f.local;
    a.download = f.name;
    return make("p", "file", a, make("span", "hint", size(f.size)));
  }
  return picture(f.local, f.description || f.name, "attached");
}

function picture(src, alt, cls) {
  return wear(make("img", cls), { src, alt, loading: "lazy" });
}

// local is where the page may load a picture from: an attachment of the message, or the simulator's own file. Nothing
// is loaded from elsewhere.
function local(url, m) {
  const name = url.startsWith("attachment://") ? url.slice(13) : null;
  const own = (m.files ?? []).find((f) => f.source === url || (name && f.name === name));
  if (own) return own.local;
  const path = state.view.files && url.startsWith(state.view.files) ? url.slice(state.view.files.length).match(/^attachments\/\d+\/(\d+)\//) : null;
  return path ? "/sandbox/file/" + path[1] : "";
}

export function image(media, m, cls, alt = "") {
  if (!media?.url) return "";
  const src = local(media.url, m);
  if (src) return picture(src, alt, cls);
  return make("p", "elsewhere " + cls, "picture elsewhere: ", /^https?:/.test(media.url) ? outside(media.url, media.url) : media.url);
}

function embed(e, m) {
  const box = tint(make("div", "embed"), e.color ?? 0);
  const main = make("div", "embed-main");
  if (e.author?.name) main.append(make("p", "embed-author", icon(e.author.icon_url, m), linked(e.author.name, e.author.url)));
  if (e.title) main.append(make("p", "embed-title", e.url ? outside(e.url, e.title) : write(e.title, make("span"))));
  if (e.description) main.append(write(e.description, make("div", "text")));
  if (e.fields?.length) main.append(fields(e.fields));
  main.append(image(e.image, m, "embed-image"));
  const foot = [e.footer?.text, e.timestamp && new Date(e.timestamp).toLocaleString()].filter(Boolean).join(" · ");
  if (foot) main.append(make("p", "embed-foot", icon(e.footer?.icon_url, m), foot));
  box.append(main, image(e.thumbnail, m, "embed-thumb"));
  return box;
}

const linked = (text, url) => (url ? outside(url, text) : text);

function icon(url, m) {
  const src = url ? local(url, m) : "";
  return src ? picture(src, "", "embed-icon") : "";
}

function fields(list) {
  const grid = make("dl", "embed-fields");
  for (const f of list) {
    const cell = make("div", f.inline ? "inline" : "", write(f.name, make("dt")), write(f.value, make("dd")));
    grid.append(cell);
  }
  return grid;
}

function reactions(m) {
  const row = make("p", "reactions");
  for (const r of m.reactions) {
    const on = (r.users ?? []).includes(state.me);
    row.append(button("reaction", `${r.emoji} ${r.count}`, () => emit("react", { m, emoji: r.emoji, on: !on }), {
      "aria-pressed": String(on), title: (r.users ?? []).map(nameOf).join(", "), "aria-label": `${r.emoji}, ${r.count}`,
    }));
  }
  return row;
}
