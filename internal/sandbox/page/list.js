// A long list of which only a part is in the document: a window that moves as one scrolls. A channel with thousands of
// messages costs no more than one with a hundred.

const MOST = 120; // elements in the document
const STEP = 40;  // how far the window moves at a time
const EDGE = 500; // pixels from an end at which it moves

export class WindowedList {
  // draw makes the element of an item, given the item before it.
  constructor(list, draw, onMove) {
    Object.assign(this, { list, draw, onMove, items: [], first: 0, last: 0 });
    list.addEventListener("scroll", () => this.scrolled(), { passive: true });
  }

  show(items) {
    this.items = items;
    this.last = items.length;
    this.first = Math.max(0, this.last - MOST);
    this.redraw();
    this.toEnd();
  }

  redraw() {
    this.list.replaceChildren();
    this.fill(this.first, this.last, null);
  }

  fill(from, to, before) {
    const part = document.createDocumentFragment();
    for (let i = from; i < to; i++) part.append(this.draw(this.items[i], this.items[i - 1]));
    this.list.insertBefore(part, before);
  }

  element(id) { return this.list.querySelector(`:scope > [data-id="${CSS.escape(id)}"]`); }
  index(id) { return this.items.findLastIndex((m) => m.id === id); }
  atNewest() { return this.last === this.items.length && this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < 80; }
  toEnd() { this.list.scrollTop = this.list.scrollHeight; this.onMove?.(); }

  newest() {
    if (this.last < this.items.length) this.show(this.items);
    this.toEnd();
  }

  // add appends an item; follow says that the person should see it at once.
  add(item, follow) {
    const end = this.atNewest();
    const drawn = this.last === this.items.length;
    this.items.push(item);
    if (drawn) {
      this.list.append(this.draw(item, this.items.at(-2)));
      this.last++;
      if (end) this.trimTop();
    }
    if (end || follow) this.newest(); else this.onMove?.();
  }

  trimTop() {
    while (this.last - this.first > MOST) { this.list.firstElementChild.remove(); this.first++; }
  }

  replace(item) {
    const i = this.index(item.id), end = this.atNewest();
    if (i < 0) return;
    this.items[i] = item;
    this.element(item.id)?.replaceWith(this.draw(item, this.items[i - 1]));
    if (end) this.toEnd();
  }

  remove(id) {
    const i = this.index(id);
    if (i < 0) return;
    this.items.splice(i, 1);
    this.element(id)?.remove();
    if (i < this.first) this.first--;
    if (i < this.last) this.last--;
    if (i >= this.first && i < this.last) this.element(this.items[i].id).replaceWith(this.draw(this.items[i], this.items[i - 1]));
    this.onMove?.();
  }

  // scrolled moves the window when an end of it comes near; what the person looks at stays where it is.
  scrolled() {
    const { list } = this;
    if (list.scrollTop < EDGE && this.first > 0) {
      const anchor = list.firstElementChild, top = anchor.getBoundingClientRect().top;
      const from = Math.max(0, this.first - STEP);
      this.fill(from, this.first, anchor);
      this.first = from;
      while (this.last - this.first > MOST + STEP) { list.lastElementChild.remove(); this.last--; }
      list.scrollTop += anchor.getBoundingClientRect().top - top;
    } else if (this.last < this.items.length && list.scrollHeight - list.scrollTop - list.clientHeight < EDGE) {
      const anchor = list.lastElementChild, top = anchor.getBoundingClientRect().top;
      const to = Math.min(this.items.length, this.last + STEP);
      this.fill(this.last, to, null);
      this.last = to;
      while (this.last - this.first > MOST + STEP) { list.firstElementChild.remove(); this.first++; }
      list.scrollTop += anchor.getBoundingClientRect().top - top;
    }
    this.onMove?.();
  }

  // reveal brings an item into the window and into sight, and returns its element.
  reveal(id) {
    const i = this.index(id);
    if (i < 0) return null;
    if (i < this.first || i >= this.last) {
      this.first = Math.max(0, i - MOST / 2);
      this.last = Math.min(this.items.length, this.first + MOST);
      this.redraw();
    }
    const e = this.element(id);
    e.scrollIntoView({ block: "center" });
    return e;
  }
}
