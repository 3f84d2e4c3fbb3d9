from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date
from threading import Barrier

import pytest
import sqlalchemy as sa

from archive import patients
from archive.errors import PatientUnknown, StoreFailed
from archive.objects import Objects
from pipeline import accounts, proofread, review, store, tables
from pipeline.errors import (
    AccessDenied,
    HeldByOther,
    NotFound,
    Outdated,
    ReviewRefused,
    SigningRefused,
    StillToCheck,
)
from pipeline.practice import Practice
from pipeline.types import Block, CheckedText, Identity, Letter, Review, SignedDocument
from tests.fakes import OnTheSpot, People
from tests.pipeline.test_store import add_dictation, add_document
from vocab.flag import Flag

TEXT = "Consultation\n\nPatient : MARTIN Paul, né le 04/05/1960\n\nHTA équilibrée, ramipril 5 mg le matin."
KEY = "C000000001"


def flag(words: str, severity: str) -> Flag:
    start = TEXT.index(words)
    return Flag(start=start, end=start + len(words), kind="dose", text=words, reason="À écouter.", severity=severity)


FLAGS = (flag("HTA", "hint"), flag("ramipril", "look"), flag("5 mg", "block"))


@pytest.fixture
def engine(practice: Practice) -> OnTheSpot:
    return OnTheSpot(practice)


@pytest.fixture
def patient(practice: Practice, people: People) -> str:
    with practice.begin() as connection:
        added = patients.add(
            connection, family_name="Martin", given_name="Paul", birth_date=date(1960, 5, 4), actor="test"
        )
    return added.id


@pytest.fixture(autouse=True)
def document(practice: Practice, people: People) -> str:
    letter = Letter(
        text=TEXT, blocks=(Block(role="body", start=0, end=len(TEXT)),), spans=(),
        patient=Identity(family_name="MARTIN", given_name="Paul", birth_date=date(1960, 5, 4), confidence=0.9),
    )  # fmt: skip
    address = practice.keep(Review(checked=CheckedText(letter=letter, flags=FLAGS), text=TEXT))
    with practice.begin() as connection:
        add_dictation(connection, doctor=people.lambert.doctor)
        add_document(connection, KEY, doctor=people.lambert.doctor, review=address, to_check=2)
    return KEY


def row(practice: Practice) -> sa.RowMapping:
    with practice.begin() as connection:
        return store.one(connection, tables.document, KEY)


def test_the_list_has_the_promised_fields(practice: Practice, people: People):
    (line,) = review.listing(practice, people.claire)
    assert list(line) == ["id", "state", "doctor", "patient", "kind", "due", "to_check", "held_by"]
    assert (line["state"], line["doctor"], line["to_check"]) == ("to-review", "Hélène Lambert", 2)


def test_a_doctor_sees_their_own_documents_and_others_do_not_exist_for_them(practice: Practice, people: People):
    assert len(review.listing(practice, people.lambert)) == 1
    assert review.listing(practice, people.garnier) == []
    with pytest.raises(NotFound):
        review.show(practice, people.garnier, KEY)
    with pytest.raises(NotFound):
        review.take(practice, people.technique, KEY)
    with pytest.raises(AccessDenied):
        review.listing(practice, people.technique)


def test_one_person_holds_a_draft_and_another_may_take_it_over(practice: Practice, people: People):
    review.take(practice, people.claire, KEY)
    with pytest.raises(HeldByOther):
        review.take(practice, people.lambert, KEY)
    assert review.listing(practice, people.lambert)[0]["held_by"] == "Claire"
    version = review.take(practice, people.lambert, KEY, over=True)
    with pytest.raises(HeldByOther):
        review.save(practice, people.claire, KEY, version=version, text=TEXT)


def test_a_lease_that_ran_out_frees_the_draft(practice: Practice, people: People, monkeypatch):
    review.take(practice, people.claire, KEY)
    later = store.now() + (review._lease(practice) - store.now()) * 2
    monkeypatch.setattr(store, "now", lambda: later)
    assert review.listing(practice, people.lambert)[0]["held_by"] == ""
    review.take(practice, people.lambert, KEY)


