"""What people read and do on the pages: the list, taking, saving, finishing, signing, and what is refused."""

import json
import re

import pytest
from starlette.testclient import TestClient

from pipeline import store, tables
from pipeline.practice import Practice
from tests.fakes import CODE, People
from tests.web.conftest import Queue, Visitor
from tests.web.scene import DONE, OPEN, SIGNED, TEXT, Scene, furnish

AVOID = (
    "valider",
    "validé",
    "rejeté",
    "quarantaine",
    "workflow",
    "flag",
    "verrou",
    "confiance",
    "hors lexique",
    "0 erreur",
)


def page_data(browser: TestClient, key: str = OPEN) -> dict:
    text = browser.get(f"/documents/{key}").text
    return json.loads(re.search(r'<script id="dictation" type="application/json">(.*?)</script>', text, re.S)[1])


def take(browser: TestClient) -> dict:
    assert browser.post(f"/documents/{OPEN}/prendre", data={}).status_code == 303
    return page_data(browser)


def save(browser: TestClient, version: int, *, text: str = TEXT, heard: tuple[int, ...] = ()):
    body = {"text": text, "heard": list(heard)}
    return browser.put(f"/documents/{OPEN}/texte", json=body, headers={"If-Match": str(version)})


@pytest.fixture
def claire(visitor: Visitor, scene: Scene) -> TestClient:
    return visitor("claire", json=False)


@pytest.fixture
def script(visitor: Visitor, scene: Scene) -> TestClient:
    return visitor("claire", json=True)


def test_the_list_says_what_waits_in_plain_words(claire: TestClient):
    page = claire.get("/").text
    expected = "À relire|À signer|Patient à choisir|Compte rendu de consultation|Hélène Lambert|4 passages"
    expected += "|Fichiers à vérifier|Cet enregistrement est incomplet|En cours d’écoute"
    for words in expected.split("|"):
        assert words in page
    assert re.search(r"pour (aujourd’hui|demain) \d+\sh", page)
    assert SIGNED not in page


@pytest.mark.parametrize("login", ["claire", "lambert"])
@pytest.mark.parametrize(
    "path",
    [
        "/",
        f"/documents/{OPEN}",
        f"/documents/{DONE}",
        f"/documents/{DONE}/consultations",
        "/acces",
        "/remplacements",
        "/connexion",
    ],
)
def test_no_page_uses_a_word_to_avoid(visitor: Visitor, scene: Scene, login: str, path: str):
    page = re.sub(r"<script.*?</script>|<[^>]*>", " ", visitor(login).get(path).text, flags=re.S).lower()
    assert [word for word in AVOID if re.search(rf"\b{word}", page)] == []
    assert not re.search(r"\bia\b", page)


def test_sentences_have_french_spaces_and_apostrophes(visitor: Visitor, scene: Scene):
    page = visitor("technique").get("/").text
    assert "n’avez" in page
    assert "n'avez" not in page


def test_hostile_names_are_shown_as_text(visitor: Visitor, practice: Practice, people: People):
    hostile = "</script><script>alert(1)</script>\"onload=alert(2) ' DUPONT\n\nPatient : né le x"
    furnish(practice, people, text=hostile, with_sound=False)
    browser = visitor("claire")
    with practice.begin() as connection:
        connection.execute(tables.user.update().values(name="<b>Claire</b>"))
    assert "<img src=x>" not in browser.get("/").text
    assert "&lt;img src=x&gt;.wav" in browser.get("/").text
    page = browser.get(f"/documents/{OPEN}").text
    assert "<script>alert" not in page
    assert "<b>Claire" not in page
    assert page_data(browser)["before"] == hostile


def test_a_document_is_read_only_until_it_is_taken(claire: TestClient, visitor: Visitor):
    page = claire.get(f"/documents/{OPEN}").text
    assert 'contenteditable="plaintext-only"' not in page
    assert ">Prendre</button>" in page
    assert take(claire)["editable"]
    assert 'contenteditable="plaintext-only"' in claire.get(f"/documents/{OPEN}").text
    other = visitor("lambert")
    page = other.get(f"/documents/{OPEN}").text
    assert "Prendre la suite de Claire" in page
    assert "En relecture (Claire)" in page
    assert other.post(f"/documents/{OPEN}/prendre", data={}).status_code == 409
    assert other.post(f"/documents/{OPEN}/prendre", data={"over": "1"}).status_code == 303
    assert "Prendre la suite de Lambert" in claire.get(f"/documents/{OPEN}").text


def test_a_save_gives_the_next_version_and_an_old_one_is_refused(script: TestClient):
    version = take(script)["version"]
    first = save(script, version, text=TEXT.replace("apixabon", "apixaban"))
    assert first.json() == {"version": version + 1}
    late = save(script, version, text="autre chose")
    assert late.status_code == 412
    assert "modifié entre-temps" in late.json()["advice"]
    assert "apixaban" in script.get(f"/documents/{OPEN}").text


