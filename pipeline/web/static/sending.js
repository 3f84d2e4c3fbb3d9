// Sending one recording to the practice: how far it is, what became of it, whether it is worth trying again.

const OFFLINE = "La connexion est coupée : l’enregistrement reste sur cet appareil et partira dès qu’elle revient.";
const UNCLEAR = "Le cabinet n’a pas répondu comme prévu : l’enregistrement reste sur cet appareil.";
const GONE = "Ce fichier n’est plus lisible : rebranchez le dictaphone, puis choisissez le fichier à nouveau.";
const HANGS = 600000, ASKED = 30000; // milliseconds: the server waits two minutes for a turn, then reads the recording
const STATES = ["received", "known", "aside", "refused", "later"];

/** What the practice has, whole: the only answers after which a recording may be erased. */
export const SAFE = ["received", "known", "aside"];

/** Answers that another try may change: no network, session over, the server busy or short of room. */
export const lasts = (status) => status >= 400 && status < 500 && ![401, 408, 425, 429].includes(status);

/** What an answer of the server means: {state, sentence, sha256}; « later » when it should be sent again. */
export function understood(status, text) {
  let body = {};
  try { body = JSON.parse(text); } catch { /* a proxy's own page, or nothing */ }
  const file = body?.files?.[0];
  if (file && STATES.includes(file.state)) return { state: file.state, sentence: file.sentence, sha256: file.sha256 ?? "", status };
  const sentence = body?.advice ?? (status === 0 ? OFFLINE : UNCLEAR);
  return { state: lasts(status) ? "refused" : "later", sentence, sha256: "", status };
}

/** Send a file; `told` hears how much has left, from 0 to 1. Never throws: no network is an answer too. */
export async function send(file, { name, doctor, told = () => {} }) {
  const form = new FormData();
  form.append("doctor", doctor);
  form.append("file", file, name);
  const answer = await posted(form, told);
  if (answer.status !== 0) return answer;
  return (await readable(file)) ? await why() : { state: "refused", sentence: GONE, sha256: "", status: 0 };
}

/** Whether a file is still there: a dictaphone that is unplugged looks like a cut line too. */
const readable = (file) => file.slice(0, 1).arrayBuffer().then(() => true, () => false);

function posted(form, told) {
  return new Promise((settle) => {
    const request = new XMLHttpRequest(); // fetch does not say how far a sending is
    let watch;
    const moved = () => { clearTimeout(watch); watch = setTimeout(() => request.abort(), HANGS); }; // a dead line says nothing
    request.open("POST", "/deposer");
    request.setRequestHeader("Accept", "application/json");
    request.upload.onprogress = (event) => { moved(); told(event.lengthComputable ? event.loaded / event.total : 0); };
    request.onloadend = () => { clearTimeout(watch); settle(understood(request.status, request.responseText)); };
    request.send(form);
    moved();
  });
}

/** A server that refuses before it has read everything looks like a cut line: ask it, in a few bytes, what it says. */
async function why() {
  try {
    const signal = AbortSignal.timeout(ASKED);
    const answer = await fetch("/deposer", { headers: { Accept: "application/json" }, redirect: "error", signal });
    return answer.ok ? understood(0, "") : understood(answer.status, await answer.text());
  } catch {
    return understood(0, "");
  }
}

/** The SHA-256 of a recording, as the server writes it. */
export async function sha256(bytes) {
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Whose dictation it is, or "" once the person has been asked to choose. */
export function doctorChosen() {
  const field = document.getElementById("doctor");
  if (!field.value) field.reportValidity();
  return field.value;
}
