"""Restricted documents: not listed, not found, not read by others; the doctor names who may."""

import pytest

from archive import deposit, patients
from archive.records import Deposit
from pipeline import accounts, restriction, review, seams, shelves, store, tables
from pipeline.access import OPERATOR
from pipeline.errors import AccessDenied, HeldByOther, NotFound, ReviewRefused
from pipeline.people import deputies
from pipeline.practice import Practice
from pipeline.review import SoundShared
from tests.fakes import People
from tests.pipeline.cast import document, join, now, patient, row
from tests.pipeline.shelved import PDF, filed


def test_others_neither_list_nor_read_it_and_its_doctor_does(practice: Practice, people: People):
    key = document(practice, people.lambert.doctor)
    restriction.restrict(practice, people.lambert, key)
    assert [one["id"] for one in review.listing(practice, people.lambert)] == [key]
    for other in (people.claire, people.garnier, OPERATOR):
        assert review.listing(practice, other) == []
        with pytest.raises(NotFound):
            review.show(practice, other, key)
    restriction.unrestrict(practice, people.lambert, key)
    assert [one["id"] for one in review.listing(practice, people.claire)] == [key]


def test_only_its_doctor_decides(practice: Practice, people: People):
    key = document(practice, people.lambert.doctor)
    for other in (people.claire, people.archives, people.technique, people.garnier, OPERATOR):
        for act in (restriction.restrict, restriction.unrestrict, restriction.readers):
            with pytest.raises((AccessDenied, NotFound)):
                act(practice, other, key)
    assert not row(practice, key)["restricted"]


def test_who_is_named_reads_it_and_works_on_it(practice: Practice, people: People):
    key = document(practice, people.lambert.doctor)
    restriction.restrict(practice, people.lambert, key, readers=["claire", "GARNIER"])
    assert [one["login"] for one in restriction.readers(practice, people.lambert, key)] == ["claire", "garnier"]
    assert review.take(practice, now(practice, "claire"), key)
    assert review.show(practice, now(practice, "garnier"), key)
    assert [one["id"] for one in review.listing(practice, now(practice, "garnier"))] == [key]
    with pytest.raises(AccessDenied):
        review.take(practice, now(practice, "garnier"), key)
    restriction.restrict(practice, people.lambert, key, readers=["claire"])
    with pytest.raises(NotFound):
        review.show(practice, now(practice, "garnier"), key)


@pytest.mark.parametrize("login", ["technique", "personne"])
def test_who_never_reads_documents_cannot_be_named(practice: Practice, people: People, login: str):
    key = document(practice, people.lambert.doctor)
    with pytest.raises(restriction.NotAReader):
        restriction.restrict(practice, people.lambert, key, readers=["claire", login])
    assert not row(practice, key)["restricted"]
    with practice.look() as connection:
        assert login not in {one["login"] for one in restriction.possible_readers(connection, people.lambert)}


def test_it_is_taken_from_who_proofreads_it_unless_named(practice: Practice, people: People):
    key = document(practice, people.lambert.doctor)
    version = review.take(practice, people.claire, key)
    restriction.restrict(practice, people.lambert, key, readers=["claire"])
    version = review.save(practice, now(practice, "claire"), key, version=version, text="Texte relu.")
    restriction.restrict(practice, people.lambert, key)
    with pytest.raises(NotFound):
        review.save(practice, now(practice, "claire"), key, version=version, text="Texte volé.")
    found = row(practice, key)
    assert (found["state"], found["held_by"]) == ("to-review", None)
    assert review.show(practice, people.lambert, key).review.text == "Texte relu."


def test_a_sound_that_holds_a_restricted_letter_is_closed_to_who_may_not_hear_it(practice: Practice, people: People):
    key = document(practice, people.lambert.doctor)
    sibling = document(practice, people.lambert.doctor, dictation=row(practice, key)["dictation"], position=1)
    assert review.listen(practice, people.claire, sibling)
    restriction.restrict(practice, people.lambert, key)
    with pytest.raises(SoundShared):
        review.listen(practice, people.claire, sibling)
    assert review.listen(practice, people.lambert, sibling)
    restriction.restrict(practice, people.lambert, key, readers=["claire"])
    assert review.listen(practice, now(practice, "claire"), sibling)


