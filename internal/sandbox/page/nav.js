// Servers, channels, and the people one can speak as.
import { $, make, wear, tint } from "./dom.js";
import { state, on, emit, DM, guild, channel, speakers, sees, role, remember, recall, nameOf } from "./state.js";
import { face } from "./message.js";

function choice(group, value, checked, parts, choose) {
  const input = wear(make("input"), { type: "radio", name: group, id: `${group}-${value}`, value, checked });
  input.addEventListener("change", () => choose(value));
  const wrap = make("div", "choice", input, wear(make("label", "", ...parts), { htmlFor: input.id }));
  wrap.dataset.value = value;
  return wrap;
}

const sign = (text) => wear(make("span", "hash", text), { "aria-hidden": "true" });

const initials = (name) => name.split(/\s+/).filter((w) => !/^(the|of|and)$/i.test(w)).map((w) => w[0]).join("").slice(0, 2).toUpperCase();

function drawGuilds() {
  const one = (id, label, text) => {
    const b = wear(make("button", "guild", text), { type: "button", title: label, "aria-label": label, "aria-pressed": String(state.guild === id) });
    b.dataset.value = id;
    if (guild(id)?.outage) b.classList.add("outage");
    b.addEventListener("click", () => enter(id));
    return b;
  };
  $("guilds").replaceChildren(one(DM, "Direct messages", "✉"), ...state.view.guilds.map((g) => one(g.id, g.name, initials(g.name))));
}

// draw keeps the focus where it was, because the world is drawn anew whenever it changes.
function draw() {
  const focused = document.activeElement?.id;
  drawGuilds();
  const dm = state.guild === DM;
  const g = guild(state.guild);
  $("guild-name").textContent = dm ? "Direct messages" : g.name;
  const rooms = dm ? [choice("place", DM, true, [sign("✉"), state.view.bot.name], goTo)]
    : state.view.channels.filter((c) => c.guild === g.id && sees(state.me, c.id)).map((c) => choice("place", c.id, c.id === state.place, [sign(c.thread ? "⤷" : "#"), c.name], goTo));
  $("places").replaceChildren(...rooms);
  $("people").replaceChildren(...speakers().map((m) => choice("me", m.id, m.id === state.me, [face(m.id, m.name), personLabel(m)], become)));
  drawUnread();
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

function personLabel(m) {
  const ranks = (m.roles ?? []).map((id) => role(id)?.name).filter(Boolean);
  if (guild(state.guild)?.owner === m.id) ranks.unshift("owner");
  return make("span", "who", tint(make("span", "name", m.name), m.colour), ranks.length ? make("span", "ranks", ranks.join(", ")) : "");
}

function drawUnread() {
  for (const e of $("places").children) e.classList.toggle("unread", state.unread.has(e.dataset.value));
  for (const e of $("guilds").children) {
    const places = e.dataset.value === DM ? [DM] : state.view.channels.filter((c) => c.guild === e.dataset.value).map((c) => c.id);
    e.classList.toggle("unread", e.dataset.value !== state.guild && places.some((p) => state.unread.has(p)));
  }
}

export function enter(id) {
  state.guild = id;
  settle();
  arrive();
}

export function goTo(id) {
  state.place = id;
  if (id !== DM) state.guild = channel(id).guild;
  else state.guild = DM;
  settle();
  arrive();
}

function become(id) {
  state.me = id;
  settle();
  arrive();
}

// settle makes the choices fit together: a person of this server, in a channel of it that this person sees.
export function settle() {
  const v = state.view;
  if (state.guild !== DM && !guild(state.guild)) state.guild = guild(recall("guild"))?.id ?? v.guilds[0]?.id ?? DM;
  const people = speakers();
  if (!people.some((p) => p.id === state.me)) state.me = people.find((p) => p.id === recall("me"))?.id ?? people[0]?.id ?? "";
  if (state.guild === DM) state.place = DM;
  else {
    const rooms = v.channels.filter((c) => c.guild === state.guild && sees(state.me, c.id));
    if (!rooms.some((c) => c.id === state.place)) state.place = rooms.find((c) => c.id === recall("place-" + state.guild))?.id ?? rooms[0]?.id ?? "";
  }
  remember("me", state.me);
  remember("guild", state.guild);
  remember("place-" + state.guild, state.place);
}

function arrive() {
  state.unread.delete(state.place);
  draw();
  const c = channel(state.place);
  $("place").replaceChildren(...(state.place === DM ? [state.view.bot.name, make("span", "", ` direct messages with ${nameOf(state.me)}`)] : ["#" + (c?.name ?? ""), make("span", "", ` in ${guild(state.guild)?.name ?? ""}`)]));
  $("topic").textContent = c?.topic ?? "";
  emit("arrive");
}

on("view", () => { settle(); arrive(); });
on("world", () => {
  const { me, place } = state;
  settle();
  if (me !== state.me || place !== state.place) arrive(); else draw();
});
on("unread", (place) => { state.unread.add(place); drawUnread(); });
on("go", goTo);
