// Small helpers to build the document. Text of people and of the bot only ever enters it as text, never as markup.

export const $ = (id) => document.getElementById(id);

export function make(tag, cls, ...content) {
  const e = document.createElement(tag);
  if (cls) e.className = cls;
  e.append(...content.filter((c) => c !== undefined && c !== null && c !== ""));
  return e;
}

// wear sets properties; those with a dash, and role, are attributes.
export function wear(e, properties) {
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role") e.setAttribute(name, value);
    else e[name] = value;
  }
  return e;
}

export function button(cls, label, press, properties = {}) {
  const b = wear(make("button", cls, label), { type: "button", ...properties });
  b.addEventListener("click", (e) => press(b, e));
  return b;
}

let ids = 0;
export const fresh = (prefix) => `${prefix}-${++ids}`;

// field is a label with its control.
export function field(label, control, hint) {
  control.id ||= fresh("field");
  const wrap = make("div", "field", wear(make("label", "", label), { htmlFor: control.id }), control);
  if (hint) {
    const help = wear(make("span", "hint", hint), { id: control.id + "-hint" });
    control.setAttribute("aria-describedby", help.id);
    wrap.append(help);
  }
  return wrap;
}

export const clock = (ms) => new Date(ms).toLocaleTimeString([], { hour12: false });

// when is a time with its day, unless that is today.
export function when(ms) {
  const day = new Date(ms).toDateString();
  return day === new Date().toDateString() ? clock(ms) : `${new Date(ms).toLocaleDateString([], { day: "numeric", month: "short" })}, ${clock(ms).slice(0, 5)}`;
}

export function span(ms) {
  if (ms < 1000) return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
  const s = Math.floor(ms / 1000);
  if (s < 60) return `${ms < 10000 ? (ms / 1000).toFixed(1) : s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
}

export function size(bytes) {
  if (bytes < 1024) return `${bytes} bytes`;
  return bytes < 1 << 20 ? `${(bytes / 1024).toFixed(1)} kB` : `${(bytes / (1 << 20)).toFixed(1)} MB`;
}

export const hex = (colour) => "#" + colour.toString(16).padStart(6, "0");

// tint gives an element a colour of the bot's or of a role; the style sheet mixes it so that it stays readable.
export function tint(e, colour) {
  if (colour) {
    e.style.setProperty("--own", hex(colour));
    e.classList.add("tinted");
  }
  return e;
}
