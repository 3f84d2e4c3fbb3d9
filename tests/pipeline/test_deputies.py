"""Standing in for a doctor: lent by them, for some days; who signs is who the page says signs."""

import io
from datetime import date, timedelta

import pypdf
import pytest

from pipeline import accounts, review, shelves, store
from pipeline.access import Actor
from pipeline.errors import AccessDenied, NotFound, SigningRefused
from pipeline.people import deputies, doctors, members
from pipeline.practice import Practice
from pipeline.review import InAnotherName
from pipeline.signature import with_code
from tests.fakes import CODE, PASSWORD, OnTheSpot, People
from tests.pipeline.cast import document, join, now, patient, row

TEXT = (
    "Compte rendu de consultation\n\nPatient : MARTIN Paul, né le 04/05/1960\n\nHTA équilibrée, ramipril 5 mg le matin."
)
THEIR_CODE = "un autre code 2026"


@pytest.fixture
def engine(practice: Practice) -> OnTheSpot:
    return OnTheSpot(practice)


def arrives(practice: Practice, name: str, role: str) -> Actor:
    """A locum or an intern with a key and an account of their own."""
    login = name.split()[-1].lower()
    made = doctors.add(practice, members.stand_in("technical"), name=name, folder=login, code=THEIR_CODE)
    with practice.begin() as connection:
        accounts.add(connection, login=login, name=name, role=role, password=PASSWORD, doctor=made.id)
    return now(practice, login)


def lend(practice: Practice, principal: Actor, deputy: Actor, *, signs: bool, days: int = 7) -> str:
    today = store.now().astimezone(practice.settings.zone).date()
    return deputies.add(
        practice, principal, deputy=str(deputy.doctor), principal=str(principal.doctor), begins=today,
        until=today + timedelta(days=days), signs=signs,
    )  # fmt: skip


def to_sign(practice: Practice, people: People, engine: OnTheSpot, doctor: Actor) -> str:
    """A letter of that doctor, proofread and laid out."""
    key = document(practice, doctor.doctor, text=TEXT, patient=patient(practice).id, kind="consultation")
    version = review.take(practice, people.claire, key)
    review.finish(practice, people.claire, key, version=version, submit=engine.submit)
    engine.run()
    assert row(practice, key)["state"] == "to-sign", row(practice, key)["reason"]
    return key


def printed(practice: Practice, actor: Actor, key: str) -> str:
    pdf = pypdf.PdfReader(io.BytesIO(review.pdf(practice, actor, key)))
    text = " ".join(" ".join(page.extract_text().split()) for page in pdf.pages)
    return text.replace("\u202f", " ").replace("\xa0", " ").replace("’", "'")


def signer(practice: Practice, actor: Actor, key: str) -> str:
    """The name in the certificate of the signature."""
    from pyhanko.pdf_utils.reader import PdfFileReader

    (one,) = PdfFileReader(io.BytesIO(review.pdf(practice, actor, key))).embedded_regular_signatures
    return str(one.signer_cert.subject.native["common_name"])


def test_a_deputy_signs_the_page_that_says_so_with_their_own_key(practice: Practice, people: People, engine: OnTheSpot):
    locum = arrives(practice, "Rémi Aubert", "locum")
    key = to_sign(practice, people, engine, people.lambert)
    assert "Signature électronique : Dr Hélène Lambert." in printed(practice, people.lambert, key)
    with pytest.raises(NotFound):
        review.sign_instead(practice, locum, key, submit=engine.submit)
    lend(practice, people.lambert, locum, signs=True)
    locum = now(practice, "aubert")
    with pytest.raises(InAnotherName):
        review.sign(practice, locum, key, signature=with_code(practice, THEIR_CODE), submit=engine.submit)
    review.sign_instead(practice, locum, key, submit=engine.submit)
    assert row(practice, key)["state"] == "preparing"
    engine.run()
    said = "Signature électronique : Dr Rémi Aubert, pour le Dr Hélène Lambert."
    assert said in printed(practice, locum, key)
    with pytest.raises(InAnotherName):  # the principal, on a page that says the deputy signs
        review.sign(practice, people.lambert, key, signature=with_code(practice, CODE), submit=engine.submit)
    with pytest.raises(SigningRefused):  # the principal's code does not open the deputy's key
        review.sign(practice, locum, key, signature=with_code(practice, CODE), submit=engine.submit)
    review.sign(practice, locum, key, signature=with_code(practice, THEIR_CODE), submit=engine.submit)
    engine.run()
    assert row(practice, key)["state"] == "filed"
    assert (said in printed(practice, locum, key), signer(practice, locum, key)) == (True, "Dr Rémi Aubert")
    (found,) = shelves.find(practice, people.archives, patient="martin")
    assert found["author"] == "Dr Hélène Lambert"