def test_correcting_a_place_settles_it_and_undoing_opens_it_again(practice: Practice, people: People):
    version = review.take(practice, people.claire, KEY)
    corrected = TEXT.replace("5 mg", "10 mg")
    version = review.save(practice, people.claire, KEY, version=version, text=corrected)
    assert row(practice)["to_check"] == 1
    settled = practice.read(row(practice)["review"], Review).settled
    assert [(one.flag, one.how, one.by) for one in settled] == [(2, "changed", people.claire.id)]
    review.save(practice, people.claire, KEY, version=version, text=TEXT)
    assert row(practice)["to_check"] == 2


def test_saying_heard_right_settles_a_place_and_is_remembered_with_who_said_it(practice: Practice, people: People):
    version = review.take(practice, people.claire, KEY)
    version = review.save(practice, people.claire, KEY, version=version, text=TEXT, heard=[2])
    first = practice.read(row(practice)["review"], Review).settled
    version = review.save(practice, people.claire, KEY, version=version, text=TEXT, heard=[1, 2])
    settled = practice.read(row(practice)["review"], Review).settled
    assert {one.flag for one in settled} == {1, 2}
    assert first[0] in settled
    with pytest.raises(ReviewRefused):
        review.save(practice, people.claire, KEY, version=version, text=TEXT, heard=[99])


def test_a_save_at_an_old_version_is_refused_and_changes_nothing(practice: Practice, people: People):
    version = review.take(practice, people.claire, KEY)
    review.save(practice, people.claire, KEY, version=version, text=TEXT + " Fin.")
    with pytest.raises(Outdated):
        review.save(practice, people.claire, KEY, version=version, text="autre")
    assert review.show(practice, people.claire, KEY).review.text == TEXT + " Fin."


def test_finishing_asks_for_every_blocking_place_and_for_the_patient(
    practice: Practice, people: People, engine: OnTheSpot, patient: str
):
    version = review.take(practice, people.claire, KEY)
    with pytest.raises(StillToCheck) as refused:
        review.finish(practice, people.claire, KEY, version=version, submit=engine.submit)
    assert "1 passage" in refused.value.advice
    version = review.save(practice, people.claire, KEY, version=version, text=TEXT, heard=[2])
    with pytest.raises(proofread.NoPatient):
        review.finish(practice, people.claire, KEY, version=version, submit=engine.submit)
    version = review.choose_patient(practice, people.claire, KEY, version=version, patient=patient)
    version = review.finish(practice, people.claire, KEY, version=version, submit=engine.submit)
    assert row(practice)["state"] == "preparing"
    assert [(job.stretch, job.subject, job.round) for job in engine.jobs] == [("prepare", KEY, version)]


@pytest.mark.parametrize(
    ("family", "born"), [("Durand", date(1960, 5, 4)), ("Martin", date(1961, 5, 4)), ("Mart", date(1960, 5, 4))]
)
def test_a_letter_never_goes_under_another_patient_s_name(
    practice: Practice, people: People, engine: OnTheSpot, family: str, born: date
):
    with practice.begin() as connection:
        other = patients.add(connection, family_name=family, given_name="Paul", birth_date=born, actor="test")
    version = review.take(practice, people.claire, KEY)
    version = review.save(practice, people.claire, KEY, version=version, text=TEXT, heard=[2])
    version = review.choose_patient(practice, people.claire, KEY, version=version, patient=other.id)
    with pytest.raises(proofread.WrongPatient):
        review.finish(practice, people.claire, KEY, version=version, submit=engine.submit)
    assert engine.jobs == []


def test_an_unknown_patient_cannot_be_chosen(practice: Practice, people: People):
    version = review.take(practice, people.claire, KEY)
    with pytest.raises(PatientUnknown):
        review.choose_patient(practice, people.claire, KEY, version=version, patient="0000000000")


def test_a_homonym_is_shown_and_never_chosen(practice: Practice, people: People):
    with practice.begin() as connection:
        for born in (date(1960, 5, 4), date(1988, 1, 1)):
            patients.add(connection, family_name="Martin", given_name="Paul", birth_date=born, actor="test")
    opened = review.show(practice, people.claire, KEY)
    assert len(opened.candidates) == 2
    assert opened.patient is None


