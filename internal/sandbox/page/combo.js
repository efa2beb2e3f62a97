// A text field with a list of offers under it: members, channels, roles, choices, or what the bot offers itself.
import { make, wear, fresh } from "./dom.js";

export class Combo {
  // config: label, offers(text) → [{value, label, hint}] or a promise of it, free: what is typed may be sent as it is
  constructor(config) {
    Object.assign(this, { shown: [], cursor: -1, picked: null, asked: 0 }, config);
    const id = fresh("combo");
    this.input = wear(make("input"), {
      type: "text", id, autocomplete: "off", spellcheck: false, role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": id + "-list",
    });
    this.list = wear(make("ul", "offers"), { id: id + "-list", tabIndex: -1, role: "listbox", "aria-label": this.label, hidden: true });
    this.element = make("span", "combo", this.input, this.list);
    this.input.addEventListener("input", () => { this.picked = null; this.ask(); });
    this.input.addEventListener("focus", () => this.ask());
    this.input.addEventListener("blur", () => this.close());
    this.input.addEventListener("keydown", (e) => this.key(e));
  }

  // value is what was picked; else the offer that is called so; else, where that is allowed, what was typed.
  get value() {
    const typed = this.input.value.trim();
    if (this.picked !== null) return this.picked;
    const exact = this.shown.find((o) => o.label.toLowerCase() === typed.toLowerCase());
    return exact ? String(exact.value) : typed;
  }

  async ask() {
    const turn = ++this.asked;
    const offers = await this.offers(this.input.value.trim());
    if (turn !== this.asked || document.activeElement !== this.input) return; // something newer was typed meanwhile
    this.shown = offers.slice(0, 25);
    this.cursor = -1;
    this.draw();
  }

  close() { this.asked++; this.list.hidden = true; this.input.setAttribute("aria-expanded", "false"); }

  draw() {
    this.list.replaceChildren(...this.shown.map((o, i) => {
      const li = wear(make("li", i === this.cursor ? "cursor" : "", make("b", "", o.label), make("span", "hint", o.hint)), { id: `${this.list.id}-${i}`, role: "option", "aria-selected": String(i === this.cursor) });
      li.addEventListener("mousedown", (e) => { e.preventDefault(); this.take(o); });
      return li;
    }));
    this.list.hidden = this.shown.length === 0 || this.picked !== null;
    this.input.setAttribute("aria-expanded", String(!this.list.hidden));
    this.input.setAttribute("aria-activedescendant", this.cursor >= 0 ? `${this.list.id}-${this.cursor}` : "");
    this.list.children[this.cursor]?.scrollIntoView({ block: "nearest" });
  }

  take(o) {
    this.picked = String(o.value);
    this.input.value = o.label;
    this.close();
  }

  key(e) {
    const move = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (this.list.hidden) {
      if (move) { e.preventDefault(); this.picked = null; this.ask(); }
      return;
    }
    if (move) {
      e.preventDefault();
      this.cursor = (this.cursor + move + this.shown.length + (this.cursor < 0 && move < 0 ? 1 : 0)) % this.shown.length;
      this.draw();
    } else if (e.key === "Enter" && this.cursor >= 0) {
      e.preventDefault();
      e.stopPropagation();
      this.take(this.shown[this.cursor]);
    } else if (e.key === "Tab" && !e.shiftKey && (this.cursor >= 0 || this.input.value.trim() && !this.free)) {
      this.take(this.shown[Math.max(0, this.cursor)]); // and on to the next field
    } else if (e.key === "Escape") {
      e.preventDefault();
      e.stopPropagation();
      this.close();
    }
  }
}