def test_a_principal_takes_back_what_was_prepared_for_a_deputy(practice: Practice, people: People, engine: OnTheSpot):
    locum = arrives(practice, "Rémi Aubert", "locum")
    lend(practice, people.lambert, locum, signs=True)
    key = to_sign(practice, people, engine, people.lambert)
    review.sign_instead(practice, now(practice, "aubert"), key, submit=engine.submit)
    engine.run()
    review.sign_instead(practice, people.lambert, key, submit=engine.submit)
    engine.run()
    assert "Signature électronique : Dr Hélène Lambert." in printed(practice, people.lambert, key)
    before = row(practice, key)["version"]
    assert review.sign_instead(practice, people.lambert, key, submit=engine.submit) == before  # nothing to prepare
    review.sign(practice, people.lambert, key, signature=with_code(practice, CODE), submit=engine.submit)
    assert signer(practice, people.lambert, key) == "Dr Hélène Lambert"


def test_a_deputy_signs_no_more_once_the_delegation_is_over(practice: Practice, people: People, engine: OnTheSpot):
    locum = arrives(practice, "Rémi Aubert", "locum")
    lent = lend(practice, people.lambert, locum, signs=True)
    key = to_sign(practice, people, engine, people.lambert)
    review.sign_instead(practice, now(practice, "aubert"), key, submit=engine.submit)
    engine.run()
    deputies.end(practice, people.archives, lent)
    with pytest.raises(NotFound):
        review.sign(
            practice, now(practice, "aubert"), key, signature=with_code(practice, THEIR_CODE), submit=engine.submit
        )


def test_a_deputy_who_was_not_lent_the_signature_works_and_signs_nothing(
    practice: Practice, people: People, engine: OnTheSpot
):
    locum = arrives(practice, "Rémi Aubert", "locum")
    lend(practice, people.lambert, locum, signs=False)
    key = to_sign(practice, people, engine, people.lambert)
    assert review.show(practice, now(practice, "aubert"), key)
    locum = now(practice, "aubert")
    with pytest.raises(AccessDenied):
        review.sign_instead(practice, locum, key, submit=engine.submit)
    with pytest.raises(AccessDenied):
        review.sign(practice, locum, key, signature=with_code(practice, THEIR_CODE), submit=engine.submit)


def test_an_intern_s_letter_is_prepared_for_their_principal_who_signs_it(
    practice: Practice, people: People, engine: OnTheSpot
):
    intern = arrives(practice, "Inès Roy", "intern")
    lend(practice, people.lambert, intern, signs=False)
    key = to_sign(practice, people, engine, intern)
    said = "Signature électronique : Dr Hélène Lambert, responsable de l'interne Inès Roy."
    principal = now(practice, "lambert")
    assert said in printed(practice, principal, key)
    with pytest.raises(AccessDenied):
        review.sign(
            practice, now(practice, "roy"), key, signature=with_code(practice, THEIR_CODE), submit=engine.submit
        )
    review.sign(practice, principal, key, signature=with_code(practice, CODE), submit=engine.submit)
    engine.run()
    assert signer(practice, principal, key) == "Dr Hélène Lambert"
    (found,) = shelves.find(practice, people.archives, patient="martin")
    assert found["author"] == "Dr Inès Roy"


def test_an_intern_who_was_lent_a_signature_signs_their_own(practice: Practice, people: People, engine: OnTheSpot):
    intern = arrives(practice, "Inès Roy", "intern")
    lend(practice, people.lambert, intern, signs=True)
    key = to_sign(practice, people, engine, intern)
    intern = now(practice, "roy")
    review.sign_instead(practice, intern, key, submit=engine.submit)
    engine.run()
    assert "Signature électronique : Dr Inès Roy." in printed(practice, intern, key)
    review.sign(practice, intern, key, signature=with_code(practice, THEIR_CODE), submit=engine.submit)
    assert signer(practice, intern, key) == "Dr Inès Roy"


