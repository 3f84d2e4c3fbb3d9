// Talking to the server: one JSON request, one answer, and French words for what went wrong. Keeps the text safe:
// saves follow one another, carry the version they were made from, and are tried again when the network is cut.

const OFFLINE = "La connexion est coupée. Votre texte reste sur cette page ; nouvel essai dans quelques secondes.";

const SMALL = 20000;

export class Refusal extends Error {
  constructor(status, body) {
    super(body.advice ?? OFFLINE);
    Object.assign(this, { status, body });
  }
}

/** Ask the server; a Refusal carries the sentence to show (status 0: no answer at all). */
export async function ask(method, address, { body = {}, version } = {}) {
  const headers = { "Content-Type": "application/json", Accept: "application/json" };
  if (version !== undefined) headers["If-Match"] = String(version);
  const sent = JSON.stringify(body), keepalive = sent.length < SMALL; // a small save outlives the page that made it
  let answer;
  try {
    answer = await fetch(address, { method, headers, body: sent, keepalive });
  } catch {
    throw new Refusal(0, {});
  }
  const data = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refusal(answer.status, data);
  return data;
}

export class Saving extends EventTarget {
  /** `read` gives what to save; `version` is the one the page was made from. */
  constructor(address, { read, version, delay = 600, retry = 5000 }) {
    super();
    Object.assign(this, { address, read, version, delay, retry, state: "saved", stopped: false });
    this.saved = JSON.stringify(read());
    this.queue = Promise.resolve();
  }

  get pending() { return !this.stopped && JSON.stringify(this.read()) !== this.saved; }

  /** Something changed: save when the hand rests. */
  touch() {
    if (this.stopped) return;
    this.#say("changed");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush().catch(() => {}), this.delay);
  }

  /** Save now; throws the Refusal when it cannot be done. */
  flush() {
    clearTimeout(this.timer);
    return this.serial(async () => {
      if (!this.pending) return this.#say("saved");
      const body = this.read();
      this.#say("saving");
      await this.#attempt(body);
      this.saved = JSON.stringify(body);
      this.#say("saved");
    });
  }

  /** Run an act that needs the version, after those before it; its answer may carry the next version. */
  serial(act) {
    const turn = this.queue.then(async () => {
      const answer = await act();
      if (answer?.version !== undefined) this.version = answer.version;
      return answer;
    });
    this.queue = turn.catch(() => {});
    return turn;
  }

  stop() {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  async #attempt(body) {
    try {
      this.version = (await ask("PUT", this.address, { body, version: this.version })).version;
    } catch (refusal) {
      const lasting = refusal.status !== 0 && refusal.status !== 401 && refusal.status < 500;
      if (lasting) this.stop();
      else this.timer = setTimeout(() => this.flush().catch(() => {}), this.retry);
      this.#say(lasting ? "refused" : "waiting", refusal.message);
      throw refusal;
    }
  }

  #say(state, detail = "") {
    this.state = state;
    this.dispatchEvent(new CustomEvent("state", { detail: { state, message: detail } }));
  }
}
