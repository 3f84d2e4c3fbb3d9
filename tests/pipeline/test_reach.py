"""Whom an account reaches, read when it acts: scopes, sites, delegations of a day to a day."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from archive.ids import new_id
from pipeline import accounts, opening, reach, store, tables
from pipeline.access import Actor, may
from pipeline.people import absences, deputies, doctors, members, pools
from pipeline.practice import Practice
from pipeline.settings import Settings
from tests.fakes import CODE, PASSWORD, People
from tests.pipeline.cast import document, join, now, patient, row
from tests.pipeline.lived import needs_postgres, servers


def at(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    monkeypatch.setattr(store, "now", lambda: moment)


def test_a_secretary_of_everyone_sees_what_has_no_doctor_and_a_scoped_one_sees_nobody_at_first(practice: Practice):
    join(practice, "anne", "secretary", everyone=False)
    assert now(practice, "claire").doctors is None
    assert now(practice, "anne").doctors == frozenset()


def test_a_scope_is_doctors_and_sites_as_they_are_now_and_its_end_leaves_nothing(practice: Practice, people: People):
    first, second = str(people.lambert.doctor), str(people.garnier.doctor)
    with practice.begin() as connection:
        connection.execute(tables.site.insert().values(id="S", name="Nord"))
        accounts.add_scope(connection, "claire", doctor=first)
        accounts.add_scope(connection, "claire", doctor=first)
        accounts.add_scope(connection, "claire", site="S")
    assert now(practice, "claire").doctors == {first}
    with practice.begin() as connection:
        connection.execute(tables.doctor_site.insert().values(doctor=second, site="S"))
    assert now(practice, "claire").doctors == {first, second} == now(practice, "claire").archive
    with practice.begin() as connection:
        accounts.remove_scope(connection, "claire", site="S")
        accounts.remove_scope(connection, "claire", doctor=first)
    assert now(practice, "claire").doctors == frozenset()


def test_a_delegation_runs_from_its_first_day_to_its_last_in_the_practice_s_time_zone(
    practice: Practice, people: People, monkeypatch: pytest.MonkeyPatch
):
    locum = join(practice, "remi", "locum")
    principal = str(people.lambert.doctor)
    at(monkeypatch, datetime(2026, 5, 1, tzinfo=UTC))
    deputies.add(
        practice, people.lambert, deputy=str(locum.doctor), principal=principal, begins=date(2026, 5, 4),
        until=date(2026, 5, 8), signs=True,
    )  # fmt: skip
    expected = {
        datetime(2026, 5, 3, 21, 59, tzinfo=UTC): False,  # 23 h 59 in Paris, the day before
        datetime(2026, 5, 3, 22, 0, tzinfo=UTC): True,
        datetime(2026, 5, 8, 21, 59, tzinfo=UTC): True,
        datetime(2026, 5, 8, 22, 0, tzinfo=UTC): False,
    }
    for moment, reached in expected.items():
        at(monkeypatch, moment)
        assert (principal in (now(practice, "remi").doctors or ())) == reached, moment
        assert (principal in now(practice, "remi").signs_for) == reached, moment
        assert str(locum.doctor) in now(practice, "remi").signs_for


def test_a_delegation_that_is_ended_closes_at_once(practice: Practice, people: People):
    locum, today = join(practice, "remi", "locum"), store.now().date()
    key = deputies.add(
        practice, people.lambert, deputy=str(locum.doctor), principal=str(people.lambert.doctor), begins=today,
        until=today + timedelta(days=9),
    )  # fmt: skip
    assert now(practice, "remi").doctors == {locum.doctor, people.lambert.doctor}
    assert now(practice, "remi").signs_for == {locum.doctor}
    deputies.end(practice, people.lambert, key)
    assert now(practice, "remi").doctors == {locum.doctor}


def test_what_an_intern_wrote_for_a_doctor_stays_theirs_to_sign_after_the_intern_has_gone(
    practice: Practice, people: People, monkeypatch: pytest.MonkeyPatch
):
    intern, today = join(practice, "ines", "intern"), store.now().date()
    deputies.add(
        practice, people.lambert, deputy=str(intern.doctor), principal=str(people.lambert.doctor), begins=today,
        until=today,
    )  # fmt: skip
    during = row(practice, document(practice, intern.doctor, written=today))
    after = row(practice, document(practice, intern.doctor, written=today + timedelta(days=1)))
    later = store.now() + timedelta(days=40)
    at(monkeypatch, later)
    principal = now(practice, "lambert")
    assert may(principal, "document.sign", during)
    assert not may(principal, "review.show", after)
    assert not may(now(practice, "garnier"), "review.show", during)


def test_the_archive_is_shared_among_doctors_unless_the_setting_says_otherwise(practice: Practice, people: People):
    strict = Settings.model_validate({"access": {"doctors_share_archive": False}})
    with practice.look() as connection:
        assert accounts.actor(connection, "lambert", settings=practice.settings).archive is None
        assert accounts.actor(connection, "lambert", settings=strict).archive == {people.lambert.doctor}
        assert accounts.actor(connection, "lambert").archive == {people.lambert.doctor}  # nothing said: nothing shared


def test_a_locum_reads_the_shared_archive_while_standing_in_for_someone_only(practice: Practice, people: People):
    locum, today = join(practice, "remi", "locum"), store.now().date()
    assert locum.archive == {locum.doctor}
    deputies.add(
        practice, people.lambert, deputy=str(locum.doctor), principal=str(people.lambert.doctor), begins=today,
        until=today,
    )  # fmt: skip
    assert now(practice, "remi").archive is None


def test_a_glass_and_a_name_count_while_they_stand(practice: Practice, people: People):
    key = document(practice, people.lambert.doctor)
    moment = store.now()
    one = patient(practice)
    with practice.begin() as connection:
        for until in (moment + timedelta(hours=1), moment - timedelta(seconds=1)):
            values = {"id": new_id(), "user": people.garnier.id, "patient": one.id, "reason": "x", "at": moment}
            connection.execute(tables.glass.insert().values(until=until, **values))
        connection.execute(tables.document_reader.insert().values(document=key, user=people.garnier.id))
    found = now(practice, "garnier")
    assert (found.glass, found.reads) == ({one.id}, {key})
    with practice.begin() as connection:
        connection.execute(tables.glass.update().values(until=moment))
    assert now(practice, "garnier").glass == frozenset()


def test_only_a_doctor_all_of_whose_accounts_are_an_intern_s_is_an_intern(practice: Practice, people: People):
    intern = join(practice, "ines", "intern")
    with practice.look() as connection:
        assert reach.is_intern(connection, str(intern.doctor))
        assert not reach.is_intern(connection, str(people.lambert.doctor))
        assert not reach.is_intern(connection, "NOBODY")


# --- secretaries: pools and covers ------------------------------------------------------------------------------------


@pytest.fixture
def team(practice: Practice, people: People) -> tuple[str, str]:
    """Anne works for Lambert, Karim for nobody, Zoé for nobody but by the pool of Garnier; gives both doctors' ids."""
    for login in ("anne", "karim", "zoe"):
        join(practice, login, "secretary", everyone=False)
    members.change_scope(practice, people.archives, "anne", everyone=False, of=["lambert"])
    pools.add(practice, people.archives, name="Pool")
    pools.assign(practice, people.archives, "pool", of=["garnier"], to=["zoe"])
    return str(people.lambert.doctor), str(people.garnier.doctor)


