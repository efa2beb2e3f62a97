// What the page knows: the server's View, kept current, and what the person chose. Everything else is drawn from it.

export const DM = "dm";

export const state = {
  view: null,   // the server's View
  me: "",       // id of the person one speaks as
  guild: "",    // id of the server that is shown, or DM
  place: "",    // id of the channel, or DM
  skew: 0,      // server clock minus ours, in ms
  unread: new Set(),
  about: null,  // {kind: "reply" | "edit", message}
};

export const person = (id) => state.view.people.find((p) => p.id === id) || (state.view.bot.id === id ? state.view.bot : null);
export const channel = (id) => state.view.channels.find((c) => c.id === id);
export const guild = (id) => state.view.guilds.find((g) => g.id === id);
export const member = (id, guildID = state.guild) => guild(guildID)?.members.find((m) => m.id === id);
export const role = (id) => state.view.guilds.flatMap((g) => g.roles).find((r) => r.id === id);
export const isBot = (id) => id === state.view.bot.id;

export const nameOf = (id) => member(id)?.name ?? person(id)?.name ?? "someone";
export const colourOf = (id) => member(id)?.colour ?? 0;

// speakers are those one can speak as here: the server's members, or in direct messages everybody.
export const speakers = () => state.guild === DM ? state.view.people
  : guild(state.guild).members.filter((m) => !isBot(m.id));

export const sees = (id, place) => member(id)?.sees.includes(place) ?? true;
export const writes = (place) => place === DM || (member(state.me, channel(place)?.guild)?.writes.includes(place) ?? false);
export const manages = (place) => member(state.me, channel(place)?.guild)?.manages?.includes(place) ?? false;

export const where = (m) => (m.with ? DM : m.channel);
export const mine = (m) => (!m.only || m.only === state.me) && (!m.with || m.with === state.me);
export const here = (m) => mine(m) && where(m) === state.place;
export const now = () => Date.now() + state.skew;

export function remember(key, value) { try { localStorage.setItem(key, value); } catch { /* a page without storage forgets */ } }
export function recall(key) { try { return localStorage.getItem(key) ?? ""; } catch { return ""; } }

// A very small bus: modules tell each other what happened without knowing each other.
const listeners = {};
export const on = (what, hear) => (listeners[what] ??= []).push(hear);
export const emit = (what, data) => { for (const hear of listeners[what] ?? []) hear(data); };
