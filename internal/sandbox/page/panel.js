// The control panel's first and last tab: how the worker fares, what happens, and one event followed to its answer.
import { $, make, button, clock, span, wear } from "./dom.js";
import { state, on, emit, now } from "./state.js";
import { plain } from "./markup.js";

const COLOURS = { running: "good", failed: "bad", killing: "bad", stopped: "bad" };

function drawWorker() {
  const w = state.view.worker, g = state.view.gateway;
  const up = g.connected && w.state === "running";
  const colour = up && w.verdict === "ok" ? "good" : (COLOURS[w.state] === "bad" ? "bad" : "busy");
  $("pill").className = "pill " + colour;
  const saying = w.state === "running" && !g.connected ? "running, link down" : w.state || "not started";
  $("pill-text").textContent = w.generation ? `worker ${w.generation}: ${saying}` : saying;
  const age = (ms) => span(Math.max(0, now() - ms));
  const late = w.beatAt && now() - w.beatAt > 4500;
  const facts = [
    ["State", [w.state || "not started", w.verdict === "unjudged" ? "" : w.verdict].filter(Boolean).join(", "), colour],
    w.reason ? ["Because", w.reason, "busy"] : null,
    ["Process", w.pid ? `generation ${w.generation}, pid ${w.pid}` : "none"],
    ["Up", w.since && w.pid ? age(w.since) : "–"],
    ["Last heartbeat", w.beatAt ? `${(Math.max(0, now() - w.beatAt) / 1000).toFixed(1)} s ago` : "–", late ? "busy" : ""],
    ["Restarts", `${w.restarts}` + (w.lastOutage ? `, last away for ${span(w.lastOutage)}` : "")],
    w.lastCause ? ["Last death", w.lastCause] : null,
    ["Link", (g.connected ? "connected" : "down") + (g.presence ? `, seen ${g.presence}` : ""), g.connected ? "good" : "busy"],
    ["Sessions", `${g.identifies} identified, ${g.resumes} resumed`],
    ["Requests", `${g.requests}` + (g.violations ? `, ${g.violations} against the rules` : ""), g.violations ? "bad" : ""],
  ].filter(Boolean);
  $("facts").replaceChildren(...facts.flatMap(([name, value, cls]) => [make("dt", "", name), make("dd", cls ?? "", value)]));
}

// --- what happens ----------------------------------------------------------------------------------------------------------

const SIGNS = { in: "→", out: "←", gateway: "~", worker: "●", fault: "!" };
const WORDS = { in: "in", out: "out", gateway: "gateway", worker: "worker", fault: "fault" };
const atEnd = (list) => list.scrollHeight - list.scrollTop - list.clientHeight < 60;

function logItem(l) {
  const parts = [make("time", "", clock(l.at)), wear(make("i", "", SIGNS[l.kind]), { "aria-label": WORDS[l.kind], role: "img" }), make("span", "", plain(l.text))];
  const li = make("li", "log-" + l.kind);
  if (!l.trace) { li.append(make("div", "line-of-log", ...parts)); return li; }
  const b = button("line-of-log plain", "", () => follow(l.trace), { title: "follow this event" });
  b.append(...parts);
  li.append(b);
  return li;
}

function drawLog() {
  $("log").replaceChildren(...state.view.log.map(logItem));
  $("log").scrollTop = $("log").scrollHeight;
}

function onLog(l) {
  const list = $("log"), end = atEnd(list);
  state.view.log.push(l);
  list.append(logItem(l));
  while (state.view.log.length > 400) { state.view.log.shift(); list.firstChild.remove(); }
  if (end) list.scrollTop = list.scrollHeight;
}

// --- one event, followed ---------------------------------------------------------------------------------------------------

let followed = null;

async function follow(id) {
  select("event");
  const answer = await fetch("/sandbox/trace/" + encodeURIComponent(id)).then((r) => r.json(), () => ({ problem: "The supervisor does not answer." }));
  followed = answer.problem ? null : answer;
  if (followed) drawTrace(); else $("panel-event").replaceChildren(make("p", "hint", answer.problem));
}

function onStep({ trace, step }) {
  if (followed?.id !== trace || followed.steps.some((s) => s.n === step.n)) return;
  followed.steps.push(step);
  drawTrace();
}

const STEPS = { person: "person", gateway: "gateway", request: "request", answer: "answer", link: "link" };

// began is when a step began: a request is told of when it has ended, after the answer that it made.
const began = (s) => s.after - (s.took ?? 0);

function drawTrace() {
  const total = Math.max(...followed.steps.map((s) => s.after), 0.1);
  const head = make("div", "trace-head", make("h2", "", plain(followed.title)), make("p", "hint", `${clock(followed.at)} · ${span(total)} from the first step to the last`));
  if (followed.message) head.append(button("small", "show the message", () => emit("reveal", followed.message)));
  const steps = make("ol", "steps", ...followed.steps.toSorted((a, b) => began(a) - began(b) || a.n - b.n).map((s) => stepItem(s, total)));
  $("panel-event").replaceChildren(head, steps);
}

function stepItem(s, total) {
  const li = make("li", `step step-${s.kind}` + (s.bad ? " bad-step" : ""));
  const bar = make("span", "step-bar", make("span", ""));
  const from = Math.max(0, began(s));
  bar.firstChild.style.setProperty("--from", `${(100 * from) / total}%`);
  bar.firstChild.style.setProperty("--long", `${(100 * (s.after - from)) / total}%`);
  li.append(make("p", "step-head", make("b", "", STEPS[s.kind] ?? s.kind), make("span", "hint", "+" + span(s.after) + (s.took ? `, took ${span(s.took)}` : ""))), make("p", "step-text", plain(s.text)), bar);
  if (s.detail) li.append(make("details", "", make("summary", "", "what was sent"), make("pre", "", s.detail)));
  if (s.message && s.kind === "answer") li.append(button("small plain", "show", () => emit("reveal", s.message)));
  return li;
}

// --- tabs ------------------------------------------------------------------------------------------------------------------

const tabs = ["worker", "faults", "event"];

function select(name, focus) {
  for (const t of tabs) {
    const tab = $("tab-" + t), chosen = t === name;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
    $("panel-" + t).hidden = !chosen;
    if (chosen && focus) tab.focus();
  }
  if (name === "worker") $("log").scrollTop = $("log").scrollHeight;
}

for (const [i, t] of tabs.entries()) {
  $("tab-" + t).addEventListener("click", () => select(t));
  $("tab-" + t).addEventListener("keydown", (e) => {
    const move = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
    if (move) { e.preventDefault(); select(tabs[(i + move + tabs.length) % tabs.length], true); }
  });
}
$("panel-event").append(make("p", "hint", "Click a line under “What happens”, or the ⇝ of a message, to follow that event from the gateway to its answer."));

on("view", () => { drawWorker(); drawLog(); });
on("worker", drawWorker);
on("gateway", drawWorker);
on("log", onLog);
on("step", onStep);
on("follow", (id) => { document.body.dataset.show === "chat" && show("control"); follow(id); });
setInterval(() => { if (state.view) drawWorker(); }, 1000);

// On a narrow screen one of three views is shown.
export function show(what) {
  document.body.dataset.show = what;
  for (const b of $("views").children) b.setAttribute("aria-pressed", String(b.dataset.show === what));
}
for (const b of $("views").children) b.addEventListener("click", () => show(b.dataset.show));
on("reveal", () => show("chat"));
