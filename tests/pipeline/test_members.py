import pytest
import sqlalchemy as sa

from pipeline import accounts, tables
from pipeline.access import Actor
from pipeline.accounts import BadAccount
from pipeline.errors import AccessDenied, NotFound
from pipeline.people import leaving, members, pools, sites
from pipeline.practice import Practice
from tests.fakes import PASSWORD, People
from tests.pipeline.cast import join, now
from tests.pipeline.test_reach import away

OTHER = "un tout autre mot de passe"


def known(practice: Practice, login: str) -> members.Member:
    asker = Actor(id="A", name="A", role="archivist")
    return next(one for one in members.listing(practice, asker) if one.login == login)


def reached(practice: Practice, login: str) -> frozenset[str] | None:
    with practice.look() as connection:
        return accounts.actor(connection, login).doctors


def logged_in(practice: Practice, password: str = PASSWORD, login: str = "claire") -> bool:
    return accounts.log_in(practice.database, login=login, password=password, hours=1) is not None


def open_sessions(practice: Practice) -> int:
    with practice.look() as connection:
        return len(connection.execute(sa.select(tables.session)).all())


def test_the_first_account_of_a_role_is_opened_by_whoever_holds_the_folder_the_next_by_its_account(practice: Practice):
    with practice.begin() as connection:
        assert members.acting(connection, practice.settings, role="archivist").name == "Archives"
        connection.execute(tables.user.update().where(tables.user.c.role == "archivist").values(active=False))
        first = members.acting(connection, practice.settings, role="archivist")
    assert (first.id, first.role, first.doctors) == ("operator", "archivist", frozenset())
    members.add(practice, first, login="anne", name="Anne", role="archivist", password=PASSWORD)
    with practice.begin() as connection:
        assert members.acting(connection, practice.settings, role="archivist").name == "Anne"


def test_with_two_accounts_of_a_role_one_must_be_named(practice: Practice, people: People):
    members.add(practice, people.archives, login="anne", name="Anne", role="archivist", password=PASSWORD)
    with practice.begin() as connection, pytest.raises(NotFound):
        members.acting(connection, practice.settings, role="archivist")


def test_the_technical_account_opens_no_account_that_reads_patients(practice: Practice, people: People):
    for role in ("secretary", "archivist"):
        with pytest.raises(AccessDenied):
            members.add(practice, people.technique, login="x", name="X", role=role, password=PASSWORD)
        with pytest.raises(AccessDenied):
            members.change_role(practice, people.technique, "technique", role=role)
    with pytest.raises(AccessDenied):
        members.change_password(practice, people.technique, "claire", password=OTHER)
    assert members.add(practice, people.technique, login="t2", name="T", role="technical", password=PASSWORD)


def test_a_listing_tells_all_but_the_password(practice: Practice, people: People):
    logged_in(practice, "pas le bon")
    claire = known(practice, "claire")
    assert (claire.role, claire.everyone, claire.failures, claire.active) == ("secretary", True, 1, True)
    assert known(practice, "lambert").doctor == people.lambert.doctor
    assert "password" not in repr(claire)
    with pytest.raises(AccessDenied):
        members.listing(practice, people.claire)


def test_a_closed_account_is_logged_out_and_can_be_opened_again(practice: Practice, people: People):
    assert logged_in(practice)
    members.close(practice, people.archives, " Claire ")
    assert open_sessions(practice) == 0
    assert not logged_in(practice)
    members.reopen(practice, people.archives, "claire")
    assert logged_in(practice)


@pytest.mark.parametrize("login", ["technique", "archives"])
def test_the_last_account_of_a_role_that_is_needed_stays(practice: Practice, people: People, login: str):
    closing = people.archives if login == "technique" else people.technique
    with pytest.raises(BadAccount) as refused:
        members.close(practice, closing, login)
    assert "dernier compte" in refused.value.advice
    assert known(practice, login).active
    keeping = people.technique if login == "technique" else people.archives
    members.add(practice, keeping, login="more", name="X", role=known(practice, login).role, password=PASSWORD)
    members.close(practice, closing, login)
    assert not known(practice, login).active


def test_nobody_makes_a_technical_account_of_another_nor_the_reverse(practice: Practice, people: People):
    for asker in (people.archives, people.technique):
        for login, role in (("technique", "secretary"), ("claire", "technical")):
            with pytest.raises(AccessDenied):
                members.change_role(practice, asker, login, role=role)
    assert (known(practice, "technique").role, known(practice, "claire").role) == ("technical", "secretary")


def test_the_last_archivist_keeps_their_role(practice: Practice, people: People):
    first = members.stand_in("archivist")
    with pytest.raises(BadAccount):
        members.change_role(practice, first, "archives", role="secretary")
    assert known(practice, "archives").role == "archivist"


