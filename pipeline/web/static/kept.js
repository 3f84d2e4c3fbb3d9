// Recordings on this device until the practice has them: each second is written as it comes, so that a phone that
// dies or a page that closes loses at most the second under way. Knows nothing of the page, nor of the network.

const NAME = "copiste-dictees", VERSION = 1;

let opened;

function database() {
  opened ??= new Promise((settle, fail) => {
    const asked = indexedDB.open(NAME, VERSION);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore("recordings", { keyPath: "id" });
      asked.result.createObjectStore("pieces", { keyPath: ["recording", "n"] });
    };
    asked.onsuccess = () => settle(asked.result);
    asked.onerror = asked.onblocked = () => fail(asked.error ?? new Error("blocked"));
  });
  opened.catch(() => { opened = undefined; });
  return opened;
}

/** A transaction over both stores. A telephone closes the store of a page that it puts to sleep: it is opened again. */
async function begun(mode) {
  const begin = async () => (await database()).transaction(["recordings", "pieces"], mode, { durability: "strict" });
  try {
    return await begin();
  } catch {
    opened = undefined;
    return begin();
  }
}

/** Run an act in one transaction over both stores; it is over once the disk has it. */
async function within(mode, act) {
  const whole = await begun(mode);
  return new Promise((settle, fail) => {
    let result;
    whole.oncomplete = () => settle(result?.result);
    whole.onabort = whole.onerror = () => fail(whole.error ?? new Error("aborted"));
    result = act(whole.objectStore("recordings"), whole.objectStore("pieces"));
  });
}

const ofRecording = (id) => IDBKeyRange.bound([id, 0], [id, Infinity]);

/** Write a recording's row: {id, person, begun, type, seconds, state, doctor, sentence}. */
export const put = (row) => within("readwrite", (recordings) => recordings.put(row));

/** Add one piece, and the length so far with it. */
export const add = (row, n, bytes) => within("readwrite", (recordings, pieces) => {
  pieces.put({ recording: row.id, n, bytes });
  return recordings.put(row);
});

/** Every recording of this device, the oldest first. */
export async function all() {
  const rows = await within("readonly", (recordings) => recordings.getAll());
  return rows.sort((one, other) => one.begun - other.begun);
}

/** The sound of a recording, its pieces put end to end. */
export async function sound(row) {
  const found = await within("readonly", (_, pieces) => pieces.getAll(ofRecording(row.id)));
  return new Blob(found.map((piece) => piece.bytes), { type: row.type });
}

export const erase = (id) => within("readwrite", (recordings, pieces) => {
  pieces.delete(ofRecording(id));
  return recordings.delete(id);
});

/** Do something with a recording that no other page of this device is recording or sending; false when one is. */
export const alone = (id, act) => navigator.locks.request(`copiste-dictee-${id}`, { ifAvailable: true }, async (lock) => {
  if (!lock) return false;
  await act();
  return true;
});

/** The recordings that a page of this device is recording or sending now. */
export async function inUse() {
  const { held } = await navigator.locks.query();
  return new Set(held.map((lock) => lock.name.replace(/^copiste-dictee-/, "")));
}

/** Whether this browser can keep recordings at all. */
export async function able() {
  if (!globalThis.isSecureContext || !globalThis.indexedDB || !navigator.locks || !globalThis.crypto?.subtle) return false;
  try { await database(); } catch { return false; }
  navigator.storage?.persist?.().catch(() => {});
  return true;
}
