// A plain-text editor whose marks are painted, not inserted: the page holds nothing but the text, so that the
// browser's own undo, spelling, search and copy keep working. Knows nothing of sound or of what the marks mean.
//
// Three facts, found by trying:
// · Live Ranges are not enough: delete a marked word and undo, the text is back, the Range stays empty.
//   Marks are painted anew from the text each time.
// · In Chromium any node inserted anywhere in the page between two keystrokes ends the undo step. So on each key we
//   only paint; lists are rebuilt when typing rests, and a status is written through its text node.
// · Writing innerHTML in the editor makes undo impossible.

/** What this page needs of a browser. */
export const supported = () => typeof Highlight === "function" && Boolean(CSS.highlights);

export class Editor extends EventTarget {
  constructor(element) {
    super();
    this.element = element;
    element.addEventListener("input", () => this.dispatchEvent(new Event("change")));
  }

  get editable() { return this.element.isContentEditable; }

  get text() { return this.#nodes().map((node) => node.data ?? "\n").join(""); }

  /** The selection as offsets in the text, or null when it is elsewhere. */
  get selection() {
    const s = getSelection();
    if (!s.rangeCount || !this.element.contains(s.anchorNode) || !this.element.contains(s.focusNode)) return null;
    const [a, b] = [this.#offset(s.anchorNode, s.anchorOffset), this.#offset(s.focusNode, s.focusOffset)];
    return { start: Math.min(a, b), end: Math.max(a, b) };
  }

  select(start, end) {
    const range = this.range(start, end);
    this.element.focus({ preventScroll: true });
    getSelection().setBaseAndExtent(range.startContainer, range.startOffset, range.endContainer, range.endOffset);
    this.reveal(range);
  }

  reveal(range) {
    const box = range.getBoundingClientRect(), view = this.element.getBoundingClientRect();
    if (this.element.scrollHeight > this.element.clientHeight + 1) {
      if (box.top < view.top || box.bottom > view.bottom) this.element.scrollTop += box.top - view.top - view.height / 3;
    } else if (box.top < 160 || box.bottom > innerHeight - 20) scrollBy(0, box.top - innerHeight / 3);
  }

  /** Replace a stretch as if it had been typed, so that Ctrl+Z takes it back. */
  replace(start, end, text) {
    this.select(start, end);
    // execCommand is deprecated, but nothing else reaches the browser's own undo, and every engine still has it.
    // Without it, the edit is made and cannot be undone by keyboard.
    if (document.execCommand("insertText", false, text)) return;
    const range = this.range(start, end);
    range.deleteContents();
    range.insertNode(document.createTextNode(text));
    this.element.normalize();
    this.dispatchEvent(new Event("change"));
  }

  paint(name, stretches, priority = 0) {
    const mark = new Highlight(...stretches.map((one) => this.range(one.start, one.end)));
    mark.priority = priority;
    CSS.highlights.set(name, mark);
  }

  range(start, end) {
    const nodes = this.#nodes(), range = document.createRange();
    range.setStart(...this.#point(nodes, start));
    range.setEnd(...this.#point(nodes, end));
    return range;
  }

  #nodes() {
    const accept = (node) =>
      node.nodeType === 3 || node.tagName === "BR" ? NodeFilter.FILTER_ACCEPT : NodeFilter.FILTER_SKIP;
    const walker = document.createTreeWalker(this.element, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT, accept);
    const found = [];
    while (walker.nextNode()) found.push(walker.currentNode);
    if (found.at(-1)?.tagName === "BR") found.pop(); // the placeholder that engines leave at the end
    return found;
  }

  #point(nodes, offset) {
    for (const node of nodes) {
      if (node.data !== undefined && offset <= node.data.length) return [node, offset];
      offset -= node.data?.length ?? 1;
    }
    return [this.element, this.element.childNodes.length];
  }

  #offset(node, inside) {
    const range = document.createRange();
    range.selectNodeContents(this.element);
    range.setEnd(node, inside);
    const walker = document.createTreeWalker(range.cloneContents(), NodeFilter.SHOW_ALL);
    let size = 0;
    while (walker.nextNode()) size += walker.currentNode.data?.length ?? (walker.currentNode.tagName === "BR" ? 1 : 0);
    return size;
  }
}
