// The review page: the text is the only state. Times and places to check are derived from it at each change.

import { inUnits, moved, timed } from "./align.js";
import { Editor, supported } from "./editor.js";
import { PatientBox, disagreement } from "./patient.js";
import { SEVERITY, clock, drawHeard, drawHints, drawList } from "./places.js";
import { Player, bindKeys, bindPedal } from "./player.js";
import { Saving, ask } from "./server.js";
import { drawStrip, drawTicks, moveStrip } from "./strip.js";

const REST = 250; // milliseconds without typing before anything but paint is touched
const BEFORE = 0.4, AFTER = 0.3; // seconds heard around a passage

const $ = (id) => document.getElementById(id);
const write = (id, text) => { if ($(id).firstChild.nodeValue !== text) $(id).firstChild.nodeValue = text; };
const data = JSON.parse($("dictation").textContent);
const address = location.pathname.replace(/\/$/, "");
const flags = inUnits(data.before, data.flags), spans = inUnits(data.before, data.spans);
const heard = new Set(data.heard);
const editor = new Editor($("text")), player = new Player($("audio"));
const saving = new Saving(`${address}/texte`, { version: data.version, read: () => ({ text: editor.text, heard: [...heard].sort((a, b) => a - b) }) });
let places = [], stops = [], words = [], inTime = [], visited = -1, resting;

// --- what follows from the text -----------------------------------------------------------------------------------

function refresh() { // at each keystroke: compute and paint, touch no node
  const text = editor.text;
  words = timed(spans, data.before, text);
  inTime = words.toSorted((a, b) => a.seconds[0] - b.seconds[0]);
  const at = moved(flags, data.before, text);
  places = flags.flatMap((flag, id) => at[id] ? [{ ...flag, ...at[id], id, words: text.slice(at[id].start, at[id].end), seconds: flag.seconds ?? said(at[id]) }] : []);
  stops = places.filter((place) => !heard.has(place.id) && place.severity !== "hint").sort((a, b) => a.start - b.start);
  for (const severity of ["block", "look"]) editor.paint(severity, stops.filter((place) => place.severity === severity), severity === "block" ? 3 : 2);
  editor.paint("hint", places.filter((place) => place.severity === "hint" && !heard.has(place.id)), 1);
}

function said({ start, end }) { // when the words of a stretch were said
  const inside = words.find((word) => word.end > start && word.start < Math.max(end, start + 1));
  return inside?.seconds ?? words.findLast((word) => word.end <= start)?.seconds ?? [0, 0];
}

function redraw() { // when typing rests: rebuild the lists
  const acts = { visit, hear, fix, keep, again, editable: data.editable };
  drawTicks($("strip"), stops, data.duration);
  drawList($("flags"), stops, acts);
  drawHeard($("settled"), places.filter((place) => heard.has(place.id)), acts);
  drawHints($("hints"), places.filter((place) => place.severity === "hint" && !heard.has(place.id)), acts);
  write("left", stops.length === 0 ? "Passages à vérifier" : `${stops.length} passage${stops.length > 1 ? "s" : ""} à vérifier`);
  $("none").hidden = stops.length > 0;
  box.compare();
  mark();
  ending();
}

function ending() { // whether the review can be finished, and why not
  if (!data.editable) return;
  const blocking = stops.filter((place) => place.severity === "block").length;
  const problem = blocking ? `Il reste ${blocking} passage${blocking > 1 ? "s" : ""} à régler avant de terminer.`
    : data.doctor_missing ? "Choisissez d’abord le médecin qui a dicté."
    : !box.chosen ? "Choisissez d’abord le patient." : disagreement(editor.text, box.chosen);
  $("finish").disabled = Boolean(problem);
  write("why", problem || (stops.length ? `${stops.length} passage${stops.length > 1 ? "s" : ""} signalé${stops.length > 1 ? "s" : ""} sans réponse.` : "Le document partira en mise en forme."));
}

// --- going from place to place ------------------------------------------------------------------------------------