def away(practice: Practice, by: Actor, who: str, cover: str = "", *, begins: int = 0, days: int = 7) -> str:
    """Write that someone is away from so many days on, for so many days."""
    today = store.now().astimezone(practice.settings.zone).date()
    return absences.add(
        practice, by, user=now(practice, who).id, cover=now(practice, cover).id if cover else "",
        begins=today + timedelta(days=begins), until=today + timedelta(days=begins + days),
    )  # fmt: skip


def test_a_secretary_reaches_her_own_doctors_and_those_of_her_pools(
    practice: Practice, people: People, team: tuple[str, str]
):
    lambert, garnier = team
    assert now(practice, "zoe").doctors == {garnier} == now(practice, "zoe").archive
    pools.assign(practice, people.archives, "Pool", to=["anne"])
    assert now(practice, "anne").doctors == {lambert, garnier}
    pools.assign(practice, people.archives, "Pool", to=["anne"], leaves=True)
    assert now(practice, "anne").doctors == {lambert}
    pools.remove(practice, people.archives, "Pool", even_full=True)
    assert now(practice, "zoe").doctors == frozenset()
    assert now(practice, "claire").doctors is None


def test_a_pool_is_nothing_to_an_account_that_is_no_secretary_s_any_more(
    practice: Practice, people: People, team: tuple[str, str]
):
    with practice.begin() as connection:
        connection.execute(tables.user.update().where(tables.user.c.login == "zoe").values(role="archivist"))
    assert now(practice, "zoe").doctors == frozenset()


