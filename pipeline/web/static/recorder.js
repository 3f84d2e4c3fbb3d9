// Dictating on the page: the microphone, its level, and the recordings that wait on this device to be sent. A
// recording is erased here only when the practice answered that it has the very same bytes, or by a person's hand.

import * as kept from "/static/kept.js";
import { clock, element } from "/static/places.js";
import { SAFE, doctorChosen, send, sha256 } from "/static/sending.js";

const SECOND = 1000, RETRY = 15000, QUIET = 0.004, QUIET_SECONDS = 5;
const TYPES = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus", "audio/webm"];
const ENDINGS = { "audio/webm": "webm", "audio/mp4": "m4a", "audio/ogg": "ogg" };
const NO_MICROPHONE = "Le micro n’a pas pu s’ouvrir : autorisez-le pour cette page, ou vérifiez qu’il est branché.";
const STOPPED = "Le micro s’est arrêté : ce qui a été dit jusque-là est gardé ci-dessous.";
const NO_ROOM = "Cet appareil n’a plus de place pour garder le son : la dictée est arrêtée. Envoyez-la avant de fermer cette page.";
const NO_ROOM_TO_BEGIN = "Cet appareil n’a plus de place pour garder une dictée : envoyez ou effacez celles qui attendent.";
const SILENCE = "On n’entend rien : vérifiez que le micro n’est pas coupé.";
const UNABLE = "Ce navigateur ne peut pas garder une dictée en sûreté : enregistrez-la avec votre téléphone ou votre dictaphone, puis envoyez le fichier.";
const ALTERED = "Le cabinet n’a pas reçu exactement ce son : il reste sur cet appareil et sera envoyé à nouveau.";
const UNREAD = "Cet appareil n’arrive pas à la relire : elle y reste, et sera essayée à nouveau.";
const ELSEWHERE = "Elle n’est plus sur cet appareil : elle a été envoyée, ou effacée, depuis une autre page.";
const ERASE = "Effacer cette dictée de cet appareil ? Elle n’a pas été envoyée : elle sera perdue.";

const at = (id) => document.getElementById(id);
const main = at("main"), person = main.dataset.person;
const loose = new Map(); // id → pieces that this device had no room for: they live as long as the page

// --- recording ----------------------------------------------------------------------------------------------------

class Recording {
  constructor(stream) {
    const type = TYPES.find((one) => MediaRecorder.isTypeSupported(one));
    this.stream = stream;
    this.recorder = new MediaRecorder(stream, { mimeType: type, audioBitsPerSecond: 48000 });
    this.row = { id: crypto.randomUUID(), person, begun: Date.now(), type: this.recorder.mimeType || type || "", seconds: 0, state: "recording", doctor: "", sentence: "" };
    Object.assign(this, { n: 0, finished: false, written: Promise.resolve(), spoken: 0, since: 0 });
    this.ended = new Promise((settle) => { this.recorder.onstop = settle; });
    this.recorder.ondataavailable = ({ data }) => { if (data.size) this.#keep(data, this.n++); };
    this.recorder.onerror = () => this.stop();
    stream.getAudioTracks()[0].onended = () => { if (this.running) { trouble(STOPPED); this.stop(); } };
  }

  get running() { return this.recorder.state !== "inactive"; }
  get paused() { return this.recorder.state === "paused"; }
  get seconds() { return (this.spoken + (this.since ? performance.now() - this.since : 0)) / 1000; }

  /** Record until stopped; the row is written first: what cannot be kept is not begun. */
  async run() {
    try {
      await kept.put(this.row);
      this.recorder.start(SECOND);
      this.since = performance.now();
      await this.ended;
    } finally {
      this.#hold();
      for (const track of this.stream.getTracks()) track.stop();
    }
    await this.written;
    this.row = { ...this.row, state: this.finished ? "stopped" : "interrupted", seconds: this.seconds };
    await kept.put(this.row).catch(() => {});
    if (this.n === 0) await kept.erase(this.row.id);
  }

  pause() { this.recorder.pause(); this.recorder.requestData(); this.#hold(); }
  resume() { this.recorder.resume(); this.since = performance.now(); }
  stop() { if (this.running) this.recorder.stop(); }
  finish() { this.finished = true; this.stop(); }
  flush() { if (this.running) this.recorder.requestData(); }

  #hold() { this.spoken = this.seconds * 1000; this.since = 0; }

  /** Pieces are written one after the other; the first that cannot be ends the recording, and none is dropped. */
  #keep(data, n) {
    const seconds = this.seconds;
    this.written = this.written.then(async () => {
      const bytes = await data.arrayBuffer(), { id } = this.row;
      if (loose.has(id)) return loose.get(id).push(bytes);
      this.row = { ...this.row, seconds };
      try { await kept.add(this.row, n, bytes); } catch {
        loose.set(id, [bytes]);
        trouble(NO_ROOM);
        this.stop();
      }
    });
  }
}

let current = null, wake = null;

/** A phone whose screen goes dark may stop recording; the system takes this back whenever the page is hidden. */
async function stayAwake() {
  wake = await navigator.wakeLock?.request("screen").catch(() => null);
}

async function begin() {
  trouble("");
  at("start").disabled = true;
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: true } });
    current = new Recording(stream);
  } catch { current = null; trouble(NO_MICROPHONE); } finally { at("start").disabled = false; }
  if (!current) return;
  stayAwake();
  const meter = listen(current);
  try {
    const run = kept.alone(current.row.id, () => current.run());
    draw();
    at("pause").focus();
    await run;
  } catch { trouble(NO_ROOM_TO_BEGIN); } finally { meter.stop(); wake?.release().catch(() => {}); }
  const { id } = current.row;
  current = null;
  draw();
  await show();
  (at("recordings").querySelector(`[data-id="${id}"] .send`) ?? at("start")).focus();
}