def test_a_doctor_sends_back_what_they_will_not_sign_with_a_reason(practice: Practice, people: People):
    with practice.begin() as connection:
        store.change_document(connection, KEY, version=1, state="to-sign")
    with pytest.raises(ReviewRefused):
        review.give_back(practice, people.claire, KEY)
    review.give_back(practice, people.lambert, KEY, reason="Revoir la dose")
    assert (row(practice)["state"], row(practice)["reason"]) == ("to-correct", "Revoir la dose")
    review.take(practice, people.claire, KEY)
    assert row(practice)["reason"] == "Revoir la dose"
    review.give_back(practice, people.claire, KEY)
    assert row(practice)["state"] == "to-review"


def test_only_the_doctor_of_the_document_signs_and_only_once(practice: Practice, people: People, engine: OnTheSpot):
    pdf = practice.objects.put(b"%PDF-1.7 prepared")
    with practice.begin() as connection:
        store.change_document(connection, KEY, version=1, state="to-sign", pdf=pdf)

    def signature(data: bytes, doctor: sa.RowMapping) -> SignedDocument:
        return SignedDocument(pdf=data + b" signed", signer=doctor["name"], signed_at=store.now())

    with pytest.raises(AccessDenied):
        review.sign(practice, people.claire, KEY, signature=signature, submit=engine.submit)
    with pytest.raises(NotFound):
        review.sign(practice, people.garnier, KEY, signature=signature, submit=engine.submit)
    review.sign(practice, people.lambert, KEY, signature=signature, submit=engine.submit)
    assert practice.objects.get(row(practice)["signed"]) == b"%PDF-1.7 prepared signed"
    assert [job.stretch for job in engine.jobs] == ["file"]
    with pytest.raises(ReviewRefused):
        review.sign(practice, people.lambert, KEY, signature=signature, submit=engine.submit)


def test_a_job_that_cannot_be_queued_leaves_the_document_as_it_was(practice: Practice, people: People, patient: str):
    def submit(connection: sa.Connection, job: object) -> None:
        raise RuntimeError("queue away")

    version = review.take(practice, people.claire, KEY)
    version = review.save(practice, people.claire, KEY, version=version, text=TEXT, heard=[2])
    version = review.choose_patient(practice, people.claire, KEY, version=version, patient=patient)
    with pytest.raises(RuntimeError):
        review.finish(practice, people.claire, KEY, version=version, submit=submit)
    assert (row(practice)["state"], row(practice)["version"]) == ("in-review", version)


def test_who_dictated_is_asked_when_the_folder_did_not_say(
    practice: Practice, people: People, engine: OnTheSpot, patient: str
):
    with practice.begin() as connection:
        store.change_document(connection, KEY, version=1, doctor=None)
    version = review.take(practice, people.claire, KEY)
    version = review.save(practice, people.claire, KEY, version=version, text=TEXT, heard=[2])
    version = review.choose_patient(practice, people.claire, KEY, version=version, patient=patient)
    with pytest.raises(review.NoDoctor):
        review.finish(practice, people.claire, KEY, version=version, submit=engine.submit)
    with pytest.raises(NotFound):
        review.choose_doctor(practice, people.claire, KEY, version=version, doctor="0000000000")
    version = review.choose_doctor(practice, people.claire, KEY, version=version, doctor=people.lambert.doctor)
    review.finish(practice, people.claire, KEY, version=version, submit=engine.submit)
    assert row(practice)["doctor"] == people.lambert.doctor


def test_a_secretary_mends_a_wrong_folder_and_a_doctor_gives_nothing_away(practice: Practice, people: People):
    version = review.take(practice, people.lambert, KEY)
    with pytest.raises(ReviewRefused):
        review.choose_doctor(practice, people.lambert, KEY, version=version, doctor=people.garnier.doctor)
    version = review.take(practice, people.claire, KEY, over=True)
    review.choose_doctor(practice, people.claire, KEY, version=version, doctor=people.garnier.doctor)
    assert len(review.listing(practice, people.garnier)) == 1
    assert review.listing(practice, people.lambert) == []


