// Files chosen or dragged: one sending each, one after the other, each with its own progress and its own answer.

import { element } from "/static/places.js";
import { doctorChosen, send } from "/static/sending.js";

const RETRY = 15000; // milliseconds
const main = document.getElementById("main"), form = document.getElementById("sending");
const list = document.getElementById("sent"), said = document.getElementById("said");
const most = Number(main.dataset.megabytes) * 1e6;
const TOO_LARGE = `Cet enregistrement dépasse ${Number(main.dataset.megabytes).toLocaleString("fr-FR")} Mo : transférez-le par le dossier de dépôt.`;
const EMPTY = "Ce fichier est vide : transférez-le à nouveau depuis le dictaphone.";

const waiting = [];
let busy = false;

/** One file in the list, with what is known of it. */
class Line {
  constructor(file, doctor) {
    Object.assign(this, { file, doctor, state: "waiting" });
    this.bar = element("progress", { max: 1, value: 0, "aria-label": `Envoi de ${file.name}` });
    this.sentence = element("span", {}, "En attente d’envoi");
    this.item = element("li", {}, element("strong", {}, file.name), this.sentence, this.bar);
    list.append(this.item);
  }

  say(state, sentence) {
    Object.assign(this, { state });
    this.item.className = state;
    this.sentence.textContent = sentence;
    this.bar.hidden = state !== "sending";
    if (state !== "sending") said.textContent = `${this.file.name} : ${sentence}`;
  }

  async send() {
    this.say("sending", "Envoi…");
    const told = (part) => { this.bar.value = part; if (part === 1) this.sentence.textContent = "Vérification…"; };
    const answer = await send(this.file, { name: this.file.name, doctor: this.doctor, told });
    this.say(answer.state, answer.sentence);
  }
}

/** Take what was chosen or dropped; nothing is sent that the practice would refuse for its size. */
function add(files) {
  const doctor = doctorChosen();
  if (!doctor) return false;
  for (const file of files) {
    const line = new Line(file, doctor);
    if (file.size > most) line.say("refused", TOO_LARGE);
    else if (file.size === 0) line.say("refused", EMPTY);
    else waiting.push(line);
  }
  work();
  return true;
}

async function work() {
  if (busy) return;
  busy = true;
  try {
    const again = [];
    for (let line = waiting.shift(); line; line = waiting.shift()) {
      await line.send();
      if (line.state === "later") again.push(line);
    }
    waiting.push(...again);
  } finally { busy = false; }
}

function dropped(event) {
  event.preventDefault();
  zone.classList.remove("over");
  const files = [...event.dataTransfer.items].filter((one) => one.kind === "file" && !one.webkitGetAsEntry?.()?.isDirectory);
  if (files.length) add(files.map((one) => one.getAsFile()));
  else said.textContent = "Faites glisser des fichiers, pas un dossier.";
}

const zone = document.getElementById("zone");
if (form) {
  document.getElementById("hint").hidden = !matchMedia("(hover: hover)").matches;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const field = form.elements.file;
    if (add([...field.files])) field.value = "";
  });
  for (const name of ["dragenter", "dragover"]) {
    main.addEventListener(name, (event) => { event.preventDefault(); zone.classList.add("over"); });
  }
  main.addEventListener("dragleave", (event) => { if (!main.contains(event.relatedTarget)) zone.classList.remove("over"); });
  main.addEventListener("drop", dropped);
  for (const name of ["dragover", "drop"]) addEventListener(name, (event) => event.preventDefault()); // beside the page: nothing
  setInterval(work, RETRY);
  addEventListener("online", work);
  addEventListener("beforeunload", (event) => {
    if (busy || waiting.length) event.preventDefault();
  });
}
