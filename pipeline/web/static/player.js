// The sound, the keys and the foot pedal. Knows nothing of the text.

const CLOSE = 0.05; // seconds: how near its end a stretch counts as heard
const STUCK = 4000; // milliseconds after which a seek will not end by itself

export class Player extends EventTarget {
  #wanted = null; // where to go once the present seek is done
  #watch;

  constructor(audio, { backstep = 3, skip = 3 } = {}) {
    super();
    Object.assign(this, { audio, backstep, skip, until: Infinity });
    audio.preservesPitch = true;
    const tick = () => {
      if (!this.#moving && this.playing && audio.currentTime >= this.until - CLOSE) this.halt();
      this.dispatchEvent(new Event("time"));
      if (this.playing) requestAnimationFrame(tick);
    };
    for (const name of ["play", "seeked", "pause", "loadedmetadata"]) audio.addEventListener(name, tick);
    audio.addEventListener("seeked", () => this.#arrived());
  }

  get time() { return this.#wanted ?? this.audio.currentTime; }
  get playing() { return !this.audio.paused; }

  play() {
    this.until = Infinity;
    return this.#start();
  }

  /** Play one stretch and stop there. */
  hear([from, to]) {
    this.seek(from);
    this.until = to;
    return this.#start();
  }

  /** Stop, and step back so that the next listening begins a little before. */
  pause() {
    if (!this.playing) return;
    this.halt();
    this.jump(-this.backstep);
  }

  halt() {
    this.until = Infinity;
    this.audio.pause();
  }

  toggle() { return this.playing ? this.pause() : this.play(); }

  /** Go there. Seeks follow one another: Chromium can stay stuck for ever on one that comes during another. */
  seek(time) {
    this.until = Infinity;
    const target = Math.max(0, Math.min(time, this.audio.duration || time));
    if (this.audio.seeking) this.#wanted = target;
    else this.#go(target);
    this.dispatchEvent(new Event("time"));
  }

  jump(seconds) { this.seek(this.time + seconds); }

  set rate(value) { this.audio.playbackRate = Math.round(Math.max(0.5, Math.min(2, value)) * 10) / 10; }
  get rate() { return this.audio.playbackRate; }

  get #moving() { return this.audio.seeking || this.#wanted !== null; }

  #go(target, { again = true } = {}) {
    this.#wanted = null;
    this.audio.currentTime = target;
    clearTimeout(this.#watch);
    if (again) this.#watch = setTimeout(() => this.#reload(target), STUCK);
  }

  #arrived() {
    clearTimeout(this.#watch);
    if (this.#wanted !== null) this.#go(this.#wanted);
  }

  /** A seek that does not end: open the sound again, once, and go there. */
  #reload(target) {
    if (!this.audio.seeking) return;
    const { playing, until, rate } = this, at = this.#wanted ?? target;
    const again = () => {
      this.rate = rate;
      this.#go(at, { again: false });
      if (playing) this.#start();
      this.until = until;
    };
    this.audio.addEventListener("loadedmetadata", again, { once: true });
    this.audio.load();
  }

  #start() { return this.audio.play().catch((error) => { if (error.name !== "AbortError") this.dispatchEvent(new Event("silent")); }); }
}

const KEYS = { // a pedal that plays the part of a keyboard sends these too
  F4: (player) => player.toggle(),
  F7: (player) => player.jump(-player.skip),
  F8: (player) => player.jump(player.skip),
  F2: (player) => { player.rate -= 0.1; },
  F3: (player) => { player.rate += 0.1; },
};

export function bindKeys(player, target = document) {
  target.addEventListener("keydown", (event) => {
    const act = KEYS[event.key];
    if (!act || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (!event.repeat || event.key !== "F4") act(player);
  });
  for (const [name, act] of [["play", () => player.play()], ["pause", () => player.pause()]]) {
    navigator.mediaSession?.setActionHandler(name, act);
  }
}

/** Pedals that present themselves as a game controller: back, play while held, forward. */
export function bindPedal(player, pads = () => navigator.getGamepads()) {
  let was = [];
  const poll = () => {
    const pad = [...pads()].find(Boolean);
    const now = pad ? pad.buttons.slice(0, 3).map((button) => button.pressed) : [];
    if (now[0] && !was[0]) player.jump(-player.skip);
    if (now[1] && !was[1]) player.play();
    if (!now[1] && was[1]) player.pause();
    if (now[2] && !was[2]) player.jump(player.skip);
    was = now;
    requestAnimationFrame(poll);
  };
  addEventListener("gamepadconnected", poll, { once: true });
}
