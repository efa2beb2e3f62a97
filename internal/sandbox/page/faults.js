// The control panel's second tab: everything that can be broken, and one button that makes it whole again.
import { $, make, button, field, wear, clock } from "./dom.js";
import { state, on } from "./state.js";
import { ask } from "./api.js";

const QUICK = ["kill", "freeze", "continue", "drop"];

async function does(path, body, words) {
  const answer = await ask(path, body);
  for (const said of document.querySelectorAll(".fault-said")) said.textContent = answer.problem || `Done at ${clock(Date.now())}: ${words}.`;
  return !answer.problem;
}

function once(b, group) {
  const tip = wear(make("span", "", b.help), { id: `tip-${group}-${b.do}`, role: "tooltip" });
  const e = button(b.process ? "hard" : "", b.label, () => does("fault", { do: b.do }, b.label), { "aria-describedby": tip.id });
  e.dataset.do = b.do;
  return make("div", "fault", e, tip);
}

function draw() {
  const c = state.view.controls;
  $("quick").replaceChildren(...c.once.filter((b) => QUICK.includes(b.do)).map((b) => once(b, "quick")));
  $("panel-faults").replaceChildren(
    wear(make("p", "hint fault-said"), { role: "status" }),
    group("Once, now", make("div", "faults", ...c.once.map((b) => once(b, "all"))), closeCodes(c)),
    group("Until healthy again", make("div", "settings", ...c.standing.map(setting), ...world())),
    group("Requests of the bot", restForm(c), wear(make("ul", "in-force"), { id: "rest-list" })),
  );
  drawInForce();
}

function group(title, ...content) {
  return make("fieldset", "group", make("legend", "", title), ...content);
}

function closeCodes(c) {
  const select = make("select", "", ...c.close.map((x) => new Option(`${x.code} ${x.label}`, x.code)));
  const f = field("Close the link with", select);
  f.classList.add("across");
  f.append(button("small", "Close", () => does("fault", { do: "close", code: Number(select.value) }, "closed with " + select.value)));
  return f;
}

// --- standing faults ---------------------------------------------------------------------------------------------------------

const UNITS = { milliseconds: "ms", probability: "0 to 1", status: "HTTP status" };

function setting(s) {
  const id = "standing-" + s.name;
  if (s.kind === "switch") return toggle(id, s.label, s.help, (on) => does("standing", { name: s.name, value: on }, s.label));
  const input = wear(make("input"), { id, type: "number", min: "0", step: s.kind === "probability" ? "0.05" : "1", max: s.kind === "probability" ? "1" : "", value: "0" });
  input.addEventListener("change", () => does("standing", { name: s.name, value: Number(input.value) }, s.label));
  const f = field(`${s.label} (${UNITS[s.kind]})`, input);
  f.title = s.help;
  f.classList.add("across");
  return f;
}

function toggle(id, label, help, change) {
  const box = wear(make("input"), { type: "checkbox", id });
  box.addEventListener("change", async () => { if (!await change(box.checked)) box.checked = !box.checked; });
  const text = wear(make("label", "", label), { htmlFor: id });
  return wear(make("div", "toggle", box, text), { title: help });
}

const world = () => [
  ...state.view.guilds.map((g) => toggle("outage-" + g.id, `outage of ${g.name}`, "Discord says that the server is unavailable.", (on) => does("standing", { name: "guild_outage", guild: g.id, value: on }, g.name))),
  ...state.view.people.map((p) => toggle("closed-" + p.id, `${p.name} refuses direct messages`, "The bot gets 50007 when it writes to them.", (on) => does("standing", { name: "dms_closed", person: p.id, value: on }, p.name))),
];

// --- faults of requests --------------------------------------------------------------------------------------------------------

function restForm(c) {
  const kind = make("select", "", ...c.rest.map((k) => new Option(k.label, k.kind)));
  const route = make("select", "", new Option("every request", ""), ...c.routes.map((r) => new Option(r, r)));
  const number = (value, max, step = "1") => wear(make("input"), { type: "number", min: "0", max, step, value });
  const inputs = { times: number("1"), probability: number("1", "1", "0.05"), status: number("0", "599"), retryAfter: number("0"), latency: number("0"), latencyAfter: number("0") };
  const scope = make("select", "", ...c.scopes.map((s) => new Option(s, s)));
  const help = make("p", "hint");
  const form = make("form", "rest-form", field("Kind", kind), help, field("Route", route),
    make("div", "numbers", field("Times (0 = for ever)", inputs.times), field("Chance", inputs.probability), field("Status (0 = usual)", inputs.status), field("Scope of a 429", scope),
      field("Retry after, ms", inputs.retryAfter), field("Latency before, ms", inputs.latency), field("Latency after, ms", inputs.latencyAfter)),
    wear(make("button", "", "Add this fault"), { type: "submit" }));
  const tell = () => { help.textContent = c.rest[kind.selectedIndex].help; };
  kind.addEventListener("change", tell);
  tell();
  kind.id = "rest-kind";
  form.addEventListener("submit", (e) => {
    e.preventDefault();
    const numbers = Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, Number(input.value)]));
    does("rest", { ...numbers, kind: kind.value, route: route.value, scope: kind.value === "limited" ? scope.value : "" }, "a fault of requests");
  });
  return form;
}

// --- what is in force -----------------------------------------------------------------------------------------------------------

function drawInForce() {
  const f = state.view.faults;
  for (const s of state.view.controls.standing) {
    const e = $("standing-" + s.name);
    if (!e || document.activeElement === e && e.type === "number") continue;
    if (s.kind === "switch") e.checked = !!f.standing[s.name]; else e.value = f.standing[s.name] ?? 0;
  }
  for (const g of state.view.guilds) { const e = $("outage-" + g.id); if (e) e.checked = !!g.outage; }
  for (const p of state.view.people) { const e = $("closed-" + p.id); if (e) e.checked = f.dmsClosed.includes(p.id); }
  $("rest-list")?.replaceChildren(...f.rest.map((r) => make("li", "", make("span", "", r.text), button("small plain", "✕", () => does("rest/remove", { text: r.text }, "removed"), { "aria-label": "End: " + r.text }))));
  const words = [
    ...state.view.controls.standing.filter((s) => s.name in f.standing).map((s) => s.label),
    ...f.rest.map((r) => r.text), ...state.view.guilds.filter((g) => g.outage).map((g) => `outage of ${g.name}`),
    ...(f.dmsClosed.length ? ["closed direct messages"] : []),
  ];
  $("broken").hidden = !f.any;
  $("broken-text").textContent = words.join("; ");
  $("tab-faults").textContent = words.length ? `Faults (${words.length})` : "Faults";
}

$("heal").addEventListener("click", () => does("heal", {}, "Discord is healthy again"));
$("fault-said").classList.add("fault-said");
on("view", draw);
on("controls", draw);
on("faults", drawInForce);
on("world", drawInForce);