const stretch = (place) => [Math.max(0, place.seconds[0] - BEFORE), place.seconds[1] + AFTER];

function visit(place) {
  visited = place.id;
  editor.select(place.start, place.end);
  if (!player.playing) player.seek(stretch(place)[0]);
  mark();
  const rank = stops.findIndex((one) => one.id === place.id) + 1;
  const offers = data.editable && place.suggestions.length ? ` Proposition : ${place.suggestions.join(", ")}.` : "";
  write("say", `${rank ? `${rank} sur ${stops.length}, ` : ""}${SEVERITY[place.severity]} : « ${place.words} ». ${place.reason}${offers}`);
}

function mark() {
  const id = String(current()?.id ?? visited);
  for (const item of document.querySelectorAll("#flags li")) {
    item.toggleAttribute("data-current", item.dataset.place === id);
    if (item.dataset.place === id) show(item);
  }
}

function show(item) { // in its own column only: the page must not move under the hand
  const room = item.closest(".places"), top = item.offsetTop - room.offsetTop;
  const seen = top >= room.scrollTop && top + item.offsetHeight <= room.scrollTop + room.clientHeight;
  if (!seen) room.scrollTop = top - room.clientHeight / 3;
}

/** The place the hand is on: in the list, or under the caret. Never one that was merely seen before. */
function current() {
  const listed = document.activeElement?.closest?.("#flags li")?.dataset.place;
  if (listed !== undefined) return stops.find((place) => place.id === Number(listed));
  const at = editor.selection;
  const under = at ? stops.filter((place) => place.start <= at.end && place.end >= at.start) : [];
  return under.find((place) => place.id === visited) ?? under[0];
}

function neighbour(backwards) { // undefined lets Tab leave the editor: no trap
  const at = editor.selection ?? { start: 0, end: 0 };
  const here = stops.findIndex((place) => place.id === visited && place.start === at.start && place.end === at.end);
  if (here >= 0) return stops[here + (backwards ? -1 : 1)];
  return backwards ? stops.findLast((place) => place.end <= at.start) : stops.find((place) => place.start >= at.end);
}

function hear(place) {
  visited = place.id;
  player.hear(stretch(place));
  mark();
}

function fix(place, text) {
  editor.replace(place.start, place.end, text);
  write("say", `Remplacé par ${text}.`);
}

function keep(place) {
  const next = stops[stops.findIndex((one) => one.id === place.id) + 1];
  heard.add(place.id);
  changed();
  write("say", "Entendu, c’est juste.");
  if (next) visit(next);
  else editor.element.focus({ preventScroll: true });
}

function again(place) {
  heard.delete(place.id);
  changed();
  visit(place);
}

function changed() {
  refresh();
  redraw();
  saving.touch();
}

// --- keys, clicks, sound ------------------------------------------------------------------------------------------

editor.addEventListener("change", () => {
  refresh();
  saving.touch();
  clearTimeout(resting);
  resting = setTimeout(redraw, REST);
});

editor.element.addEventListener("keydown", (event) => {
  if (event.key !== "Tab" || event.ctrlKey || event.altKey || event.metaKey) return;
  const next = neighbour(event.shiftKey);
  if (!next) return;
  event.preventDefault();
  visit(next);
});

document.addEventListener("keydown", (event) => {
  const place = current(), digit = /^(?:Digit|Numpad)([1-3])$/.exec(event.code)?.[1];
  if (event.key === "F9" && place) { event.preventDefault(); hear(place); }
  if (!data.editable || !place) return;
  if (event.ctrlKey && event.key === "Enter") { event.preventDefault(); keep(place); }
  const offer = event.altKey && !event.ctrlKey && digit && place.suggestions[digit - 1];
  if (offer) { event.preventDefault(); fix(place, offer); }
});

const wordAt = (offset) => words.find((word) => word.start <= offset && offset <= word.end);

editor.element.addEventListener("click", () => {
  const at = editor.selection, word = at && at.start === at.end && wordAt(at.start);
  if (word) player.seek(word.seconds[0]);
  mark();
});
editor.element.addEventListener("dblclick", () => {
  const word = editor.selection && wordAt(editor.selection.start);
  if (!word) return;
  player.seek(word.seconds[0]);
  player.play();
});

