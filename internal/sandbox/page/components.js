// Buttons and selects of messages, and the layout components of newer bots.
import { make, button, tint, wear } from "./dom.js";
import { state } from "./state.js";
import { interact } from "./api.js";
import { write, outside } from "./markup.js";
import { image } from "./message.js";
import { Picker, optionsFor } from "./picker.js";

const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "link", 6: "premium" };

export function components(m) {
  const all = make("div", "components");
  for (const c of m.components) all.append(component(c, m));
  return all;
}

function component(c, m) {
  switch (c.type) {
    case 1: return make("div", "row", ...(c.components ?? []).map((child) => component(child, m)));
    case 2: return press(c, m);
    case 3: case 5: case 6: case 7: case 8: return choose(c, m);
    case 9: return make("div", "section", make("div", "", ...c.components.map((child) => component(child, m))), c.accessory ? component(c.accessory, m) : "");
    case 10: return write(c.content, make("div", "text"));
    case 11: return image(c.media, m, "embed-thumb", c.description);
    case 12: return make("div", "gallery", ...(c.items ?? []).map((i) => image(i.media, m, "attached", i.description)));
    case 13: return image(c.file, m, "attached");
    case 14: return make("hr", c.divider === false ? "gap" : "");
    case 17: return tint(make("div", "embed container", make("div", "embed-main", ...c.components.map((child) => component(child, m)))), c.accent_color ?? 0);
  }
  return make("p", "hint", `(a component of type ${c.type})`);
}

const emojiOf = (c) => (c.emoji?.id ? `:${c.emoji.name}:` : c.emoji?.name ?? "");

function press(c, m) {
  const label = [emojiOf(c), c.label].filter(Boolean).join(" ") || "button";
  if (c.style === 5) {
    const a = outside(c.url, label + " ↗");
    a.className = "component link";
    return a;
  }
  return button("component " + (STYLES[c.style] ?? "secondary"), label, async (b) => {
    if (b.getAttribute("aria-busy") === "true") return;
    busy(b, true);
    await interact("click", { as: state.me, message: m.id, id: c.custom_id, label }, () => busy(b, false));
  }, { disabled: !!c.disabled });
}

function busy(b, is) { b.setAttribute("aria-busy", String(is)); }

function choose(c, m) {
  const picker = new Picker({
    label: c.placeholder || "Make a selection", options: () => optionsFor(c), min: c.min_values ?? 1, max: c.max_values ?? 1,
    chosen: c.type === 3 ? c.options.filter((o) => o.default).map((o) => o.value) : (c.default_values ?? []).map((d) => d.id),
    disabled: c.disabled,
    done: (values, label) => {
      busy(picker.button, true);
      interact("select", { as: state.me, message: m.id, id: c.custom_id, values, label }, () => busy(picker.button, false));
    },
  });
  return wear(picker.element, { className: "select" });
}
