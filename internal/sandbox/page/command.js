// A slash command as a form: a field of the right type for each of its options.
import { $, make, button, field, wear } from "./dom.js";
import { emit } from "./state.js";
import { ask, interact, placeNow } from "./api.js";
import { Combo } from "./combo.js";
import { peopleOptions, roleOptions, channelOptions } from "./picker.js";

const LISTS = { 6: [peopleOptions], 7: [channelOptions], 8: [roleOptions], 9: [peopleOptions, roleOptions] };
const TYPES = { 3: "text", 4: "whole number", 5: "true or false", 6: "member", 7: "channel", 8: "role", 9: "member or role", 10: "number", 11: "file" };

let command = null;
let values = {}; // option name → function that reads its field

export const filling = () => command !== null;

export function openCommand(c) {
  command = c;
  values = {};
  const box = $("command");
  const head = make("p", "command-head", make("b", "", "/" + c.name), make("span", "hint", c.description));
  const fields = make("div", "command-fields");
  for (const o of c.options) fields.append(optionField(o));
  const foot = make("p", "command-foot", wear(make("button", "primary", "Send"), { type: "submit" }), button("", "Cancel", closeCommand));
  box.replaceChildren(head, fields, foot);
  box.hidden = false;
  $("line").hidden = true;
  fields.querySelector("input, select, textarea")?.focus();
}

export function closeCommand() {
  if (!command) return;
  command = null;
  $("command").hidden = true;
  $("command").replaceChildren();
  $("line").hidden = false;
  $("text").value = "";
  emit("problem", "");
  $("text").focus();
}

function optionField(o) {
  const label = o.name + (o.required ? " *" : "");
  const hint = [o.description, TYPES[o.type] ?? "", limits(o)].filter(Boolean).join(" · ");
  if (LISTS[o.type] || o.choices || o.autocomplete) {
    const combo = new Combo({ label: o.name, free: !!o.autocomplete, offers: (text) => offersFor(o, text) });
    values[o.name] = () => combo.value;
    const f = field(label, combo.input, hint);
    f.insertBefore(combo.element, f.children[1] ?? null);
    combo.element.prepend(combo.input);
    return f;
  }
  const control = plainControl(o);
  control.required = o.required;
  values[o.name] = () => control.value;
  return field(label, control, hint);
}

function limits(o) {
  const unit = o.type === 3 ? " characters" : "";
  if (o.min !== undefined && o.max !== undefined) return `${o.min} to ${o.max}${unit}`;
  if (o.min !== undefined) return `at least ${o.min}${unit}`;
  return o.max !== undefined ? `at most ${o.max}${unit}` : "";
}

function plainControl(o) {
  if (o.type === 5) {
    const s = make("select", "");
    for (const [value, text] of [["", "–"], ["true", "True"], ["false", "False"]]) s.append(new Option(text, value));
    return s;
  }
  const input = wear(make("input"), { type: o.type === 4 || o.type === 10 ? "number" : "text", autocomplete: "off" });
  if (input.type === "number") wear(input, { step: o.type === 4 ? "1" : "any", min: o.min ?? "", max: o.max ?? "" });
  else if (o.max) input.maxLength = o.max;
  if (o.type === 11) wear(input, { disabled: true, placeholder: "files cannot be sent from here" });
  return input;
}

function offersFor(o, text) {
  if (o.autocomplete) return botOffers(o);
  const typed = text.toLowerCase().replace(/^[@#]/, "");
  const all = o.choices ? o.choices.map((c) => ({ value: c.name, label: c.name, hint: "" })) : LISTS[o.type].flatMap((list) => list());
  return all.filter((x) => x.label.toLowerCase().replace(/^[@#]/, "").includes(typed) || x.hint.startsWith(typed));
}

// botOffers asks the bot itself, with everything that is filled in so far.
async function botOffers(o) {
  const options = Object.fromEntries(Object.entries(values).map(([name, read]) => [name, name === o.name ? $("command").querySelector(":focus")?.value ?? "" : read()]).filter(([name, v]) => v || name === o.name));
  const answer = await ask("autocomplete", { ...placeNow(), name: command?.name ?? "", options, focused: o.name });
  if (answer.problem) { emit("problem", answer.problem); return []; }
  return answer.choices.map((c) => ({ value: c.value, label: c.name, hint: "" }));
}

export async function sendCommand() {
  const options = Object.fromEntries(Object.entries(values).map(([name, read]) => [name, String(read())]).filter(([, v]) => v !== ""));
  const sent = command;
  const answer = await interact("command", { ...placeNow(), name: sent.name, options });
  if (!answer.problem && command === sent) closeCommand();
}

$("command").addEventListener("keydown", (e) => {
  if (e.key === "Escape") { e.preventDefault(); closeCommand(); }
  if (e.key === "Enter" && e.target.tagName === "INPUT" && !e.isComposing) { e.preventDefault(); $("composer").requestSubmit(); }
});
