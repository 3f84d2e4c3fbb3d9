// What an answer means for a recording that is still on this device: when it may go, when it is sent again.
import assert from "node:assert/strict";
import test from "node:test";

const { SAFE, lasts, sha256, understood } = await import("../../pipeline/web/static/sending.js");

const answer = (state, sha = "ab") => JSON.stringify({ files: [{ name: "x", state, sentence: "…", sha256: sha }] });

test("only what the practice has may be erased", () => {
  assert.deepEqual(["received", "known", "aside", "refused", "later"].filter((state) => SAFE.includes(understood(200, answer(state)).state)), ["received", "known", "aside"]);
  assert.equal(understood(200, answer("received")).sha256, "ab");
});

test("an answer that says nothing known is no receipt", () => {
  for (const text of ["", "<html>", "{}", "null", '{"files":[]}', '{"files":[{"state":"done"}]}', '{"files":[{"sentence":"Reçue."}]}', "[1]"]) {
    const said = understood(200, text);
    assert.equal(said.state, "later", text);
    assert.equal(said.sha256, "");
    assert.ok(said.sentence.length > 20);
  }
});

test("what time may mend is sent again, what it cannot is said", () => {
  for (const status of [0, 401, 408, 429, 500, 502, 503, 507]) assert.equal(understood(status, "").state, "later", String(status));
  for (const status of [400, 403, 404, 411, 413, 415, 422]) assert.equal(understood(status, "").state, "refused", String(status));
  assert.ok(!lasts(0));
});

test("the server's own sentence is the one shown", () => {
  assert.equal(understood(413, '{"code":"E066","advice":"Trop volumineux."}').sentence, "Trop volumineux.");
  assert.match(understood(0, "").sentence, /connexion est coupée/);
});

test("a recording is told by its SHA-256, as the server writes it", async () => {
  assert.equal(await sha256(new TextEncoder().encode("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});
