// On any page: that recordings of this device have not reached the practice yet. Says no more of them.

import { all } from "/static/kept.js";

async function tell() {
  const there = await indexedDB.databases?.() ?? [];
  if (!there.some((one) => one.name === "copiste-dictees")) return;
  const { length } = await all();
  if (!length) return;
  const link = document.createElement("a"), notice = document.createElement("p");
  link.href = "/deposer";
  link.textContent = length > 1 ? `${length} dictées faites sur cet appareil n’ont pas été envoyées` : "Une dictée faite sur cet appareil n’a pas été envoyée";
  notice.className = "notice trouble unsent";
  notice.append(link, ".");
  document.getElementById("main").before(notice);
}

tell();