def test_a_letter_given_to_another_doctor_does_not_take_the_recording_along(practice: Practice, people: People):
    key = document(practice, people.lambert.doctor)
    given = document(practice, people.garnier.doctor, dictation=row(practice, key)["dictation"], position=1)
    with pytest.raises(SoundShared):
        review.listen(practice, people.garnier, given)
    assert review.listen(practice, people.claire, given)
    assert review.listen(practice, people.lambert, key)  # who dictated it all


def test_a_sound_is_closed_wherever_a_restricted_letter_of_it_went(practice: Practice, people: People):
    first, second, left = (
        document(practice, people.lambert.doctor),
        document(practice, people.lambert.doctor),
        document(practice, people.lambert.doctor),
    )
    with practice.begin() as connection:  # `second` was said in the first recording too, then joined to `left`
        recordings = [row(practice, key)["dictation"] for key in (first, second, left)]
        for position, part in enumerate((recordings[0], recordings[2])):
            connection.execute(
                tables.recording_part.insert().values(
                    dictation=recordings[1], position=position, part=part, start=float(position)
                )
            )
    assert review.listen(practice, people.claire, first)
    restriction.restrict(practice, people.lambert, second)
    for key in (first, left):
        with pytest.raises(SoundShared):
            review.listen(practice, people.claire, key)
        assert review.listen(practice, people.lambert, key)


def two_of_one_recording(practice: Practice, people: People) -> list[str]:
    dictation = row(practice, document(practice, people.lambert.doctor))["dictation"]
    return [
        document(practice, people.lambert.doctor, text="Un courrier. Un autre.", dictation=dictation, position=n)
        for n in (1, 2)
    ]


def test_what_was_joined_is_as_closed_as_what_it_was_joined_to(practice: Practice, people: People):
    key, other = two_of_one_recording(practice, people)
    seams.join(practice, people.claire, key, other, version=review.take(practice, people.claire, key))
    restriction.restrict(practice, people.lambert, key)
    with pytest.raises(NotFound):
        review.show(practice, people.claire, other)
    restriction.unrestrict(practice, people.lambert, key)
    assert review.show(practice, people.claire, other)
    with pytest.raises(restriction.Joined):  # it would close what nobody reads, and leave the text open
        restriction.restrict(practice, people.lambert, other)


@pytest.mark.parametrize("act", ["cut", "join"])
def test_a_restriction_that_comes_while_texts_are_cut_or_joined_is_kept(
    practice: Practice, people: People, monkeypatch: pytest.MonkeyPatch, act: str
):
    key, other = two_of_one_recording(practice, people)
    version, keep = review.take(practice, people.claire, key), Practice.keep

    def meanwhile(self: Practice, value: object) -> str:
        monkeypatch.setattr(Practice, "keep", keep)
        restriction.restrict(practice, people.lambert, key, readers=["claire"])
        return keep(self, value)

    monkeypatch.setattr(Practice, "keep", meanwhile)
    if act == "cut":
        _, other = seams.cut(practice, people.claire, key, version=version, at=12)
    else:
        seams.join(practice, people.claire, key, other, version=version)
    for one in (key, other):
        assert row(practice, one)["restricted"]
        with pytest.raises(NotFound):
            review.show(practice, people.garnier, one)
        assert review.show(practice, now(practice, "claire"), one)


def test_someone_named_does_not_give_it_to_another_doctor(practice: Practice, people: People):
    key = document(practice, people.lambert.doctor)
    restriction.restrict(practice, people.lambert, key, readers=["claire"])
    claire = now(practice, "claire")
    version = review.take(practice, claire, key)
    with pytest.raises(ReviewRefused):
        review.choose_doctor(practice, claire, key, version=version, doctor=str(people.garnier.doctor))
    assert row(practice, key)["doctor"] == people.lambert.doctor


def test_both_halves_of_a_restricted_letter_are_restricted(practice: Practice, people: People):
    key = document(practice, people.lambert.doctor, text="Premier courrier. Second courrier.")
    restriction.restrict(practice, people.lambert, key, readers=["claire"])
    version = review.take(practice, people.lambert, key)
    _, new = seams.cut(practice, people.lambert, key, version=version, at=len("Premier courrier."))
    assert row(practice, new)["restricted"]
    assert [one["login"] for one in restriction.readers(practice, people.lambert, new)] == ["claire"]


