// The work list stays fresh by itself, and says what was just done.

const EVERY = 20000;

function tell() {
  const message = sessionStorage.getItem("done"), place = document.getElementById("done");
  if (!message || !place) return;
  sessionStorage.removeItem("done");
  place.textContent = message;
  place.hidden = false;
}

// What a person has under their hands: a link, the button of a form, a field.
const mark = (element) =>
  element.id || element.getAttribute("href") || element.closest("form")?.getAttribute("action") || element.closest("details")?.id;
const bare = (main) => [...main.querySelectorAll("section")].map((part) => part.innerHTML.replaceAll(' open=""', "")).join();

async function renew() {
  const old = document.getElementById("main");
  const busy = () => old.querySelector("[role=alert]") || [...old.querySelectorAll("input")].some((field) => field.value);
  if (document.hidden || busy()) return;
  const answer = await fetch("/", { headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("main");
  if (!fresh || busy() || bare(fresh) === bare(old)) return;
  const held = old.contains(document.activeElement) && mark(document.activeElement);
  for (const open of old.querySelectorAll("details[open]")) fresh.querySelector(`#${CSS.escape(open.id)}`)?.setAttribute("open", "");
  old.replaceWith(fresh);
  if (held) [...fresh.querySelectorAll("a, button, input, summary, [tabindex]")].find((one) => mark(one) === held)?.focus();
}

tell();
setInterval(renew, EVERY);
document.addEventListener("visibilitychange", renew);