@pytest.mark.parametrize(
    ("body", "match", "status"),
    [
        (b"{", "2", 400),
        (b'{"text": 3, "heard": []}', "2", 400),
        (b'{"text": "x", "heard": [], "state": "signed"}', "2", 400),
        (b'{"text": "x", "heard": [99]}', "2", 409),
        (b'{"text": "x", "heard": []}', "", 428),
        (b'{"text": "x", "heard": []}', "*", 428),
        (json.dumps({"text": "x" * 200_001, "heard": []}).encode(), "2", 413),
    ],
)
def test_what_cannot_be_read_is_refused_and_changes_nothing(script: TestClient, body: bytes, match: str, status: int):
    version = take(script)["version"]
    headers = {"If-Match": match.replace("2", str(version))}
    answer = script.put(f"/documents/{OPEN}/texte", content=body, headers=headers)
    assert answer.status_code == status
    assert answer.json()["advice"]
    assert page_data(script)["version"] == version


def test_pasted_text_is_kept_in_the_form_texts_are_kept(script: TestClient, practice: Practice):
    version = take(script)["version"]
    save(script, version, text="De\u0301but\u00a0: l’œil\r\n5\u202fmg\u0000\u000b\tfin\n\n")
    kept = script.get(f"/documents/{OPEN}").text
    assert "Début : l&#39;œil\n5 mg fin</div>" in kept


def test_finishing_waits_for_blocking_places_and_for_the_right_patient(script: TestClient, queue: Queue, scene: Scene):
    version = take(script)["version"]

    def finish(version: int):
        return script.post(f"/documents/{OPEN}/terminer", json={}, headers={"If-Match": str(version)})

    def choose(patient: str, version: int) -> int:
        headers = {"If-Match": str(version)}
        return script.post(f"/documents/{OPEN}/patient", json={"patient": patient}, headers=headers).json()["version"]

    assert "2 passages" in finish(version).json()["advice"]
    version = save(script, version, text=TEXT.replace("apixabon", "apixaban"), heard=(2,)).json()["version"]
    assert "Choisissez le patient" in finish(version).json()["advice"]
    version = choose(scene.namesake, version)
    assert "ne sont pas les mêmes" in finish(version).json()["advice"]
    version = choose(scene.jean, version)
    assert finish(version - 1).status_code == 412
    assert queue.jobs == []
    assert finish(version).json() == {"next": "/"}
    assert [(job.stretch, job.subject) for job in queue.jobs] == [("prepare", OPEN)]
    assert "mise en forme" in script.get(f"/documents/{OPEN}").text


def test_who_dictated_is_asked_when_the_folder_did_not_say(script: TestClient, practice: Practice, people: People):
    with practice.begin() as connection:
        row = store.one(connection, tables.document, OPEN)
        store.change_document(connection, OPEN, version=row["version"], doctor=None)
    data = take(script)
    assert data["doctor_missing"]
    assert "Qui a dicté" in script.get(f"/documents/{OPEN}").text
    headers = {"If-Match": str(data["version"])}
    refused = script.post(f"/documents/{OPEN}/terminer", json={}, headers=headers)
    assert "médecin qui a dicté" in refused.json()["advice"]
    script.post(f"/documents/{OPEN}/medecin", data={"doctor": people.lambert.doctor})
    assert "Qui a dicté" not in script.get(f"/documents/{OPEN}").text
    with practice.begin() as connection:
        assert store.one(connection, tables.document, OPEN)["doctor"] == people.lambert.doctor


def test_the_register_is_searched_by_ear_without_a_name_in_an_address(script: TestClient, scene: Scene):
    found = script.post("/patients/recherche", json={"words": "dupond jean"}).json()["patients"]
    assert {(one["id"], one["born"]) for one in found} == {(scene.jean, "12/03/1954"), (scene.namesake, "02/07/1961")}
    assert script.get("/patients?q=dupont").status_code in (404, 405)
    assert script.post("/patients/recherche", json={"words": "  "}).json() == {"patients": []}


def test_a_newcomer_who_bears_a_known_name_is_added_only_when_a_person_says_so(script: TestClient, scene: Scene):
    jean = {"family_name": "DUPONT", "given_name": "Jean", "born": "12/03/1954"}
    refused = script.post("/patients", json=jean)
    assert refused.status_code == 409
    assert scene.jean in {one["id"] for one in refused.json()["candidates"]}
    added = script.post("/patients", json={**jean, "sex": "M", "apart": True})
    assert added.status_code == 201
    assert added.json()["patient"]["id"] not in (scene.jean, scene.namesake)
    new = script.post("/patients", json={"family_name": "Nguyen", "given_name": "Mai", "born": ""})
    assert new.json()["patient"]["name"] == "NGUYEN Mai"


@pytest.mark.parametrize("wrong", [{"born": "31/02/1954"}, {"born": "hier"}, {"family_name": " "}])
def test_a_newcomer_badly_written_is_refused_in_french(script: TestClient, wrong: dict[str, str]):
    body = {"family_name": "Petit", "given_name": "Anne", "born": "01/02/1980", **wrong}
    answer = script.post("/patients", json=body)
    assert answer.status_code == 422
    assert answer.json()["advice"]


