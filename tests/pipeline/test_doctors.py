import pytest
import sqlalchemy as sa

from archive import signatures
from archive.errors import ArchiveError
from archive.tables import journal
from pipeline import accounts, review, store, tables
from pipeline.errors import AccessDenied, NotFound, SigningRefused
from pipeline.people import codes, doctors, leaving, rpps
from pipeline.people.doctors import BadDoctor
from pipeline.people.signing import BadCode
from pipeline.practice import Practice
from pipeline.signature import with_code
from tests.fakes import CODE, PASSWORD, People
from tests.web.scene import DONE, OPEN, furnish

NEW = "un autre code 2027"


def row_of(practice: Practice, key: str | None):
    with practice.look() as connection:
        return store.one(connection, tables.doctor, str(key))


def a_pdf() -> bytes:
    import typst

    return typst.compile(b"Bonjour", format="pdf", pdf_standards="a-2b")


def signed_with(practice: Practice, key: str | None, code: str) -> bytes:
    return with_code(practice, code)(a_pdf(), row_of(practice, key)).pdf


def trusted(practice: Practice, pdf: bytes) -> bool:
    with practice.look() as connection:
        authority = connection.scalar(sa.select(tables.authority.c.certificate))
    return signatures.check(pdf, trusted=[authority]).ok


@pytest.mark.parametrize("number", ["99700218896", "", "997 0021 8896"])
def test_a_right_rpps_number_is_taken_without_a_word(number: str):
    assert rpps.doubt(rpps.read(number)) == ""


def test_the_agency_s_own_example_is_doubted_and_taken(practice: Practice, people: People):
    kept = doctors.change(practice, people.technique, "lambert", rpps="10003461033")
    assert kept.notes == (rpps.doubt("10003461033"),)
    assert row_of(practice, kept.id)["rpps"] == "10003461033"


@pytest.mark.parametrize("number", ["1234567890", "123456789012", "1000346103a", "١٢٣٤٥٦٧٨٩٠١"])
def test_what_is_not_eleven_digits_is_no_rpps_number(practice: Practice, people: People, number: str):
    with pytest.raises(BadDoctor) as refused:
        doctors.change(practice, people.technique, "lambert", rpps=number)
    assert "onze chiffres" in refused.value.advice


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "  "}, "vide"),
        ({"folder": "../x"}, "ne convient pas"),
        ({"folder": ".caché"}, "ne convient pas"),
        ({"folder": "a\\b"}, "ne convient pas"),
        ({"folder": "x" * 61}, "ne convient pas"),
        ({"folder": "Lambert"}, "un autre médecin"),
    ],
)
def test_a_doctor_is_refused_with_the_reason(practice: Practice, people: People, change: dict, said: str):
    asked = {"name": "Anne Petit", "folder": "petit", "code": CODE, **change}
    with pytest.raises(BadDoctor) as refused:
        doctors.add(practice, people.technique, **asked)
    assert said in refused.value.advice


def test_a_short_code_is_refused(practice: Practice, people: People):
    with pytest.raises(BadCode):
        doctors.add(practice, people.technique, name="Anne Petit", folder="petit", code="1234")
    with pytest.raises(BadCode):
        codes.change(practice, people.lambert, "lambert", code=CODE, new_code=" 12345 ")


def test_only_those_who_keep_doctors_change_them(practice: Practice, people: People):
    for someone in (people.claire, people.lambert):
        with pytest.raises(AccessDenied):
            doctors.add(practice, someone, name="Anne Petit", folder="petit", code=CODE)
        with pytest.raises(AccessDenied):
            doctors.change(practice, someone, "lambert", specialty="Autre")
        with pytest.raises(AccessDenied):
            leaving.leave(practice, someone, "garnier")


def test_a_new_folder_routes_and_the_old_one_asks_a_person(practice: Practice, people: People):
    doctors.change(practice, people.technique, "lambert", folder="cardio")
    assert (practice.place("inbox") / "cardio").is_dir()
    with practice.look() as connection:
        assert store.doctor_of_folder(connection, "cardio") == people.lambert.doctor
        assert store.doctor_of_folder(connection, "lambert") is None


