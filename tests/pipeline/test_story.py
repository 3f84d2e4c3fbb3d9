"""The three stretches, with a recogniser that recites and an engine that runs on the spot."""

import io
from datetime import date
from pathlib import Path

import pypdf
import pytest
import sqlalchemy as sa

from pipeline import gate, register, review, shelves, store, tables
from pipeline.errors import RenditionRefused, TranscriptionStopped
from pipeline.practice import Practice
from pipeline.signature import with_code
from pipeline.status import status
from tests.fakes import CODE, SPOKEN, OnTheSpot, People, Reciter, received

SOUND = (Path(__file__).parent.parent / "data" / "00_courte.flac").read_bytes()


@pytest.fixture
def engine(practice: Practice) -> OnTheSpot:
    return OnTheSpot(practice)


def only_document(practice: Practice) -> sa.RowMapping:
    with practice.begin() as connection:
        (row,) = store.documents(connection)
        return row


def proofread(
    practice: Practice, people: People, engine: OnTheSpot, *, family="Martin", text: str | None = None
) -> str:
    key = only_document(practice)["id"]
    patient = register.add_patient(
        practice, people.claire, family_name=family, given_name="Paul", birth_date=date(1960, 5, 4)
    )
    version = review.take(practice, people.claire, key)
    text = text or review.show(practice, people.claire, key).review.text
    version = review.save(practice, people.claire, key, version=version, text=text)
    places = review.show(practice, people.claire, key).places
    heard = [index for index, place in enumerate(places) if place]
    version = review.save(practice, people.claire, key, version=version, text=text, heard=heard)
    version = review.choose_patient(practice, people.claire, key, version=version, patient=patient.id)
    review.finish(practice, people.claire, key, version=version, submit=engine.submit)
    return key


def test_a_dictation_becomes_a_document_to_review(practice: Practice, people: People, engine: OnTheSpot):
    key = received(practice, engine, SOUND, doctor=people.lambert.doctor)
    engine.run()
    row = only_document(practice)
    assert (row["state"], row["kind"], row["doctor"]) == ("to-review", "consultation", people.lambert.doctor)
    with practice.begin() as connection:
        dictation = store.one(connection, tables.dictation, key)
    assert dictation["state"] == "drafted"
    assert practice.objects.get(dictation["playable"])[:4] == b"RIFF"
    text = review.show(practice, people.claire, row["id"]).review.text
    assert "Patient : MARTIN Paul, né le 04/05/1960" in text
    assert "HTA équilibrée, ramipril 5 mg le matin." in text


def test_the_same_stretch_twice_makes_one_document(practice: Practice, people: People, engine: OnTheSpot):
    received(practice, engine, SOUND, doctor=people.lambert.doctor)
    (job,) = engine.jobs
    engine.run()
    engine.jobs.append(job)
    engine.run()
    only_document(practice)


def test_a_known_patient_is_proposed_only_when_name_and_birth_date_are_the_same(
    practice: Practice, people: People, engine: OnTheSpot
):
    known = register.add_patient(
        practice, people.claire, family_name="Martin", given_name="Paul", birth_date=date(1960, 5, 4)
    )
    register.add_patient(practice, people.claire, family_name="Martin", given_name="Paul", birth_date=date(1990, 1, 1))
    received(practice, engine, SOUND, doctor=people.lambert.doctor)
    engine.run()
    assert only_document(practice)["patient"] == known.id


def test_a_proofread_document_is_signed_and_filed(practice: Practice, people: People, engine: OnTheSpot):
    received(practice, engine, SOUND, doctor=people.lambert.doctor)
    engine.run()
    key = proofread(practice, people, engine)
    engine.run()
    assert only_document(practice)["state"] == "to-sign"
    review.sign(practice, people.lambert, key, signature=with_code(practice, CODE), submit=engine.submit)
    engine.run()
    assert only_document(practice)["state"] == "filed"
    (found,) = shelves.find(practice, people.archives, patient="MARTIN")
    assert (found["id"], found["author"]) == (key, "Dr Hélène Lambert")
    verified = shelves.verify(practice, people.archives)
    assert (verified["ok"], verified["untracked"]) == (True, [])


@pytest.mark.parametrize("name", ["../../etc", "/etc/passwd", "D'Àrtagnan-œuvre", "{{ patient.nom }}", "<b>&amp;"])
def test_a_hostile_name_harms_nothing(practice: Practice, people: People, engine: OnTheSpot, name: str):
    before = set(practice.home.parent.iterdir())
    received(practice, engine, SOUND, doctor=people.lambert.doctor, name=f"{name}.wav")
    engine.run()
    text = f"Consultation\n\nPatient : {name} Paul, né le 04/05/1960\n\nRAS."
    key = proofread(practice, people, engine, family=name, text=text)
    engine.run()
    row = only_document(practice)
    assert row["state"] == "to-sign", row["reason"]
    review.sign(practice, people.lambert, key, signature=with_code(practice, CODE), submit=engine.submit)
    engine.run()
    for path in shelves.export(practice, people.archives, key):
        assert path.parent == practice.place("exports")
        assert path.stem == key
    assert set(practice.home.parent.iterdir()) == before
    assert not [path for path in practice.home.rglob("*") if "etc" in path.name or "passwd" in path.name]