def test_what_is_sent_back_and_proofread_again_is_prepared_for_its_doctor(
    practice: Practice, people: People, engine: OnTheSpot
):
    locum = arrives(practice, "Rémi Aubert", "locum")
    lend(practice, people.lambert, locum, signs=True)
    key, locum = to_sign(practice, people, engine, people.lambert), now(practice, "aubert")
    review.sign_instead(practice, locum, key, submit=engine.submit)
    engine.run()
    review.give_back(practice, locum, key, reason="Revoir la posologie.")
    version = review.take(practice, people.claire, key)
    review.finish(practice, people.claire, key, version=version, submit=engine.submit)
    assert row(practice, key)["signatory"] is None


def test_a_doctor_lends_only_their_own_name(practice: Practice, people: People):
    locum, today = join(practice, "remi", "locum"), store.now().date()
    for other in (people.garnier, people.claire, people.archives, people.technique, locum):
        with pytest.raises(AccessDenied):
            deputies.add(
                practice, other, deputy=str(locum.doctor), principal=str(people.lambert.doctor), begins=today,
                until=today, signs=True,
            )  # fmt: skip
    assert deputies.listing(practice, people.lambert) == []


@pytest.mark.parametrize(("begins", "until"), [(3, 2), (-9, -1)])
def test_impossible_days_are_refused(practice: Practice, people: People, begins: int, until: int):
    locum, today = join(practice, "remi", "locum"), store.now().date()
    with pytest.raises(deputies.BadDeputy):
        deputies.add(
            practice, people.lambert, deputy=str(locum.doctor), principal=str(people.lambert.doctor),
            begins=today + timedelta(days=begins), until=today + timedelta(days=until),
        )  # fmt: skip


def test_naming_a_colleague_opens_nothing_of_theirs(practice: Practice, people: People):
    before, today = date(2020, 1, 1), store.now().date()
    keys = [document(practice, people.garnier.doctor, written=day) for day in (before, today)]
    lend(practice, people.lambert, people.garnier, signs=True)
    for key in keys:
        with pytest.raises(NotFound):
            review.show(practice, now(practice, "lambert"), key)
    assert str(people.lambert.doctor) in (now(practice, "garnier").doctors or ())


def test_a_delegation_never_begins_in_the_past_where_the_deputy_wrote_for_someone_else(
    practice: Practice, people: People
):
    locum, today = join(practice, "remi", "locum"), store.now().astimezone(practice.settings.zone).date()
    with pytest.raises(deputies.BadDeputy):
        deputies.add(
            practice, people.garnier, deputy=str(locum.doctor), principal=str(people.garnier.doctor),
            begins=today - timedelta(days=1), until=today,
        )  # fmt: skip


def test_oneself_someone_unknown_and_someone_without_an_account_cannot_stand_in(practice: Practice, people: People):
    gone = join(practice, "remi", "locum")
    with practice.begin() as connection:
        accounts.close(connection, "remi")
    for deputy in (people.lambert.doctor, "ZZZZZZZZZZ", gone.doctor):
        with pytest.raises(deputies.BadDeputy):
            lend(practice, people.lambert, Actor(id="X", name="X", role="locum", doctor=deputy), signs=True)


def test_the_list_says_what_runs_and_ending_is_its_doctor_s_or_the_archivist_s(practice: Practice, people: People):
    locum = join(practice, "remi", "locum")
    key = lend(practice, people.lambert, locum, signs=True)
    (one,) = deputies.listing(practice, people.claire)
    assert (one["deputy_name"], one["principal_name"], one["running"]) == ("Dr Remi", "Dr Hélène Lambert", True)
    for other in (people.garnier, people.claire, people.technique, locum):
        with pytest.raises(AccessDenied):
            deputies.end(practice, other, key)
    deputies.end(practice, people.archives, key)
    (one,) = deputies.listing(practice, people.claire)
    ended = one["ended"]
    assert (one["running"], bool(ended)) == (False, True)
    deputies.end(practice, people.lambert, key)
    assert deputies.listing(practice, people.claire)[0]["ended"] == ended
    with pytest.raises(NotFound):
        deputies.end(practice, people.lambert, "ZZZZZZZZZZ")