def test_the_sound_is_given_whole_or_by_stretches(claire: TestClient):
    whole = claire.get(f"/documents/{OPEN}/son")
    assert (whole.status_code, whole.headers["content-type"]) == (200, "audio/wav")
    assert whole.headers["accept-ranges"] == "bytes"
    size = len(whole.content)
    cases = {
        "bytes=0-3": (206, whole.content[:4]),
        "bytes=4-": (206, whole.content[4:]),
        "bytes=-5": (206, whole.content[-5:]),
        f"bytes={size - 2}-{size + 50}": (206, whole.content[-2:]),
        f"bytes={size}-": (416, b""),
        "bytes=9-4": (416, b""),
        "bytes=-0": (416, b""),
        "bytes=0-1,4-5": (200, whole.content),
        "nonsense": (200, whole.content),
        "bytes=" + "9" * 5000 + "-": (200, whole.content),
    }
    for asked, (status, content) in cases.items():
        answer = claire.get(f"/documents/{OPEN}/son", headers={"Range": asked})
        assert (answer.status_code, answer.content) == (status, content), asked[:40]
    part = claire.get(f"/documents/{OPEN}/son", headers={"Range": "bytes=2-5"})
    assert part.headers["content-range"] == f"bytes 2-5/{size}"
    assert part.headers["cache-control"] == "no-store"


def test_the_pdf_is_shown_inside_our_pages_only(claire: TestClient):
    pdf = claire.get(f"/documents/{DONE}/pdf")
    assert (pdf.headers["content-type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")
    assert "frame-ancestors 'self'" in pdf.headers["content-security-policy"]
    assert claire.get(f"/documents/{OPEN}/pdf").status_code == 404


def test_the_doctor_signs_what_was_read_with_the_code(visitor: Visitor, scene: Scene, queue: Queue, practice: Practice):
    doctor = visitor("lambert")
    page = doctor.get(f"/documents/{DONE}").text
    assert "Code de signature" in page
    assert "12/03/1954" in page
    version = re.search(r'name="version" value="(\d+)"', page)[1]
    wrong = doctor.post(f"/documents/{DONE}/signer", data={"version": version, "code": "faux"})
    assert wrong.status_code == 422
    assert "Vérifiez le code de signature" in wrong.text
    assert doctor.post(f"/documents/{DONE}/signer", data={"version": "99", "code": CODE}).status_code == 412
    assert doctor.post(f"/documents/{DONE}/signer", data={"code": CODE}).status_code == 428
    assert queue.jobs == []
    assert doctor.post(f"/documents/{DONE}/signer", data={"version": version, "code": CODE}).status_code == 303
    assert [(job.stretch, job.subject) for job in queue.jobs] == [("file", DONE)]
    assert doctor.get(f"/documents/{DONE}/pdf").content.endswith(b"% signed")
    assert doctor.post(f"/documents/{DONE}/signer", data={"version": version, "code": CODE}).status_code == 409


def test_a_secretary_sees_the_pdf_and_no_way_to_sign(claire: TestClient):
    page = claire.get(f"/documents/{DONE}").text
    assert "Code de signature" not in page
    assert "En attente de la signature de Dr" in page


def test_the_doctor_sends_back_with_a_reason_that_the_secretary_reads(visitor: Visitor, scene: Scene):
    doctor = visitor("lambert")
    reason = "Revoir la dose\n<script>"
    assert doctor.post(f"/documents/{DONE}/rendre", data={"reason": reason}).status_code == 303
    secretary = visitor("claire")
    assert "À corriger" in secretary.get("/").text
    assert "Revoir la dose &lt;script&gt;" in secretary.get(f"/documents/{DONE}").text


def test_a_proofreader_puts_a_document_back(claire: TestClient):
    take(claire)
    assert claire.post(f"/documents/{OPEN}/rendre", data={}).status_code == 303
    assert ">Prendre</button>" in claire.get(f"/documents/{OPEN}").text


def test_a_page_that_does_not_exist_says_so_in_french(claire: TestClient):
    answer = claire.get("/nulle-part")
    assert answer.status_code == 404
    assert "Cette page n’existe pas" in answer.text
    assert claire.get("/documents/..%2f..%2fetc%2fpasswd").status_code == 404


def test_a_file_set_aside_is_tried_again_or_taken_off_the_list(script: TestClient, practice: Practice, queue: Queue):
    now = store.now()
    with practice.begin() as connection:
        for key, audio in (("D0000000A1", "a" * 64), ("D0000000A2", "")):
            store.insert_once(
                connection, tables.dictation, id=key, sha256=key, audio=audio, name=f"{key}.wav", received=now, due=now,
                since=now, state="refused-file", reason="E031",
            )  # fmt: skip
    page = script.get("/").text
    assert "/dictees/D0000000A1/reprendre" in page
    assert "/dictees/D0000000A2/reprendre" not in page
    assert script.post("/dictees/D0000000A1/reprendre").status_code == 303
    assert script.post("/dictees/D0000000A2/retirer").status_code == 303
    assert [job.subject for job in queue.jobs] == ["D0000000A1"]
    page = script.get("/").text
    assert "D0000000A2" not in page
    assert "/dictees/D0000000A1" not in page
    assert "Attend son tour" in page