def test_wrong_codes_sent_all_at_once_are_no_more_than_five(practice: Practice, people: People):
    tried, ready = [], Barrier(12, timeout=20)

    def signature(pdf: bytes, doctor: sa.RowMapping) -> SignedDocument:
        tried.append(doctor["id"])
        raise SigningRefused("wrong code")

    def once(_: int) -> None:
        ready.wait()
        with pytest.raises(SigningRefused):
            review.sign(practice, people.lambert, KEY, signature=signature, submit=OnTheSpot(practice).submit)

    with practice.begin() as connection:
        store.change_document(connection, KEY, version=1, state="to-sign", pdf=practice.objects.put(b"%PDF"))
    with ThreadPoolExecutor(12) as pool:
        list(pool.map(once, range(12)))
    assert len(tried) == accounts.FAILURES_BEFORE_PAUSE


def test_a_right_code_and_a_store_that_is_away_count_as_no_failure(practice: Practice, people: People):
    for error in (None, StoreFailed("away")) * accounts.FAILURES_BEFORE_PAUSE:
        with suppress(StoreFailed), accounts.trying_code(practice.database, people.lambert.id):
            if error:
                raise error
    with practice.look() as connection:
        kept = store.one(connection, tables.user, people.lambert.id)
    assert (kept["failures"], kept["locked_until"]) == (0, None)


def test_a_doctor_who_has_left_dictated_nothing_new(practice: Practice, people: People):
    with practice.begin() as connection:
        gone = tables.doctor.c.id == people.garnier.doctor
        connection.execute(tables.doctor.update().where(gone).values(active=False))
    version = review.take(practice, people.claire, KEY)
    with pytest.raises(ReviewRefused):
        review.choose_doctor(practice, people.claire, KEY, version=version, doctor=str(people.garnier.doctor))
    assert row(practice)["doctor"] == people.lambert.doctor


@pytest.mark.parametrize(("given", "born"), [("Jeanne", None), ("Luc", date(1960, 5, 4))])
def test_a_relative_s_record_is_refused(
    practice: Practice, people: People, engine: OnTheSpot, given: str, born: date | None
):
    with practice.begin() as connection:
        other = patients.add(connection, family_name="Martin", given_name=given, birth_date=born, actor="test")
    version = review.take(practice, people.claire, KEY)
    version = review.save(practice, people.claire, KEY, version=version, text=TEXT, heard=[2])
    version = review.choose_patient(practice, people.claire, KEY, version=version, patient=other.id)
    with pytest.raises(proofread.WrongPatient):
        review.finish(practice, people.claire, KEY, version=version, submit=engine.submit)


def test_five_wrong_signing_codes_make_the_doctor_wait(
    practice: Practice, people: People, engine: OnTheSpot, monkeypatch: pytest.MonkeyPatch
):
    pdf = practice.objects.put(b"%PDF-1.7 prepared")
    with practice.begin() as connection:
        store.change_document(connection, KEY, version=1, state="to-sign", pdf=pdf)

    def wrong(data: bytes, doctor: sa.RowMapping) -> SignedDocument:
        raise SigningRefused("wrong signing code")

    def right(data: bytes, doctor: sa.RowMapping) -> SignedDocument:
        return SignedDocument(pdf=data, signer=doctor["name"], signed_at=store.now())

    for _ in range(accounts.FAILURES_BEFORE_PAUSE):
        with pytest.raises(SigningRefused):
            review.sign(practice, people.lambert, KEY, signature=wrong, submit=engine.submit)
    with pytest.raises(SigningRefused) as waiting:
        review.sign(practice, people.lambert, KEY, signature=right, submit=engine.submit)
    assert "cinq minutes" in waiting.value.advice
    later = store.now() + accounts.PAUSE * 2
    monkeypatch.setattr(store, "now", lambda: later)
    review.sign(practice, people.lambert, KEY, signature=right, submit=engine.submit)


def test_what_was_typed_is_kept_even_if_the_old_text_cannot_be_removed(
    practice: Practice, people: People, monkeypatch: pytest.MonkeyPatch
):
    def full(self: Objects, address: str) -> None:
        raise StoreFailed

    version = review.take(practice, people.claire, KEY)
    monkeypatch.setattr(Objects, "destroy", full)
    assert review.save(practice, people.claire, KEY, version=version, text=TEXT + " Fin.") == version + 1
    assert review.show(practice, people.claire, KEY).review.text.endswith("Fin.")