def test_a_changed_name_says_that_the_certificate_bears_the_old_one(practice: Practice, people: People):
    kept = doctors.change(practice, people.technique, "lambert", name="Hélène  Lambert-Roy")
    assert "ancien nom" in kept.notes[0]
    assert row_of(practice, kept.id)["name"] == "Hélène Lambert-Roy"
    assert doctors.change(practice, people.technique, "garnier", specialty="Asthme").notes == ()


def test_the_list_has_no_key_and_says_who_left(practice: Practice, people: People):
    leaving.leave(practice, people.technique, "garnier")
    found = doctors.listing(practice, people.claire)
    assert [(one["folder"], one["active"]) for one in found] == [("lambert", True), ("garnier", False)]
    assert not {"certificate", "signing_key"} & set(found[0])
    assert [one["folder"] for one in doctors.listing(practice, people.claire, former=False)] == ["lambert"]


def test_a_changed_code_signs_with_the_same_key_and_the_old_code_opens_nothing(practice: Practice, people: People):
    before = row_of(practice, people.lambert.doctor)
    codes.change(practice, people.lambert, "lambert", code=CODE, new_code=NEW)
    after = row_of(practice, people.lambert.doctor)
    assert after["certificate"] == before["certificate"]
    assert trusted(practice, signed_with(practice, people.lambert.doctor, NEW))
    with pytest.raises(SigningRefused):
        signed_with(practice, people.lambert.doctor, CODE)
    with pytest.raises(ArchiveError):
        practice.objects.get(before["signing_key"])


def test_wrong_codes_make_the_account_wait_and_change_nothing(practice: Practice, people: People):
    before = row_of(practice, people.lambert.doctor)
    for _ in range(accounts.FAILURES_BEFORE_PAUSE):
        with pytest.raises(SigningRefused):
            codes.change(practice, people.lambert, "lambert", code="pas le bon", new_code=NEW)
    with pytest.raises(SigningRefused) as waits:
        codes.change(practice, people.lambert, "lambert", code=CODE, new_code=NEW)
    assert "attendez" in waits.value.advice
    assert row_of(practice, people.lambert.doctor) == before


def test_a_lost_code_is_a_new_key_and_what_was_signed_stays_valid(practice: Practice, people: People):
    old = signed_with(practice, people.lambert.doctor, CODE)
    before = row_of(practice, people.lambert.doctor)
    codes.renew(practice, people.technique, "lambert", new_code=NEW)
    assert row_of(practice, people.lambert.doctor)["certificate"] != before["certificate"]
    assert trusted(practice, old)
    assert trusted(practice, signed_with(practice, people.lambert.doctor, NEW))
    with practice.look() as connection:
        lines = connection.execute(sa.select(journal).where(journal.c.subject == people.lambert.doctor)).all()
    assert [line.action for line in lines] == ["doctor-added", "doctor-key"]
    assert lines[1].actor == people.technique.id
    assert lines[0].details != lines[1].details


def test_nobody_else_chooses_a_doctor_s_code(practice: Practice, people: People):
    for someone in (people.garnier, people.claire, people.archives):
        with pytest.raises(AccessDenied):
            codes.renew(practice, someone, "lambert", new_code=NEW)
        with pytest.raises(AccessDenied):
            codes.change(practice, someone, "lambert", code=CODE, new_code=NEW)


def test_a_doctor_who_leaves_is_shut_out_and_their_folder_asks_a_person(practice: Practice, people: People):
    assert accounts.log_in(practice.database, login="lambert", password=PASSWORD, hours=1)
    furnish(practice, people, with_sound=False)
    done = leaving.leave(practice, people.technique, "lambert")
    assert (done.doctor, done.closed) == (people.lambert.doctor, ("lambert",))
    assert done.documents == (OPEN, DONE)
    assert done.dictations == ("D0PSTE0001", "D0PSTE0002")
    with practice.look() as connection:
        assert store.doctor_of_folder(connection, "lambert") is None
        assert connection.execute(sa.select(tables.session)).all() == []
        with pytest.raises(NotFound):
            accounts.actor(connection, "lambert")
        assert store.one(connection, tables.document, DONE)["doctor"] == people.lambert.doctor
    with pytest.raises(BadDoctor):
        codes.renew(practice, people.technique, "lambert", new_code=NEW)


