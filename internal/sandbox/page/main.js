// The page's beginning: it listens to the server's stream, keeps the View current, and tells the other modules. The
// server decides everything; the page draws.
import { $ } from "./dom.js";
import { state, emit } from "./state.js";
import { acknowledged } from "./api.js";
import "./nav.js";
import "./composer.js";
import "./chat.js";
import "./panel.js";
import "./faults.js";
import "./form.js";

const part = (name) => (value) => { state.view[name] = value; emit(name); };

const handlers = {
  view(v) { state.view = v; state.skew = v.now - Date.now(); emit("view"); },
  world(w) { Object.assign(state.view, w); emit("world"); },
  worker: part("worker"), gateway: part("gateway"), commands: part("commands"), faults: part("faults"), controls: part("controls"),
  message: (m) => emit("message", m), gone: (g) => emit("gone", g), log: (l) => emit("log", l),
  typing: (t) => emit("typing", t), step: (s) => emit("step", s), ack: acknowledged,
};

function listen() {
  const stream = new EventSource("/sandbox/events");
  stream.onopen = () => { $("lost").hidden = true; };
  stream.onerror = () => {
    $("lost").hidden = false;
    if (stream.readyState === EventSource.CLOSED) setTimeout(listen, 1000); // the browser itself retries otherwise
  };
  for (const [kind, handle] of Object.entries(handlers)) stream.addEventListener(kind, (e) => handle(JSON.parse(e.data)));
}

listen();
