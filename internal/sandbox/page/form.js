// Forms (Discord calls them modals): a dialog that the bot shows to one person. Esc closes it.
import { $, make, button, field, wear } from "./dom.js";
import { on, state } from "./state.js";
import { interact } from "./api.js";
import { write } from "./markup.js";
import { Picker, optionsFor } from "./picker.js";

const dialog = $("form");
let before = null; // what had the focus

function show(ack) {
  const form = ack.form;
  const reads = {};
  const problem = wear(make("p", "bad"), { role: "alert", hidden: true });
  const body = wear(make("form", "form-body"), { noValidate: false });
  body.append(wear(make("h2", "", form.title), { id: "form-title" }));
  for (const c of form.components) body.append(part(c, reads));
  body.append(problem, make("p", "form-foot", button("", "Cancel", () => dialog.close()), wear(make("button", "primary", "Submit"), { type: "submit" })));
  body.addEventListener("submit", async (e) => {
    e.preventDefault();
    const fields = Object.fromEntries(Object.entries(reads).map(([id, read]) => [id, read()]));
    const answer = await interact("form", { as: ack.user, interaction: ack.id, fields });
    problem.textContent = answer.problem ?? "";
    problem.hidden = !answer.problem;
    if (!answer.problem) dialog.close();
  });
  // The browser would give the focus back while everything behind the dialog is still inert, and a text field that is
  // focused then may take no text (seen in chromium 156). So it has nothing to give back, and "close" does it.
  if (!dialog.open) {
    before = document.activeElement;
    before?.blur();
  }
  dialog.replaceChildren(body);
  if (!dialog.open) dialog.showModal();
  body.querySelector("input, textarea, select, .pick")?.focus();
}

function part(c, reads) {
  if (c.type === 1) return make("div", "", ...c.components.map((child) => input(child, child.label ?? "", "", reads)));
  if (c.type === 18) return input(c.component, c.label, c.description ?? "", reads);
  if (c.type === 10) return write(c.content, make("div", "text"));
  return make("p", "hint", `(a component of type ${c.type})`);
}

function input(c, label, hint, reads) {
  const required = c.required ?? true;
  const name = label + (required ? " *" : "");
  if (c.type !== 4) return picked(c, name, hint, required, reads);
  const control = make(c.style === 2 ? "textarea" : "input");
  wear(control, { value: c.value ?? "", placeholder: c.placeholder ?? "", required, autocomplete: "off", name: c.custom_id });
  if (c.style === 2) control.rows = 4;
  if (c.max_length) control.maxLength = c.max_length;
  if (c.min_length) control.minLength = c.min_length;
  reads[c.custom_id] = () => [control.value];
  return field(name, control, hint);
}

function picked(c, name, hint, required, reads) {
  if (![3, 5, 6, 7, 8].includes(c.type)) return make("p", "hint", `${name}: a component of type ${c.type}, which the sandbox does not draw`);
  const picker = new Picker({
    label: name, options: () => optionsFor(c), min: c.min_values ?? (required ? 1 : 0), max: c.max_values ?? 1,
    chosen: (c.options ?? []).filter((o) => o.default).map((o) => o.value),
  });
  reads[c.custom_id] = () => picker.values;
  return make("div", "field", make("span", "label", name), picker.element, hint ? make("span", "hint", hint) : "");
}

dialog.addEventListener("close", () => { dialog.replaceChildren(); before?.focus(); });
dialog.addEventListener("click", (e) => { if (e.target === dialog) dialog.close(); });
on("form", (ack) => { if (ack.user === state.me) show(ack); });
on("arrive", () => { if (dialog.open) dialog.close(); });
