// Discord's Markdown, the part people use, built as nodes.
import { make } from "./dom.js";
import { channel, nameOf, role } from "./state.js";

const inline = /```(?:\w+\n)?\n?([\s\S]+?)\n?```|`([^`\n]+)`|\*\*([\s\S]+?)\*\*|__([\s\S]+?)__|~~([\s\S]+?)~~|\|\|([\s\S]+?)\|\||\*([^*\s](?:[^*\n]*[^*\s])?)\*|_([^_\s](?:[^_\n]*[^_\s])?)_(?!\w)|<@!?(\d+)>|<#(\d+)>|<@&(\d+)>|<t:(\d+)(?::([a-zA-Z]))?>|<a?:(\w+):\d+>|<\/([^:>]+):\d+>|\[([^\]\n]+)\]\((https?:\/\/[^\s)]+)\)|(https?:\/\/[^\s<>]+)|(@everyone|@here)/g;

// write appends a text with its markup; headings, quotes and lists are recognised at the beginning of a line.
export function write(text, into) {
  if (!/^(#{1,3} |> |[-*] |-# )/m.test(text) || text.includes("```")) return spans(text, into);
  for (const line of text.split("\n")) {
    const block = line.match(/^(#{1,3} |> |[-*] |-# )(.*)$/);
    if (!block) { into.append(spans(line, make("div", "para")), line ? "" : "\u00a0"); continue; }
    const cls = { "> ": "quoted", "- ": "item", "* ": "item", "-# ": "small" }[block[1]] ?? "heading h" + (block[1].length - 1);
    into.append(spans(block[2], make("div", cls)));
  }
  return into;
}

function spans(text, into) {
  let end = 0;
  for (const m of text.matchAll(inline)) {
    into.append(text.slice(end, m.index), piece(m));
    end = m.index + m[0].length;
  }
  into.append(text.slice(end));
  return into;
}

function piece([whole, block, code, bold, under, strike, hidden, star, dash, user, room, rank, time, style, emoji, command, label, link, url]) {
  if (block !== undefined) return make("pre", "", block);
  if (code !== undefined) return make("code", "", code);
  if (bold !== undefined) return spans(bold, make("b"));
  if (under !== undefined) return spans(under, make("u"));
  if (strike !== undefined) return spans(strike, make("s"));
  if (hidden !== undefined) return spoiler(hidden);
  if (star !== undefined || dash !== undefined) return spans(star ?? dash, make("em"));
  if (user !== undefined) return make("span", "mention", "@" + nameOf(user));
  if (room !== undefined) return make("span", "mention", "#" + (channel(room)?.name ?? "somewhere"));
  if (rank !== undefined) return make("span", "mention", "@" + (role(rank)?.name ?? "role"));
  if (time !== undefined) return make("span", "mention", moment(time * 1000, style));
  if (emoji !== undefined) return `:${emoji}:`;
  if (command !== undefined) return make("span", "mention", "/" + command);
  if (link !== undefined || url !== undefined) return outside(link ?? url, label ?? url);
  return make("span", "mention", whole);
}

// outside is a link; nothing of it is loaded before somebody follows it.
export function outside(url, label) {
  const a = make("a", "", label);
  a.href = url;
  a.target = "_blank";
  a.rel = "noopener noreferrer";
  return a;
}

function spoiler(text) {
  const s = spans(text, make("span", "spoiler"));
  s.tabIndex = 0;
  s.setAttribute("role", "button");
  s.setAttribute("aria-label", "hidden text: show");
  const show = () => { s.classList.add("shown"); s.removeAttribute("aria-label"); };
  s.addEventListener("click", show);
  s.addEventListener("keydown", (e) => { if (e.key === "Enter" || e.key === " ") { e.preventDefault(); show(); } });
  return s;
}

function moment(ms, style) {
  if (style !== "R") return new Date(ms).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
  const minutes = Math.round((ms - Date.now()) / 60000);
  const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  return Math.abs(minutes) < 90 ? relative.format(minutes, "minute") : relative.format(Math.round(minutes / 60), "hour");
}

// plain is text for one line, where no markup is drawn.
export const plain = (text) => text.replace(/<@!?(\d+)>/g, (_, id) => "@" + nameOf(id)).replace(/<#(\d+)>/g, (_, id) => "#" + (channel(id)?.name ?? "somewhere"));