@pytest.mark.parametrize(("first", "second", "both"), [
    (None, ["claire"], ["claire"]), (["claire"], None, ["claire"]), (["claire", "garnier"], ["garnier"], ["garnier"]),
    ([], ["claire"], []), (["claire"], [], []),
])  # fmt: skip
def test_a_letter_joined_to_a_restricted_one_is_read_by_those_who_could_read_both(
    practice: Practice, people: People, first: list[str] | None, second: list[str] | None, both: list[str]
):
    dictation = row(practice, document(practice, people.lambert.doctor))["dictation"]
    keys = [document(practice, people.lambert.doctor, dictation=dictation, position=n) for n in (1, 2)]
    for key, readers in zip(keys, (first, second), strict=True):
        if readers is not None:
            restriction.restrict(practice, people.lambert, key, readers=readers)
    version = review.take(practice, people.lambert, keys[0])
    seams.join(practice, people.lambert, keys[0], keys[1], version=version)
    assert row(practice, keys[0])["restricted"]
    assert [one["login"] for one in restriction.readers(practice, people.lambert, keys[0])] == both


def test_once_filed_it_is_found_by_its_doctor_and_those_named_only(practice: Practice, people: People):
    key = filed(practice, people.lambert)
    shown = filed(practice, people.lambert, family_name="Martinez")
    restriction.restrict(practice, people.lambert, key, readers=["garnier"])
    for login in ("claire", "archives"):
        assert [one["id"] for one in shelves.find(practice, now(practice, login))] == [shown]
        for act in (shelves.show, shelves.export):
            with pytest.raises(Exception, match="no record") as refused:
                act(practice, now(practice, login), key)
            with pytest.raises(type(refused.value)):
                act(practice, now(practice, login), "ZZZZZZZZZZ")
    for login in ("lambert", "garnier"):
        assert {one["id"] for one in shelves.find(practice, now(practice, login))} == {key, shown}
        assert shelves.show(practice, now(practice, login), key)["id"] == key
    with pytest.raises(Exception, match="no record"):
        shelves.show(practice, OPERATOR, key)


def test_a_namesake_one_may_not_see_does_not_show_in_how_the_other_is_called(practice: Practice, people: People):
    first = filed(practice, people.lambert)
    with practice.begin() as connection:
        born = patients.get(connection, row(practice, first)["patient"]).birth_date
        twin = patients.add(
            connection, family_name="Martin", given_name="Paul", birth_date=born, actor="test", apart=True
        )
    pdf = practice.objects.put(PDF + b"twin")
    second = document(practice, people.garnier.doctor, patient=twin.id, state="filed", restricted=True)
    with practice.begin() as connection:
        offered = Deposit(
            id=second, patient_id=twin.id, kind="courrier", title="Courrier", author="Dr X", date=store.now().date(),
            pdf=pdf, actor="test", schedule="trente",
        )  # fmt: skip
        deposit.deposit(connection, practice.objects, offered)
    (found,) = shelves.find(practice, people.lambert, patient="martin")
    assert "dossier" not in found["patient"]


def test_a_scoped_secretary_finds_what_her_doctors_filed_and_a_record_of_nobody_is_closed_to_her(
    practice: Practice, people: People
):
    mine, other = filed(practice, people.lambert), filed(practice, people.garnier, family_name="Durand")
    with practice.begin() as connection:
        accounts.add_scope(connection, "claire", doctor=str(people.lambert.doctor))
        connection.execute(tables.document.update().where(tables.document.c.id == other).values(doctor=None))
    assert [one["id"] for one in shelves.find(practice, now(practice, "claire"))] == [mine]
    assert {one["id"] for one in shelves.find(practice, now(practice, "archives"))} == {mine, other}


def test_an_intern_s_principal_cannot_be_shut_out_of_what_they_must_sign_once_it_is_prepared_for_them(
    practice: Practice, people: People
):
    intern, today = join(practice, "ines", "intern"), store.now().date()
    deputies.add(
        practice, people.lambert, deputy=str(intern.doctor), principal=str(people.lambert.doctor), begins=today,
        until=today,
    )  # fmt: skip
    key = document(
        practice, intern.doctor, state="to-sign", signatory=people.lambert.doctor, patient=patient(practice).id,
    )  # fmt: skip
    restriction.restrict(practice, intern, key)
    assert review.show(practice, now(practice, "lambert"), key)


def test_another_s_hold_is_still_respected(practice: Practice, people: People):
    key = document(practice, people.lambert.doctor)
    review.take(practice, people.claire, key)
    restriction.restrict(practice, people.lambert, key, readers=["claire"])
    with pytest.raises(HeldByOther):
        review.take(practice, people.lambert, key)
    with pytest.raises(ReviewRefused):
        review.give_back(practice, people.lambert, key)