def test_nobody_closes_or_changes_their_own_account_but_for_the_password(practice: Practice, people: People):
    members.add(practice, people.archives, login="a2", name="A", role="archivist", password=PASSWORD)
    with pytest.raises(AccessDenied):
        members.close(practice, people.archives, "archives")
    with pytest.raises(AccessDenied):
        members.change_role(practice, people.archives, "archives", role="secretary")
    members.change_password(practice, people.claire, "claire", password=OTHER)
    assert logged_in(practice, OTHER)


def test_another_password_ends_sessions_and_waits(practice: Practice, people: People):
    assert logged_in(practice)
    for _ in range(accounts.FAILURES_BEFORE_PAUSE):
        logged_in(practice, "pas le bon")
    members.change_password(practice, people.archives, "claire", password=OTHER)
    assert open_sessions(practice) == 0
    assert not logged_in(practice)
    assert logged_in(practice, OTHER)
    with pytest.raises(BadAccount):
        members.change_password(practice, people.archives, "claire", password="court")


def test_a_scope_is_doctors_and_sites_and_replaces_the_one_before(practice: Practice, people: People):
    sites.add(practice, people.archives, name="Clinique du Parc")
    sites.assign(practice, people.archives, "garnier", "clinique du parc")
    members.change_scope(practice, people.archives, "claire", everyone=False, of=["lambert", "lambert"])
    assert reached(practice, "claire") == {people.lambert.doctor}
    members.change_scope(practice, people.archives, "claire", everyone=False, at=["Clinique du Parc"])
    assert reached(practice, "claire") == {people.garnier.doctor}
    sites.assign(practice, people.archives, "garnier", "Clinique du Parc", leaves=True)
    assert reached(practice, "claire") == frozenset()
    members.change_scope(practice, people.archives, "claire", everyone=True)
    assert reached(practice, "claire") is None
    assert known(practice, "claire").doctors == ()


def test_an_unknown_name_in_a_scope_changes_nothing(practice: Practice, people: People):
    members.change_scope(practice, people.archives, "claire", everyone=False, of=["lambert"])
    with pytest.raises(NotFound):
        members.change_scope(practice, people.archives, "claire", everyone=False, of=["garnier"], at=["nulle part"])
    assert reached(practice, "claire") == {people.lambert.doctor}


def test_only_a_secretary_has_a_scope(practice: Practice, people: People):
    with pytest.raises(BadAccount):
        members.change_scope(practice, people.archives, "lambert", everyone=True)


def test_an_account_that_is_limited_sees_nobody_s_work(practice: Practice, people: People):
    asked = {"login": "anne", "name": "Anne", "role": "secretary", "password": PASSWORD}
    members.add(practice, people.archives, **asked, everyone=False)
    assert reached(practice, "anne") == frozenset()


def test_a_role_changes_with_the_doctor_it_names(practice: Practice, people: People):
    members.change_role(practice, people.archives, "claire", role="intern", doctor="garnier")
    assert known(practice, "claire").doctor == people.garnier.doctor
    members.change_role(practice, people.archives, "claire", role="locum")
    assert known(practice, "claire").role == "locum"
    members.change_role(practice, people.archives, "claire", role="secretary")
    assert (known(practice, "claire").doctor, known(practice, "claire").everyone) == ("", False)
    for role, doctor in (("doctor", ""), ("secretary", "lambert"), ("chef", "")):
        with pytest.raises(BadAccount):
            members.change_role(practice, people.archives, "claire", role=role, doctor=doctor)


def test_the_account_of_a_doctor_who_left_stays_closed(practice: Practice, people: People):
    leaving.leave(practice, people.technique, "garnier")
    with pytest.raises(leaving.doctors.BadDoctor):
        members.reopen(practice, people.archives, "garnier")
    leaving.come_back(practice, people.technique, "garnier")
    members.reopen(practice, people.archives, "garnier")
    assert known(practice, "garnier").active


def test_a_role_that_changes_takes_pools_and_covers_away_for_good(practice: Practice, people: People):
    join(practice, "karim", "secretary", everyone=False)
    pools.add(practice, people.archives, name="Pool cardio")
    pools.assign(practice, people.archives, "Pool cardio", of=["garnier"], to=["karim"])
    away(practice, people.claire, "claire", "karim")
    assert known(practice, "karim").pools == ("Pool cardio",)
    assert now(practice, "karim").doctors is None
    for role in ("archivist", "secretary"):
        members.change_role(practice, people.archives, "karim", role=role)
    assert now(practice, "karim").doctors == frozenset()


def test_a_cover_ends_with_the_account_it_is_for_and_does_not_come_back_with_it(practice: Practice, people: People):
    join(practice, "karim", "secretary", everyone=False)
    away(practice, people.claire, "claire", "karim")
    members.close(practice, people.archives, "claire")
    assert now(practice, "karim").doctors == frozenset()
    members.reopen(practice, people.archives, "claire")
    assert now(practice, "karim").doctors == frozenset()
