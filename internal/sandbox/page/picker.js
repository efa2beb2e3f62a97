// A button that opens a list to choose from: one of it, or several. It can be searched, and driven by the keyboard
// alone; it is used for the selects of messages and forms.
import { make, button, wear, fresh } from "./dom.js";
import { state, guild, DM } from "./state.js";

// optionsFor are the options of a select component: its own, or the server's members, roles and channels.
export function optionsFor(c) {
  if (c.type === 3) return c.options.map((o) => ({ value: o.value, label: o.label, hint: o.description ?? "", mark: o.emoji?.name ?? "" }));
  return [
    ...([5, 7].includes(c.type) ? peopleOptions() : []),
    ...([6, 7].includes(c.type) ? roleOptions() : []),
    ...(c.type === 8 ? channelOptions() : []),
  ];
}

export function peopleOptions() {
  const all = state.guild === DM ? [...state.view.people, state.view.bot] : guild(state.guild).members;
  return all.map((m) => ({ value: m.id, label: m.name, hint: state.view.people.find((p) => p.id === m.id)?.handle ?? "bot" }));
}
export const roleOptions = () => (guild(state.guild)?.roles ?? []).map((r) => ({ value: r.id, label: "@" + r.name, hint: "role" }));
export const channelOptions = () => state.view.channels.filter((c) => c.guild === state.guild).map((c) => ({ value: c.id, label: "#" + c.name, hint: "" }));

const SEARCHED = 8; // from so many options on there is a search field

export class Picker {
  // config: label, options() → [{value, label, hint, mark}], min, max, chosen, disabled, done(values, label)
  constructor(config) {
    Object.assign(this, { min: 1, max: 1, chosen: [], open: false, cursor: 0, shown: [] }, config);
    this.chosen = new Set(this.chosen);
    this.id = fresh("picker");
    this.button = button("pick", "", () => (this.open ? this.close() : this.unfold()), {
      disabled: !!this.disabled, "aria-haspopup": "listbox", "aria-expanded": "false", "aria-label": this.label,
    });
    this.button.addEventListener("keydown", (e) => {
      if (!this.open && ["ArrowDown", "ArrowUp"].includes(e.key)) { e.preventDefault(); this.unfold(); }
    });
    this.element = make("div", "select", this.button);
    this.element.addEventListener("focusout", (e) => { if (this.open && !this.element.contains(e.relatedTarget)) this.close(false); });
    this.name();
  }

  get values() { return [...this.chosen]; }
  words() { return this.options().filter((o) => this.chosen.has(o.value)).map((o) => o.label).join(", "); }
  name() {
    const words = this.words();
    this.button.replaceChildren(make("span", words ? "" : "soft", words || this.label), make("span", "soft", "▾"));
    this.button.setAttribute("aria-label", words ? `${this.label}: ${words}` : this.label);
  }

  unfold() {
    this.open = true;
    this.cursor = 0;
    this.before = new Set(this.chosen);
    this.search = wear(make("input", "search"), {
      type: "text", placeholder: "Search", role: "combobox", "aria-expanded": "true", "aria-controls": this.id, "aria-label": `${this.label}: search`, autocomplete: "off",
    });
    this.search.classList.toggle("unseen", this.options().length < SEARCHED);
    this.list = wear(make("ul", "options"), { id: this.id, tabIndex: -1, role: "listbox", "aria-label": this.label, "aria-multiselectable": String(this.max > 1) });
    this.panel = make("div", "picker", this.search, this.list);
    if (this.max > 1) this.panel.append(this.foot = make("p", "picker-foot", make("span", "hint"), button("small", "Done", () => this.confirm())));
    this.panel.addEventListener("keydown", (e) => this.key(e));
    this.search.addEventListener("input", () => { this.cursor = 0; this.draw(); });
    this.element.append(this.panel);
    this.button.setAttribute("aria-expanded", "true");
    this.draw();
    this.search.focus({ preventScroll: true });
    this.panel.scrollIntoView({ block: "nearest" });
  }

  close(back = true) {
    this.open = false;
    this.chosen = this.before ?? this.chosen;
    this.before = null;
    this.panel?.remove();
    this.button.setAttribute("aria-expanded", "false");
    this.name();
    if (back) this.button.focus();
  }

  draw() {
    const typed = this.search.value.toLowerCase();
    this.shown = this.options().filter((o) => (o.label + " " + o.hint).toLowerCase().includes(typed));
    this.cursor = Math.min(this.cursor, Math.max(0, this.shown.length - 1));
    this.list.replaceChildren(...this.shown.map((o, i) => this.option(o, i)));
    if (!this.shown.length) this.list.append(make("li", "hint", "nothing like that"));
    this.search.setAttribute("aria-activedescendant", this.shown.length ? `${this.id}-${this.cursor}` : "");
    this.list.children[this.cursor]?.scrollIntoView({ block: "nearest" });
    if (this.foot) this.foot.firstElementChild.textContent = `${this.chosen.size} of ${this.min} to ${this.max}`;
  }

  option(o, i) {
    const li = wear(make("li", i === this.cursor ? "cursor" : "", make("span", "tick", this.chosen.has(o.value) ? "✓" : ""), o.mark ? o.mark + " " : "", make("b", "", o.label), make("span", "hint", o.hint)), {
      id: `${this.id}-${i}`, role: "option", "aria-selected": String(this.chosen.has(o.value)),
    });
    li.addEventListener("mousedown", (e) => { e.preventDefault(); this.cursor = i; this.take(o); });
    return li;
  }

  key(e) {
    const move = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (move) this.cursor = (this.cursor + move + this.shown.length) % Math.max(1, this.shown.length);
    else if (e.key === "Home" && !this.search.value) this.cursor = 0;
    else if (e.key === "End" && !this.search.value) this.cursor = this.shown.length - 1;
    else if (e.key === "Escape") { e.preventDefault(); e.stopPropagation(); this.close(); return; }
    else if (e.target === this.search && (e.key === "Enter" || (e.key === " " && this.search.classList.contains("unseen")))) {
      e.preventDefault();
      if (this.shown[this.cursor]) this.take(this.shown[this.cursor]);
      return;
    } else return;
    e.preventDefault();
    this.draw();
  }

  take(o) {
    if (this.max === 1) {
      this.chosen = new Set([o.value]);
      this.confirm();
      return;
    }
    if (!this.chosen.delete(o.value) && this.chosen.size < this.max) this.chosen.add(o.value);
    this.draw();
  }

  confirm() {
    if (this.chosen.size < this.min) { this.foot.firstElementChild.textContent = `choose at least ${this.min}`; return; }
    this.before = null;
    this.close();
    this.done?.(this.values, this.words());
  }
}

