// The places to check, as a list that a screen reader reads and a keyboard walks: the twin of the painted marks.

export const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
export const SEVERITY = { block: "à régler avant de terminer", look: "à regarder", hint: "pour information" };

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value !== false && value !== undefined) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

const button = (label, attributes, ...more) => element("button", { type: "button", ...attributes }, label, ...more);
const quoted = (place) => (place.words ? `« ${place.words} »` : "Passage sans texte");

/** One place: its words, its reason, when it was said, and what can be done. */
function item(place, { visit, hear, fix, keep, editable }) {
  const shape = element("span", { class: `shape ${place.severity}`, "aria-hidden": "true" });
  const grade = element("span", { class: "sr" }, ` (${SEVERITY[place.severity]})`);
  const go = button(shape, { class: "go", "data-place": place.id, onclick: () => visit(place) },
    element("strong", {}, quoted(place)), grade, element("span", { class: "why" }, place.reason));
  const play = button(element("span", { "aria-hidden": "true" }, "▸ "), { class: "hear", onclick: () => hear(place), title: "Réécouter le passage (F9)" }, `à ${clock(place.seconds[0])}`);
  const acts = element("div", { class: "acts" });
  if (editable) {
    acts.append(...place.suggestions.slice(0, 3).map((one, i) =>
      button(one, { class: "fix", onclick: () => fix(place, one), "aria-label": `Remplacer par ${one}`, title: `Remplacer par ${one} (Alt+${i + 1})` })));
    acts.append(button("Entendu, c’est juste", { class: "keep", onclick: () => keep(place), title: "Ctrl+Entrée" }));
  }
  return element("li", { class: place.severity, "data-place": place.id }, element("div", { class: "head" }, go, play), acts);
}

export function drawList(list, places, acts) {
  const held = document.activeElement?.closest?.("#flags li")?.dataset.place;
  list.replaceChildren(...places.map((place) => item(place, acts)));
  if (held !== undefined) (list.querySelector(`li[data-place="${held}"] .go`) ?? list.querySelector(".go"))?.focus();
}

/** Places a person has settled by ear, each with a way back. */
export function drawHeard(details, places, { again, editable }) {
  details.hidden = places.length === 0;
  details.querySelector("summary").textContent = `Entendus (${places.length})`;
  details.querySelector("ul").replaceChildren(...places.map((place) =>
    element("li", {}, `${quoted(place)} `, editable ? button("Remettre à vérifier", { class: "plain", onclick: () => again(place) }) : null)));
}

export function drawHints(details, places, { visit }) {
  details.hidden = places.length === 0;
  details.querySelector("summary").textContent = `Pour information (${places.length})`;
  details.querySelector("ul").replaceChildren(...places.map((place) =>
    element("li", {}, button(quoted(place), { class: "plain", onclick: () => visit(place) }), ` ${place.reason}`)));
}
