// Where words went when the text was edited: places to check and times follow their words.
// The twin of pipeline/align.py: both answer the same on tests/data/align_cases.json.
// Pure: nothing here touches the page. Offsets are JavaScript's own (UTF-16); `inUnits` converts the server's.

const SPACE = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff";
const SOFT = ".,;:!?…«»“”\"()\\[\\]'’";
const TOKEN = new RegExp(`[0-9]+(?:[.,:][0-9]+)+|[\\p{L}\\p{N}]+|[^\\p{L}\\p{N}${SPACE}${SOFT}]`, "gu");
const MOST_CHANGES = 2000; // words added and removed beyond which the text counts as typed anew

/** Offsets in code points (Python, JSON) to offsets in this string: the one place where the two are converted. */
export function inUnits(text, stretches) {
  const at = [];
  let unit = 0;
  for (const character of text) {
    at.push(unit);
    unit += character.length;
  }
  at.push(unit);
  const clamp = (point) => at[Math.min(point, at.length - 1)];
  return stretches.map((one) => ({ ...one, start: clamp(one.start), end: clamp(one.end) }));
}

/** The words of a text: runs of letters and digits, numbers with their separators, signs that carry meaning. */
export function tokenize(text) {
  return Array.from(text.matchAll(TOKEN), (m) => ({ text: m[0], start: m.index, end: m.index + m[0].length }));
}

/** Where each flag of `before` stands in `after`: {start, end}, or null when its words were changed or parted. */
export function moved(flags, before, after) {
  const edit = compare(before, after);
  return flags.map((flag) => movedOne(edit, flag.start, flag.end));
}

/** The spans of the edited text: untouched words keep their seconds, typed words borrow their neighbours'. */
export function timed(spans, before, after) {
  const edit = compare(before, after);
  const owner = owners(spans, edit.old);
  const runs = runsOf(edit, owner);
  return runs.flatMap((run, k) => timedRun(edit, spans, runs, k, run));
}

function compare(before, after) {
  const old = tokenize(before), fresh = tokenize(after);
  const toNew = new Array(old.length).fill(-1), toOld = new Array(fresh.length).fill(-1);
  for (const [i, j] of matches(old.map((t) => t.text), fresh.map((t) => t.text))) {
    toNew[i] = j;
    toOld[j] = i;
  }
  return { before, after, old, fresh, toNew, toOld };
}

function movedOne(edit, start, end) {
  const [low, high] = inside(edit.old, start, end);
  if (low >= high) return nearest(edit, start, end);
  const image = edit.toNew[low];
  let together = image >= 0;
  for (let i = low; i < high && together; i++) together = edit.toNew[i] === image + i - low;
  let at = together ? image : slid(edit, low, high - low);
  if (at < 0) at = elsewhere(edit, low, high - low);
  return at < 0 ? null : stretch(edit, start, end, low, high - 1, at);
}

/** The words that a stretch covers, were it only in part: [first, one past the last]. */
function inside(tokens, start, end) {
  if (start >= end) return [0, 0];
  return [first(tokens, (t) => t.end > start), first(tokens, (t) => t.start >= end)];
}

function first(tokens, holds) {
  let low = 0, high = tokens.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(tokens[middle])) high = middle;
    else low = middle + 1;
  }
  return low;
}

function stretch(edit, start, end, from, to, at) {
  const oldFirst = edit.old[from], oldLast = edit.old[to];
  const newFirst = edit.fresh[at], newLast = edit.fresh[at + to - from];
  const lead = edit.before.slice(start, oldFirst.start), trail = edit.before.slice(oldLast.end, end);
  const kept = edit.after.slice(0, newFirst.start).endsWith(lead) ? lead.length : 0;
  const left = start >= oldFirst.start ? newFirst.start + start - oldFirst.start : newFirst.start - kept;
  const tail = edit.after.startsWith(trail, newLast.end) ? trail.length : 0;
  const right = end <= oldLast.end ? newLast.end - (oldLast.end - end) : newLast.end + tail;
  return { start: left, end: right };
}

/** Where the words stand in a reading of the edit that is as good (see align.py), or -1. */
function slid(edit, from, size) {
  const { old, toNew } = edit;
  let begin = from, end = from;
  while (begin > 0 && toNew[begin - 1] < 0) begin--;
  while (end < old.length && toNew[end] < 0) end++;
  if (from + size > end) return -1;
  for (const [length, low, high] of [[begin - end, from, end], [end - begin, begin, from + size]]) {
    if (low + length < 0 || high - 1 + length >= old.length) continue;
    const image = toNew[from + length];
    let good = image >= 0;
    for (let n = 0; n < size && good; n++) good = toNew[from + length + n] === image + n;
    for (let i = low; i < high && good; i++) good = toNew[i + length] >= 0 && old[i].text === old[i + length].text;
    if (good) return image;
  }
  return -1;
}

/** The first place with these very words that the rest of the old text does not account for, or -1. */
function elsewhere(edit, from, size) {
  for (let at = 0; at + size <= edit.fresh.length; at++) {
    const source = edit.toOld[at];
    let same = true, stood = source >= 0;
    for (let n = 0; n < size && same; n++) {
      same = edit.fresh[at + n].text === edit.old[from + n].text;
      stood = stood && edit.toOld[at + n] === source + n;
    }
    if (same && !stood) return at;
  }
  return -1;
}

