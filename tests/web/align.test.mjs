// The browser's half of tests/data/align_cases.json; run by tests/pipeline/test_align.py (or `node --test`).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { inUnits, matches, moved, timed, tokenize } from "../../pipeline/web/static/align.js";

const cases = JSON.parse(readFileSync(new URL("../data/align_cases.json", import.meta.url), "utf8"));
const stretches = (pairs) => pairs.map(([start, end]) => ({ start, end }));
const bare = (places) => places.map((p) => p && { start: p.start, end: p.end });

for (const { text, tokens } of cases.tokens) {
  test(`tokens: ${text}`, () => assert.deepEqual(tokenize(text).map((t) => t.text), tokens));
}

for (const { name, before, after, flags, moved: expected } of cases.moved) {
  test(`moved: ${name}`, () => {
    const places = moved(inUnits(before, stretches(flags)), before, after);
    const wanted = expected.map((p) => p && inUnits(after, stretches([p]))[0]);
    assert.deepEqual(bare(places), bare(wanted));
  });
}

for (const { name, before, after, spans, timed: expected } of cases.timed) {
  test(`timed: ${name}`, () => {
    const found = timed(inUnits(before, spans), before, after);
    assert.deepEqual(bare(found), bare(inUnits(after, expected)));
    found.forEach((span, i) => {
      assert.equal(span.probability, expected[i].probability);
      span.seconds.forEach((s, n) => assert.ok(Math.abs(s - expected[i].seconds[n]) < 1e-9, JSON.stringify(found)));
    });
  });
}

test("as many words are kept as can be, in order", () => {
  const longest = (a, b) => {
    const best = Array.from({ length: a.length + 1 }, () => new Array(b.length + 1).fill(0));
    for (let i = a.length - 1; i >= 0; i--) {
      for (let j = b.length - 1; j >= 0; j--) {
        best[i][j] = a[i] === b[j] ? best[i + 1][j + 1] + 1 : Math.max(best[i + 1][j], best[i][j + 1]);
      }
    }
    return best[0][0];
  };
  let seed = 7;
  const draw = (n) => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
  for (let round = 0; round < 2000; round++) {
    const word = () => Array.from({ length: draw(14) }, () => "abcd"[draw(4)]);
    const a = word(), b = word(), pairs = matches(a, b);
    assert.equal(pairs.length, longest(a, b), JSON.stringify([a, b]));
    pairs.forEach(([i, j], n) => {
      assert.equal(a[i], b[j]);
      if (n) assert.ok(i > pairs[n - 1][0] && j > pairs[n - 1][1]);
    });
  }
});