function spokenNow(time) { // the last word begun, in the order of the sound
  let low = 0, high = inTime.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (inTime[middle].seconds[0] <= time) low = middle + 1;
    else high = middle;
  }
  return inTime[low - 1];
}

player.addEventListener("time", () => {
  const word = player.playing ? spokenNow(player.time) : undefined;
  editor.paint("heard", word ? [word] : [], 4);
  moveStrip($("strip"), player.time, data.duration);
  $("seek").value = player.time;
  $("seek").setAttribute("aria-valuetext", `${clock(player.time)} sur ${clock(data.duration)}`);
  write("clock", `${clock(player.time)} / ${clock(data.duration)}`);
});
player.addEventListener("silent", () => warn("Le son n’a pas pu être lu. Rechargez la page ; si cela se répète, prévenez la personne qui s’occupe de Copiste."));
player.audio.addEventListener("loadedmetadata", () => {
  if (Number.isFinite(player.audio.duration)) data.duration = player.audio.duration;
  $("seek").max = data.duration;
  drawTicks($("strip"), stops, data.duration);
});
player.audio.addEventListener("ratechange", () => {
  $("rate").value = player.rate;
  write("rateout", `×${player.rate.toFixed(1).replace(".", ",")}`);
});
for (const name of ["play", "pause"]) player.audio.addEventListener(name, () => {
  $("play").setAttribute("aria-label", player.playing ? "Arrêter" : "Écouter");
  $("play").toggleAttribute("data-playing", player.playing);
});
$("play").onclick = () => player.toggle();
$("back").onclick = () => player.jump(-player.skip);
$("forward").onclick = () => player.jump(player.skip);
$("seek").oninput = (event) => player.seek(Number(event.target.value));
$("rate").oninput = (event) => { player.rate = Number(event.target.value); };
bindKeys(player);
bindPedal(player);

// --- keeping and ending -------------------------------------------------------------------------------------------

const SAVED = { saved: "Enregistré", changed: "Modifié", saving: "Enregistrement…", waiting: "Non enregistré", refused: "Non enregistré" };

function warn(message) {
  $("alert").querySelector("p").textContent = message;
  $("alert").hidden = false;
}

saving.addEventListener("state", ({ detail: { state, message } }) => {
  write("saved", SAVED[state]);
  if (state === "waiting" || state === "refused") warn(message);
  else if (state === "saved") $("alert").hidden = true;
  if (state === "refused") editor.element.contentEditable = "false";
});
$("copy").onclick = async () => {
  getSelection().selectAllChildren(editor.element);
  await navigator.clipboard?.writeText(editor.text).catch(() => document.execCommand("copy"));
};
addEventListener("beforeunload", (event) => { if (data.editable && saving.pending) event.preventDefault(); });

const box = new PatientBox($("patient"), data, { address, read: () => editor.text, serial: (act) => saving.serial(act), version: () => saving.version });
box.addEventListener("change", ending);

if (data.editable) {
  $("finish").onclick = async () => {
    $("finish").disabled = true;
    try {
      await saving.flush();
      const { next } = await saving.serial(() => ask("POST", `${address}/terminer`, { version: saving.version }));
      saving.stop();
      sessionStorage.setItem("done", "Relecture terminée : le document part en mise en forme.");
      location.assign(next);
    } catch (refusal) {
      warn(refusal.message);
      ending();
    }
  };
  $("return").form.onsubmit = async (event) => {
    event.preventDefault();
    await saving.flush().then(() => event.target.submit(), () => {});
  };
}

drawStrip($("strip"), data.peaks);
$("seek").max = data.duration;
write("clock", `0:00 / ${clock(data.duration)}`);
if (supported()) {
  refresh();
  redraw();
} else warn("Ce navigateur est trop ancien pour montrer les passages à vérifier. Mettez-le à jour avant de relire.");