def test_a_recording_that_cannot_be_heard_waits_for_a_person_with_its_reason(
    practice: Practice, people: People, engine: OnTheSpot
):
    key = received(practice, engine, SOUND, doctor=None)
    with pytest.raises(TranscriptionStopped):
        engine.run(Reciter(error=TranscriptionStopped()))
    from pipeline import story

    with practice.begin() as connection:
        story.failed(connection, "draft", key, "E031")
        row = store.one(connection, tables.dictation, key)
    assert (row["state"], row["reason"]) == ("refused-file", "E031")


def test_a_rendition_that_lies_is_never_offered_to_the_doctor(
    practice: Practice, people: People, engine: OnTheSpot, monkeypatch: pytest.MonkeyPatch
):
    def refuse(docx: bytes, pdf: bytes, **_: object) -> None:
        raise RenditionRefused

    received(practice, engine, SOUND, doctor=people.lambert.doctor)
    engine.run()
    key = proofread(practice, people, engine)
    monkeypatch.setattr(gate, "check", refuse)
    with pytest.raises(RenditionRefused):
        engine.run()
    from pipeline import story

    with practice.begin() as connection:
        story.failed(connection, "prepare", key, "E041")
    assert (only_document(practice)["state"], only_document(practice)["reason"]) == ("to-correct", "E041")


def test_nothing_heard_still_makes_a_document_that_says_so(practice: Practice, people: People, engine: OnTheSpot):
    received(practice, engine, SOUND, doctor=people.lambert.doctor)
    engine.run(Reciter(text=""))
    row = only_document(practice)
    assert row["state"] == "to-review"
    assert row["to_check"] >= 1


def test_the_signed_pdf_says_who_and_which_page(practice: Practice, people: People, engine: OnTheSpot):
    received(practice, engine, SOUND, doctor=people.lambert.doctor)
    engine.run()
    proofread(practice, people, engine)
    engine.run()
    reader = pypdf.PdfReader(io.BytesIO(practice.objects.get(only_document(practice)["pdf"])))
    for page in reader.pages:
        words = " ".join(page.extract_text().split())
        assert "MARTIN Paul" in words
        assert only_document(practice)["id"] in words


def test_a_document_whose_filing_failed_is_filed_later(practice: Practice, people: People, engine: OnTheSpot):
    from pipeline import story

    received(practice, engine, SOUND, doctor=people.lambert.doctor)
    engine.run()
    key = proofread(practice, people, engine)
    engine.run()
    review.sign(practice, people.lambert, key, signature=with_code(practice, CODE), submit=engine.submit)
    engine.jobs.clear()
    with practice.begin() as connection:
        story.failed(connection, "file", key, "E000")
    assert [one["state"] for one in review.listing(practice, people.claire)] == ["signed"]
    story.file_again(practice, engine.submit)
    engine.run()
    assert only_document(practice)["state"] == "filed"


def test_one_bad_template_of_the_practice_stops_no_dictation(practice: Practice, people: People, engine: OnTheSpot):
    (practice.place("templates") / "truc.toml").write_text("label = ")
    received(practice, engine, SOUND, doctor=people.lambert.doctor)
    engine.run()
    assert only_document(practice)["state"] == "to-review"


def test_a_document_sent_back_goes_the_second_round(practice: Practice, people: People, engine: OnTheSpot):
    received(practice, engine, SOUND, doctor=people.lambert.doctor)
    engine.run()
    key = proofread(practice, people, engine)
    engine.run()
    review.give_back(practice, people.lambert, key, reason="Revoir MARTIN")
    assert "MARTIN" not in str(status(practice))
    version = review.take(practice, people.claire, key)
    review.finish(practice, people.claire, key, version=version, submit=engine.submit)
    engine.run()
    assert only_document(practice)["state"] == "to-sign"


def test_verifying_while_someone_types_finds_nothing_missing(
    practice: Practice, people: People, engine: OnTheSpot, monkeypatch: pytest.MonkeyPatch
):
    received(practice, engine, SOUND, doctor=people.lambert.doctor)
    engine.run()
    key = only_document(practice)["id"]
    version = review.take(practice, people.claire, key)
    real, saved = store.addresses, []

    def addresses(connection: sa.Connection) -> frozenset[str]:
        found = real(connection)
        if not saved:
            saved.append(review.save(practice, people.claire, key, version=version, text="autre"))
        return found

    monkeypatch.setattr(store, "addresses", addresses)
    assert shelves.verify(practice, people.archives)["ok"]
    assert saved


def test_the_letter_is_addressed_to_whom_the_proofread_title_names(
    practice: Practice, people: People, engine: OnTheSpot
):
    received(practice, engine, SOUND, doctor=people.lambert.doctor)
    engine.run(Reciter(text=SPOKEN.replace("Compte rendu de consultation", "Courrier pour le docteur Aussi")))
    text = "Courrier pour le Dr Marchand\n\nPatient : MARTIN Paul, né le 04/05/1960\n\nRAS.\n\nCopie : Dr Rossi"
    proofread(practice, people, engine, text=text)
    engine.run()
    reader = pypdf.PdfReader(io.BytesIO(practice.objects.get(only_document(practice)["pdf"])))
    words = " ".join(reader.pages[0].extract_text().replace("\u00a0", " ").split())
    assert "Aussi" not in words
    assert words.count("Dr Marchand") == 2
    assert words.count("Dr Rossi") == 1