def test_what_is_unfinished_goes_to_a_colleague_who_reads_it_again(practice: Practice, people: People):
    furnish(practice, people, with_sound=False)
    leaving.leave(practice, people.technique, "lambert")
    done = leaving.leave(practice, people.technique, "lambert", to="garnier")
    assert (done.documents, done.dictations) == ((), ())
    assert set(done.taken) == {OPEN, DONE, "D0PSTE0001", "D0PSTE0002"}
    listed = {one["id"]: one["state"] for one in review.listing(practice, people.garnier)}
    assert listed == {OPEN: "to-review", DONE: "to-correct"}


def test_what_the_program_is_at_work_on_is_left_until_it_is_done(practice: Practice, people: People):
    furnish(practice, people, with_sound=False)
    with practice.begin() as connection:
        connection.execute(tables.document.update().where(tables.document.c.id == DONE).values(state="preparing"))
    done = leaving.leave(practice, people.technique, "lambert", to="garnier")
    assert done.documents == (DONE,)
    with practice.look() as connection:
        assert store.one(connection, tables.document, DONE)["doctor"] == people.lambert.doctor


def test_nobody_is_their_own_heir_nor_is_one_who_has_left(practice: Practice, people: People):
    leaving.leave(practice, people.technique, "garnier")
    for heir in ("lambert", "garnier"):
        with pytest.raises(BadDoctor):
            leaving.leave(practice, people.technique, "lambert", to=heir)
    assert row_of(practice, people.lambert.doctor)["active"]


def test_a_departure_can_be_undone(practice: Practice, people: People):
    leaving.leave(practice, people.technique, "lambert")
    leaving.come_back(practice, people.technique, "lambert")
    with practice.look() as connection:
        assert store.doctor_of_folder(connection, "lambert") == people.lambert.doctor


def test_a_folder_of_one_who_left_is_no_other_s_until_it_is_freed(practice: Practice, people: People):
    leaving.leave(practice, people.technique, "garnier")
    asked = {"name": "Anne Petit", "folder": "garnier", "code": CODE}
    with pytest.raises(BadDoctor) as refused:
        doctors.add(practice, people.technique, **asked)
    assert "parti" in refused.value.advice
    doctors.change(practice, people.technique, "garnier", folder="garnier-parti")
    added = doctors.add(practice, people.technique, **asked)
    with practice.look() as connection:
        assert store.doctor_of_folder(connection, "garnier") == added.id


def test_two_doctors_of_one_family_name_must_be_told_apart(practice: Practice, people: People):
    doctors.add(practice, people.technique, name="Paule Lambert", folder="plambert", code=CODE)
    with pytest.raises(NotFound):
        doctors.change(practice, people.technique, "Dr Lambert", specialty="x")
    kept = doctors.change(practice, people.technique, "Docteur Hélène LAMBERT", specialty="Cœur")
    assert (kept.id, kept.notes) == (people.lambert.doctor, ())


def test_a_doctor_is_promised_a_delay_and_it_is_taken_back(practice: Practice, people: People):
    def promised() -> float | None:
        rows = doctors.listing(practice, people.technique)
        return next(row["delay_hours"] for row in rows if row["id"] == people.lambert.doctor)

    assert promised() is None
    doctors.change(practice, people.technique, "lambert", delay_hours=12)
    doctors.change(practice, people.technique, "lambert", specialty="Cardiologie")
    assert promised() == 12
    for wrong in (-1, 1e9, float("nan")):
        with pytest.raises(doctors.BadDoctor) as refused:
            doctors.change(practice, people.technique, "lambert", delay_hours=wrong)
        assert "délai" in refused.value.advice
    assert promised() == 12
    doctors.change(practice, people.technique, "lambert", delay_hours=0)
    assert promised() is None