/** Where a stretch without words stands now: beside the kept word next to it, with the same characters between. */
function nearest(edit, start, end) {
  const { before, after, old, fresh, toNew } = edit;
  const covered = before.slice(start, end);
  const left = old.findLastIndex((t, i) => t.end <= start && toNew[i] >= 0);
  const right = old.findIndex((t, i) => t.start >= end && toNew[i] >= 0);
  let at = 0;
  if (left >= 0) {
    at = fresh[toNew[left]].end;
    const gap = before.slice(old[left].end, start);
    const to = at + gap.length;
    if (after.startsWith(gap + covered, at)) return { start: to, end: to + covered.length };
  }
  if (right >= 0) {
    const to = fresh[toNew[right]].start;
    const gap = before.slice(end, old[right].start);
    const until = to - gap.length;
    if (after.slice(0, to).endsWith(covered + gap)) return { start: until - covered.length, end: until };
    if (left < 0) at = to;
  } else if (left < 0 && after.startsWith(before.slice(0, end))) return { start, end };
  return { start: at, end: at };
}

/** Pairs [i, j] of equal elements, in order, as many as can be: Myers' O(ND) difference, ends trimmed first. */
export function matches(a, b) {
  let head = 0, tail = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  const pairs = [];
  for (let i = 0; i < head; i++) pairs.push([i, i]);
  const middle = myers(a.slice(head, a.length - tail), b.slice(head, b.length - tail));
  for (const [i, j] of middle) pairs.push([i + head, j + head]);
  for (let i = tail; i > 0; i--) pairs.push([a.length - i, b.length - i]);
  return pairs;
}

function myers(a, b) {
  if (!a.length || !b.length) return [];
  const most = Math.min(a.length + b.length, MOST_CHANGES), zero = most + 1, trace = [];
  const far = new Int32Array(2 * most + 3);
  for (let d = 0; d <= most; d++) {
    trace.push(far.slice(zero - d - 1, zero + d + 2));
    for (let k = -d; k <= d; k += 2) {
      let x = goesDown(far, zero + k, k, d) ? far[zero + k + 1] : far[zero + k - 1] + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x++;
      far[zero + k] = x;
      if (x >= a.length && x - k >= b.length) return wayBack(trace, a.length, b.length);
    }
  }
  return [];
}

const goesDown = (far, at, k, d) => k === -d || (k !== d && far[at - 1] < far[at + 1]);

function wayBack(trace, x, y) {
  const pairs = [];
  for (let d = trace.length - 1; d >= 0; d--) {
    const row = trace[d], k = x - y;
    const came = goesDown(row, k + d + 1, k, d) ? k + 1 : k - 1;
    const toX = row[came + d + 1];
    while (x > Math.max(toX, 0) && y > Math.max(toX - came, 0)) pairs.push([--x, --y]);
    x = toX;
    y = toX - came;
  }
  return pairs.reverse();
}

/** For each word, the first span that covers some of it, or -1. */
function owners(spans, tokens) {
  const owner = new Array(tokens.length).fill(-1);
  for (let index = spans.length - 1; index >= 0; index--) {
    const [low, high] = inside(tokens, spans[index].start, spans[index].end);
    owner.fill(index, low, Math.max(low, high));
  }
  return owner;
}

/** Runs of new words that come from one span, untouched and in order; source -1: typed words. */
function runsOf(edit, owner) {
  const sources = edit.toOld.map((i) => (i >= 0 ? owner[i] : -1)), runs = [];
  let begin = 0;
  for (let j = 1; j <= sources.length; j++) {
    const same = j < sources.length && sources[j] === sources[j - 1];
    if (same && (sources[j] < 0 || edit.toOld[j] === edit.toOld[j - 1] + 1)) continue;
    runs.push({ first: begin, last: j - 1, source: sources[j - 1] });
    begin = j;
  }
  return runs;
}

function timedRun(edit, spans, runs, k, run) {
  if (run.source >= 0) return [kept(edit, spans[run.source], run)];
  const left = k > 0 ? spans[runs[k - 1].source].seconds[1] : null;
  const right = k + 1 < runs.length ? spans[runs[k + 1].source].seconds[0] : null;
  const since = left ?? right;
  if (since === null) return [];
  const until = right === null ? since : Math.max(since, right);
  const step = (until - since) / (run.last - run.first + 1);
  return edit.fresh.slice(run.first, run.last + 1).map((token, n) => ({
    start: token.start, end: token.end, seconds: [since + n * step, since + (n + 1) * step], probability: 1,
  }));
}

function kept(edit, span, run) {
  const from = edit.toOld[run.first], to = edit.toOld[run.last];
  const [low, high] = inside(edit.old, span.start, span.end);
  const whole = low === from && high === to + 1;
  const place = whole
    ? stretch(edit, span.start, span.end, from, to, run.first)
    : { start: edit.fresh[run.first].start, end: edit.fresh[run.last].end };
  return { ...place, seconds: span.seconds, probability: span.probability };
}
