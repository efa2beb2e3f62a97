import { emit, state, DM } from "./state.js";

// ask resolves to what the server answered; {problem} says why it refused.
export async function ask(path, body) {
  try {
    const r = await fetch("/sandbox/" + path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    const text = await r.text();
    try { return JSON.parse(text); } catch { return { problem: text.trim() || r.statusText }; }
  } catch {
    return { problem: "The supervisor does not answer. Is it still running?" };
  }
}

// act asks and shows what was refused beside the message box.
export async function act(path, body) {
  const answer = await ask(path, body);
  emit("problem", answer.problem ?? "");
  return answer;
}

export const placeNow = () => ({ as: state.me, channel: state.place === DM ? "" : state.place });

// Interactions that wait for their acknowledgement: id → what to do then. It may come before the answer to the request.
const waiting = new Map();
const early = new Map();

// interact begins an interaction; then hears of its acknowledgement.
export async function interact(path, body, then) {
  const answer = await act(path, body);
  const ack = early.get(answer.id);
  early.delete(answer.id);
  if (answer.problem) then?.({ failed: true });
  else if (ack) settle(ack, then);
  else waiting.set(answer.id, then);
  return answer;
}

function settle(ack, then) {
  then?.(ack);
  if (ack.form) emit("form", ack);
}

export function acknowledged(ack) {
  if (waiting.has(ack.id)) {
    settle(ack, waiting.get(ack.id));
    waiting.delete(ack.id);
  } else if (ack.user === state.me) {
    if (early.size > 50) early.clear(); // those of another tab
    early.set(ack.id, ack);
  }
}