def test_a_cover_runs_from_the_first_day_to_the_last_in_the_practice_s_time_zone(
    practice: Practice, people: People, team: tuple[str, str], monkeypatch: pytest.MonkeyPatch
):
    lambert, _ = team
    at(monkeypatch, datetime(2026, 5, 1, tzinfo=UTC))
    anne, karim = now(practice, "anne"), now(practice, "karim")
    absences.add(practice, anne, user=anne.id, cover=karim.id, begins=date(2026, 5, 4), until=date(2026, 5, 8))
    expected = {
        datetime(2026, 5, 3, 21, 59, tzinfo=UTC): frozenset(),  # 23 h 59 in Paris, the day before
        datetime(2026, 5, 3, 22, 0, tzinfo=UTC): {lambert},
        datetime(2026, 5, 8, 21, 59, tzinfo=UTC): {lambert},
        datetime(2026, 5, 8, 22, 0, tzinfo=UTC): frozenset(),
    }
    for moment, reached in expected.items():
        at(monkeypatch, moment)
        assert now(practice, "karim").doctors == reached == now(practice, "karim").archive, moment
        assert now(practice, "anne").doctors == {lambert}, moment


def test_a_cover_reaches_the_pools_of_the_absent_too_and_ends_at_once(
    practice: Practice, people: People, team: tuple[str, str]
):
    key = away(practice, now(practice, "zoe"), "zoe", "karim")
    assert now(practice, "karim").doctors == {team[1]}
    absences.end(practice, now(practice, "zoe"), key)
    assert now(practice, "karim").doctors == frozenset()


def test_covering_for_whoever_works_for_everyone_is_working_for_everyone_and_only_then(
    practice: Practice, people: People, team: tuple[str, str]
):
    away(practice, people.claire, "claire", "karim", begins=1)
    assert now(practice, "karim").doctors == frozenset()
    away(practice, people.archives, "anne", "karim", days=0)
    assert now(practice, "karim").doctors == {team[0]}
    with practice.begin() as connection:
        connection.execute(tables.absence.update().values(begins=date(2020, 1, 1)))
    assert now(practice, "karim").doctors is None


def test_what_someone_covers_is_not_lent_on(practice: Practice, people: People, team: tuple[str, str]):
    """Karim covers for Zoé, who covers for Anne: Anne's doctor is not Karim's to read."""
    away(practice, now(practice, "anne"), "anne", "zoe", days=20)
    assert now(practice, "zoe").doctors == set(team)
    away(practice, now(practice, "zoe"), "zoe", "karim", begins=0, days=3)
    assert now(practice, "karim").doctors == {team[1]}


def test_two_who_cover_for_each_other_reach_each_other_s_own_doctors_and_no_more(
    practice: Practice, people: People, team: tuple[str, str]
):
    today = store.now().astimezone(practice.settings.zone).date()
    with practice.begin() as connection:  # the days of each refuse it; a table that says so must not loop
        for one, other in (("anne", "zoe"), ("zoe", "anne")):
            values = {"user": now(practice, one).id, "cover": now(practice, other).id, "begins": today, "until": today}
            connection.execute(tables.absence.insert().values(id=new_id(), by="test", **values))
    assert now(practice, "anne").doctors == set(team) == now(practice, "zoe").doctors
    with practice.look() as connection:
        gone = {one.doctor: [typist.login for typist in one.typists] for one in reach.served(connection, today)}
    assert gone == {doctor: ["claire"] for doctor in team}


@pytest.mark.parametrize("values", [{"active": False}, {"role": "archivist"}, {"role": "technical"}])
def test_covering_for_an_account_that_is_closed_or_no_secretary_s_opens_nothing(
    practice: Practice, people: People, team: tuple[str, str], values: dict[str, object]
):
    away(practice, people.claire, "claire", "karim")
    away(practice, people.archives, "anne", "karim")
    assert now(practice, "karim").doctors is None
    with practice.begin() as connection:
        mine = tables.user.c.login.in_(("claire", "anne"))
        connection.execute(tables.user.update().where(mine).values(**values))
    assert now(practice, "karim").doctors == frozenset()


def test_a_cover_opens_no_restricted_document_not_even_one_the_absent_was_named_for(
    practice: Practice, people: People, team: tuple[str, str]
):
    plain, secret = (document(practice, team[0], restricted=restricted) for restricted in (False, True))
    with practice.begin() as connection:
        connection.execute(tables.document_reader.insert().values(document=secret, user=now(practice, "anne").id))
    away(practice, now(practice, "anne"), "anne", "karim")
    seen = {key: may(now(practice, "karim"), "review.show", row(practice, key)) for key in (plain, secret)}
    assert seen == {plain: True, secret: False}
    assert may(now(practice, "anne"), "review.show", row(practice, secret))


def typing(practice: Practice, *, days: int = 0) -> dict[str, list[tuple[str, tuple[str, ...]]]]:
    """Who types for whom, by the doctor's name."""
    day = store.now().astimezone(practice.settings.zone).date() + timedelta(days=days)
    with practice.look() as connection:
        return {
            one.name: [(typist.login, typist.ways) for typist in one.typists] for one in reach.served(connection, day)
        }