/** The level of the microphone, until stopped; says when nothing has been heard for a while. */
function listen(recording) {
  const context = new AudioContext(), analyser = context.createAnalyser(), samples = new Float32Array(analyser.fftSize);
  context.createMediaStreamSource(recording.stream).connect(analyser);
  let heard = performance.now(), frame;
  const look = () => {
    analyser.getFloatTimeDomainData(samples);
    const loud = Math.sqrt(samples.reduce((sum, value) => sum + value * value, 0) / samples.length), now = performance.now();
    at("level").value = recording.paused ? 0 : Math.min(1, Math.sqrt(loud) * 1.6);
    at("length").textContent = clock(recording.seconds);
    if (loud > QUIET || recording.paused || !recording.running) {
      heard = now;
      if (at("heard").textContent === SILENCE) trouble("");
    } else if (now - heard > QUIET_SECONDS * 1000) trouble(SILENCE);
    frame = requestAnimationFrame(look);
  };
  look();
  return { stop() { cancelAnimationFrame(frame); at("level").value = 0; return context.close(); } };
}

function draw() {
  const running = Boolean(current), paused = running && current.paused;
  at("start").hidden = running;
  at("pause").hidden = at("stop").hidden = !running;
  at("pause").textContent = paused ? "Reprendre" : "Pause";
  at("mode").textContent = paused ? "en pause" : running ? "enregistrement en cours" : "";
  at("recorder").classList.toggle("running", running && !paused);
  if (!running) at("length").textContent = "0:00";
}

function trouble(sentence) {
  if (at("heard").textContent !== sentence) at("heard").textContent = sentence;
  at("heard").hidden = !sentence;
}

// --- what waits on this device ------------------------------------------------------------------------------------

const two = (number) => String(number).padStart(2, "0");

/** « Dictée du 20/11 à 18 h 02 » */
function called(row) {
  const day = new Date(row.begun);
  return `Dictée du ${two(day.getDate())}/${two(day.getMonth() + 1)} à ${day.getHours()} h ${two(day.getMinutes())}`;
}

