// The player without a browser: an audio element that seeks when told, or never.
import assert from "node:assert/strict";
import test from "node:test";

globalThis.requestAnimationFrame = () => {};
const { Player } = await import("../../pipeline/web/static/player.js");

class Sound extends EventTarget {
  duration = 100;
  paused = true;
  playbackRate = 1;
  seeking = false;
  loads = 0;
  asked = [];
  #at = 0;
  get currentTime() { return this.#at; }
  set currentTime(value) { this.#at = value; this.asked.push(value); this.seeking = true; }
  arrive() { this.seeking = false; this.dispatchEvent(new Event("seeked")); }
  play() { this.paused = false; this.dispatchEvent(new Event("play")); return Promise.resolve(); }
  pause() { this.paused = true; this.dispatchEvent(new Event("pause")); }
  load() { this.loads++; this.seeking = false; this.paused = true; this.playbackRate = 1; this.dispatchEvent(new Event("loadedmetadata")); }
}

test("seeks follow one another and the last one wins", () => {
  const sound = new Sound(), player = new Player(sound);
  player.seek(10);
  player.jump(-3);
  player.jump(-3);
  assert.deepEqual(sound.asked, [10]);
  assert.equal(player.time, 4);
  sound.arrive();
  assert.deepEqual(sound.asked, [10, 4]);
  sound.arrive();
  assert.equal(player.time, 4);
});

test("a seek that does not end opens the sound again, at the same place and pace", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const sound = new Sound(), player = new Player(sound);
  player.play();
  player.rate = 1.4;
  player.seek(50);
  t.mock.timers.tick(10_000);
  assert.equal(sound.loads, 1);
  assert.equal(sound.asked.at(-1), 50);
  assert.equal(sound.playbackRate, 1.4);
  assert.ok(player.playing);
  sound.arrive();
  t.mock.timers.tick(10_000);
  assert.equal(sound.loads, 1);
});

test("a stretch stops at its end, not where the player was before", () => {
  const sound = new Sound(), player = new Player(sound);
  sound.currentTime = 90;
  sound.arrive();
  player.hear([10, 12]);
  assert.ok(player.playing);
  sound.arrive();
  assert.ok(player.playing);
  sound.currentTime = 12;
  sound.arrive();
  assert.ok(!player.playing);
});

test("places stay within the sound and paces within what can be heard", () => {
  const sound = new Sound(), player = new Player(sound);
  player.seek(-5);
  assert.equal(sound.currentTime, 0);
  sound.arrive();
  player.seek(500);
  assert.equal(sound.currentTime, 100);
  player.rate = 9;
  assert.equal(player.rate, 2);
  player.rate = 0;
  assert.equal(player.rate, 0.5);
});
