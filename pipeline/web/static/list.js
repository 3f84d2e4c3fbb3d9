// The work list stays fresh by itself, and says what was just done.

const EVERY = 20000;

function tell() {
  const message = sessionStorage.getItem("done"), place = document.getElementById("done");
  if (!message || !place) return;
  sessionStorage.removeItem("done");
  place.textContent = message;
  place.hidden = false;
}

async function renew() {
  if (document.hidden) return;
  const answer = await fetch("/", { headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("main");
  const old = document.getElementById("main");
  const bare = (main) => [...main.querySelectorAll("section, p.soft")].map((part) => part.innerHTML).join();
  if (!fresh || bare(fresh) === bare(old)) return;
  const held = document.activeElement?.getAttribute?.("href");
  old.replaceWith(fresh);
  if (held) fresh.querySelector(`a[href="${CSS.escape(held)}"]`)?.focus();
}

tell();
setInterval(renew, EVERY);
document.addEventListener("visibilitychange", renew);