function fileName(row) {
  const day = new Date(row.begun), date = `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
  return `Dictée ${date} ${two(day.getHours())}h${two(day.getMinutes())}.${ENDINGS[row.type.split(";")[0]] ?? "webm"}`;
}

const INTERRUPTED = "Interrompue avant la fin : écoutez-la, puis envoyez-la ou effacez-la.";
const STATES = {
  recording: INTERRUPTED, // the device died, or the page
  interrupted: INTERRUPTED,
  stopped: "Pas encore envoyée.",
  "to-send": "Partira d’elle-même dès que possible.",
  sending: "Envoi…",
};

async function whole(row) { return new Blob([await kept.sound(row), ...(loose.get(row.id) ?? [])], { type: row.type }); }

function item(row) {
  const acts = element("div", { class: "acts" },
    element("button", { type: "button", class: "main send", onclick: () => order(row) }, row.state === "to-send" ? "Envoyer maintenant" : "Envoyer"),
    element("button", { type: "button", class: "play", onclick: ({ target }) => play(row, target) }, "Écouter"),
    element("button", { type: "button", class: "erase", onclick: () => remove(row) }, "Effacer"));
  const sentence = element("p", { class: "soft told" }, row.sentence || STATES[row.state] || "");
  return element("li", { "data-id": row.id }, element("strong", {}, called(row)), element("span", { class: "soft" }, ` · ${clock(row.seconds)}`), sentence, acts);
}

let shown = "";

/** Draw what waits: this person's recordings, and that there are others' without a word of them. */
async function show() {
  const taken = await kept.inUse();
  const rows = (await kept.all()).filter((row) => row.state !== "recording" || !taken.has(row.id));
  const mine = rows.filter((row) => row.person === person), others = rows.length - mine.length;
  const state = JSON.stringify([mine, others]);
  if (state === shown) return mine;
  shown = state;
  const held = document.activeElement, id = held?.closest?.("#recordings li")?.dataset.id;
  const playing = [...at("recordings").querySelectorAll("li:has(audio)")];
  at("recordings").replaceChildren(...mine.map((row) => {
    const drawn = item(row), audio = playing.find((one) => one.dataset.id === row.id)?.querySelector("audio");
    if (audio) drawn.append(audio);
    return drawn;
  }));
  if (id) at("recordings").querySelector(`[data-id="${id}"] .${held.classList[held.classList.length - 1]}`)?.focus();
  at("others").textContent = others ? `${others} dictée${others > 1 ? "s" : ""} d’une autre personne ${others > 1 ? "attendent" : "attend"} aussi : elle les enverra en se connectant ici.` : "";
  at("others").hidden = !others;
  at("unsent").hidden = !rows.length;
  return mine;
}

function tell(id, sentence) {
  const place = at("recordings").querySelector(`[data-id="${id}"] .told`);
  if (place && place.textContent !== sentence) place.textContent = sentence;
}

async function play(row, button) {
  const line = button.closest("li"), old = line.querySelector("audio");
  if (old) { URL.revokeObjectURL(old.src); old.remove(); return; }
  const audio = element("audio", { controls: true, src: URL.createObjectURL(await whole(row)), "aria-label": called(row) });
  line.append(audio);
  audio.play().catch(() => {});
}

async function remove(row) {
  if (!confirm(ERASE)) return;
  const alone = await kept.alone(row.id, () => kept.erase(row.id));
  if (!alone) return tell(row.id, "Cette dictée est utilisée par une autre page.");
  loose.delete(row.id);
  await show();
  at("start").focus();
}

/** A person said to send it: from now on it leaves by itself as soon as it can. */
async function order(row) {
  const doctor = doctorChosen();
  if (!doctor) return;
  await sendOne({ ...row, doctor, state: "to-send", sentence: "" }, { ordered: true });
}

const sendOne = (row, { ordered = false } = {}) => kept.alone(row.id, async () => {
  const there = (await kept.all()).some((one) => one.id === row.id);
  if (!there && !loose.has(row.id)) return elsewhere(row); // and not written again: its sound has left this device
  if (ordered) {
    await kept.put(row).catch(() => {});
    await show();
  }
  const file = await whole(row), own = await sha256(await file.arrayBuffer());
  tell(row.id, STATES.sending);
  const told = (part) => tell(row.id, part < 1 ? `Envoi… ${Math.floor(part * 100)} %` : "Vérification…");
  const answer = await send(file, { name: fileName(row), doctor: row.doctor, told });
  if (SAFE.includes(answer.state) && answer.sha256 === own) return done(row, answer);
  const again = answer.state !== "refused", sentence = SAFE.includes(answer.state) ? ALTERED : answer.sentence;
  await kept.put({ ...row, state: again ? "to-send" : "stopped", sentence }).catch(() => {});
  await show();
  tell(row.id, sentence);
  at("said").textContent = `${called(row)} : ${sentence}`;
});

async function done(row, answer) {
  await kept.erase(row.id);
  await left(row, answer);
}

const elsewhere = (row) => left(row, { state: "known", sentence: ELSEWHERE });

/** Say what became of a recording that is no longer on this device. */
async function left(row, { state, sentence }) {
  loose.delete(row.id);
  at("gone").append(element("li", { class: state }, element("strong", {}, called(row)), element("span", {}, sentence)));
  at("said").textContent = `${called(row)} : ${sentence}`;
  await show();
}

let sending = false;

/** Send again all that was said to be sent, oldest first. */
async function sendAll() {
  if (sending || document.hidden) return;
  sending = true;
  try {
    for (const row of await show()) {
      if (row.state === "to-send") await sendOne(row).catch(() => tell(row.id, UNREAD)); // the others have nothing to do with it
    }
  } finally { sending = false; }
}

// --- the page -----------------------------------------------------------------------------------------------------

async function open() {
  if (!at("recorder")) return;
  if (!(await kept.able())) return refuse();
  if (!globalThis.MediaRecorder || !navigator.mediaDevices?.getUserMedia) refuse();
  else at("recorder").hidden = false;
  at("start").addEventListener("click", begin);
  at("stop").addEventListener("click", () => current?.finish());
  at("pause").addEventListener("click", () => { if (current?.paused) current.resume(); else current?.pause(); draw(); });
  await show();
  sendAll();
  setInterval(sendAll, RETRY);
  addEventListener("online", sendAll);
  document.addEventListener("visibilitychange", () => {
    current?.flush();
    if (current && !document.hidden) stayAwake();
    sendAll();
  });
  addEventListener("pagehide", () => current?.flush());
  addEventListener("beforeunload", (event) => { if (current || loose.size) event.preventDefault(); });
}

function refuse() {
  at("norecorder").textContent = UNABLE;
  at("norecorder").hidden = false;
}

open();