def left(practice: Practice, *, days: int = 0) -> list[str]:
    """The doctors nobody types for, by name."""
    day = store.now().astimezone(practice.settings.zone).date() + timedelta(days=days)
    with practice.look() as connection:
        return [one.name for one in reach.orphans(connection, day)]


def test_who_types_for_whom_says_by_which_way(practice: Practice, people: People, team: tuple[str, str]):
    pools.assign(practice, people.archives, "Pool", of=["lambert"], to=["anne"])
    away(practice, people.archives, "zoe", "karim")
    assert typing(practice) == {
        "Dr Hélène Lambert": [("anne", ("own", "pool")), ("claire", ("own",)), ("karim", ("cover",))],
        "Dr Paul Garnier": [("anne", ("pool",)), ("claire", ("own",)), ("karim", ("cover",))],
    }
    assert [login for login, _ in typing(practice, days=8)["Dr Paul Garnier"]] == ["anne", "claire", "zoe"]


def test_who_reaches_is_who_is_said_to_type(practice: Practice, people: People, team: tuple[str, str]):
    """The two sides of the same question agree: what the list says is what each account opens."""
    away(practice, people.archives, "zoe", "karim")
    away(practice, people.archives, "claire", "anne")
    there = {login: now(practice, login).doctors for login in ("anne", "karim")}
    said = typing(practice)
    for doctor, name in zip(team, ("Dr Hélène Lambert", "Dr Paul Garnier"), strict=True):
        reached = {login for login, doctors in there.items() if doctors is None or doctor in doctors}
        assert reached == {login for login, _ in said[name]}


def test_a_doctor_nobody_present_types_for_is_told(practice: Practice, people: People, team: tuple[str, str]):
    assert left(practice) == []
    away(practice, people.claire, "claire")
    away(practice, people.archives, "zoe", begins=2)
    assert (left(practice), left(practice, days=2)) == ([], ["Dr Paul Garnier"])
    with practice.begin() as connection:
        accounts.close(connection, "anne")
    assert left(practice) == ["Dr Hélène Lambert"]
    with practice.begin() as connection:
        connection.execute(tables.doctor.update().where(tables.doctor.c.id == team[0]).values(active=False))
    assert left(practice) == []


def test_a_cover_who_is_away_too_types_for_nobody(practice: Practice, people: People, team: tuple[str, str]):
    away(practice, people.claire, "claire")
    away(practice, people.archives, "zoe", "karim")
    assert left(practice) == []
    away(practice, people.archives, "karim")
    assert left(practice) == ["Dr Paul Garnier"]


def test_a_practice_without_a_secretary_types_by_itself(practice: Practice, people: People):
    with practice.begin() as connection:
        accounts.close(connection, "claire")
    assert left(practice) == []


def test_a_locum_waits_for_a_typist_only_while_they_work_here(
    practice: Practice, people: People, team: tuple[str, str]
):
    with practice.begin() as connection:
        accounts.close(connection, "claire")
    locum, today = join(practice, "remi", "locum"), store.now().astimezone(practice.settings.zone).date()
    assert left(practice) == []
    deputies.add(
        practice, people.lambert, deputy=str(locum.doctor), principal=str(people.lambert.doctor), begins=today,
        until=today,
    )  # fmt: skip
    assert (left(practice), left(practice, days=1)) == (["Dr Remi"], [])


@needs_postgres
@pytest.mark.postgres
def test_pools_and_covers_are_the_same_on_postgresql(tmp_path: Path):
    with servers("work", "keys") as urls:
        storage = f'[storage]\ndatabase = "{urls["work"]}"\nvault = "{urls["keys"]}"\n'
        place = opening.new_practice(tmp_path / "h", name="Hôpital d'essai", settings_text=storage)
        archivist = members.stand_in("archivist")
        key = doctors.add(place, members.stand_in("technical"), name="Anne Petit", folder="petit", code=CODE).id
        for login in ("zoe", "karim"):
            asked = {"login": login, "name": login, "role": "secretary", "password": PASSWORD, "everyone": False}
            members.add(place, archivist, **asked)
        pools.add(place, archivist, name="Pool")
        for _ in range(2):
            pools.assign(place, archivist, "pool", of=["petit"], to=["zoe"])
        away(place, archivist, "zoe", "karim")
        assert now(place, "karim").doctors == {key}
        assert typing(place) == {"Dr Anne Petit": [("karim", ("cover",))]}
        pools.remove(place, archivist, "pool", even_full=True)
        assert (now(place, "karim").doctors, left(place)) == (frozenset(), ["Dr Anne Petit"])
        place.close()
