// The patient box: who the text names, who is chosen in the register, and people of the same name, each apart.

import { ask } from "./server.js";
import { element } from "./places.js";

const bare = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replace(/[^a-z0-9]+/g, " ").trim();

/** The lines above the greeting that name the patient, as they are written now. */
export function identityLines(text) {
  const head = text.split("\n\n").slice(0, 3).join("\n").split("\n");
  return head.filter((line) => /^Patiente? :|(^|\s)née? le\s/u.test(line)).join(" ").trim();
}

/** What does not agree between the text and the person chosen; empty when nothing contradicts. */
export function disagreement(text, patient) {
  const lines = identityLines(text);
  if (!patient || !lines) return "";
  const written = ` ${bare(lines)} `, given = bare(patient.given_name).split(" ").filter(Boolean);
  if (!written.includes(` ${bare(patient.family_name)} `)) return "Le nom écrit dans le texte n’est pas celui du patient choisi.";
  if (given.length && !given.some((name) => written.includes(` ${name} `))) return "Le prénom écrit dans le texte n’est pas celui du patient choisi.";
  if (patient.born && !lines.includes(patient.born)) return "La date de naissance écrite dans le texte n’est pas celle du patient choisi.";
  return "";
}

/** Who the text names now, for the form of a newcomer: words in capitals are the family name. */
export function named(text) {
  const found = /^Patiente? :\s*([^,\n]+)(?:,\s*née? le\s+(\S+))?/mu.exec(text);
  if (!found) return null;
  const words = found[1].trim().split(/\s+/), family = words.filter((word) => word === word.toUpperCase());
  const given = words.filter((word) => !family.includes(word));
  return { family_name: family.join(" "), given_name: given.join(" "), born: /^\d\d\/\d\d\/\d{4}$/.test(found[2] ?? "") ? found[2] : "" };
}

export class PatientBox extends EventTarget {
  constructor(box, data, { address, serial, read, version }) {
    super();
    Object.assign(this, { box, data, address, serial, read, version });
    this.chosen = data.patient;
    this.draw();
  }

  draw() {
    const { data } = this;
    const said = [data.spoken.family_name.toUpperCase(), data.spoken.given_name].filter(Boolean).join(" ");
    const spoken = [said, data.spoken.born].filter(Boolean).join(", ") || "personne";
    this.line = element("p", { class: "written" }, "Dans le texte : ", element("b", {}, spoken));
    this.warning = element("p", { class: "notice trouble", hidden: true, role: "status" }, "…");
    this.box.replaceChildren(this.line, this.chosen ? this.#chosen() : this.#asking(), this.warning);
    this.compare();
  }

  /** Typing rested: say what the text names now and whether it agrees. */
  compare() {
    const text = this.read(), lines = identityLines(text).replace(/^Patiente? :\s*/u, "");
    if (lines) this.line.querySelector("b").textContent = lines;
    const problem = disagreement(text, this.chosen);
    this.warning.firstChild.nodeValue = problem || "…";
    this.warning.hidden = !problem;
  }

  #chosen() {
    const change = () => { this.box.replaceChildren(this.line, this.#asking(), this.warning); this.box.querySelector("input")?.focus(); };
    return element("div", { class: "chosen" },
      element("p", { class: "person" }, element("strong", {}, this.chosen.name), this.#born(this.chosen)),
      this.data.editable ? element("button", { type: "button", class: "plain", onclick: change }, "Changer") : null);
  }

  #born(person) { return element("span", { class: "born" }, person.born ? `né(e) le ${person.born}` : "date de naissance inconnue"); }

  #asking() {
    if (!this.data.editable) return element("p", {}, element("em", {}, "Patient à choisir"));
    this.found = element("ul", { class: "people" });
    this.#people(this.found, this.data.candidates);
    const input = element("input", { type: "search", id: "seekpatient", placeholder: "nom, prénom ou date de naissance", autocomplete: "off", maxlength: 200 });
    input.addEventListener("input", () => { clearTimeout(this.timer); this.timer = setTimeout(() => this.#search(input.value), 250); });
    this.others = element("ul", { class: "people" });
    return element("div", { class: "asking" }, this.found,
      element("details", { open: this.data.candidates.length === 0 }, element("summary", {}, "Chercher ou ajouter un patient"),
        element("label", { for: "seekpatient" }, "Chercher dans le fichier"), input, this.others, this.#creation()));
  }

  #people(list, people, none = "") {
    list.replaceChildren(...people.map((one) => element("li", {},
      element("button", { type: "button", onclick: () => this.#choose(one) },
        element("span", { class: "person-line" }, element("strong", {}, one.name), this.#born(one)),
        one.why ? element("span", { class: "why" }, one.why) : null))));
    if (!people.length && none) list.append(element("li", { class: "soft" }, none));
  }

  async #search(words) {
    if (!words.trim()) return this.#people(this.others, []);
    try {
      const { patients } = await ask("POST", "/patients/recherche", { body: { words } });
      this.#people(this.others, patients, "Personne de ce nom dans le fichier.");
    } catch (refusal) { this.#say(refusal.message); }
  }

  #creation() {
    const { spoken } = this.data;
    const field = (name, label, value, more = {}) => [element("label", { for: `new-${name}` }, label), element("input", { id: `new-${name}`, name, value, autocomplete: "off", required: true, ...more })];
    const form = element("form", { onsubmit: (event) => { event.preventDefault(); this.#create(new FormData(form)); } },
      ...field("family_name", "Nom de famille", spoken.family_name), ...field("given_name", "Prénom", spoken.given_name),
      ...field("born", "Date de naissance", spoken.born, { placeholder: "12/03/1954", inputmode: "numeric", required: false }),
      element("button", {}, "Ajouter et choisir"));
    const refill = ({ target }) => {
      for (const [name, value] of Object.entries((target.open && named(this.read())) || {})) form.elements[name].value = value;
    };
    return element("details", { ontoggle: refill }, element("summary", {}, "Nouveau patient"), form);
  }

  async #create(form, apart = false) {
    const text = this.read(), sex = /^Patiente :|, née le /mu.test(text) ? "F" : /^Patient :.*, né le /mu.test(text) ? "M" : null;
    const body = { family_name: form.get("family_name"), given_name: form.get("given_name"), born: form.get("born"), sex, apart };
    try {
      await this.#choose((await ask("POST", "/patients", { body })).patient);
    } catch (refusal) {
      this.#say(refusal.message);
      if (!refusal.body.candidates) return;
      this.#people(this.others, refusal.body.candidates);
      const other = element("button", { type: "button", onclick: () => this.#create(form, true) }, "Non, c’est une autre personne : l’ajouter");
      this.others.append(element("li", {}, other));
      this.others.querySelector("button").focus();
    }
  }

  async #choose(person) {
    try {
      await this.serial(() => ask("POST", `${this.address}/patient`, { body: { patient: person.id }, version: this.version() }));
    } catch (refusal) { return this.#say(refusal.message); }
    this.chosen = person;
    this.draw();
    this.dispatchEvent(new Event("change"));
  }

  #say(message) {
    this.warning.firstChild.nodeValue = message;
    this.warning.hidden = false;
  }
}
