"""Pools: who is in them, who may say so, what becomes of them when someone leaves."""

from dataclasses import asdict

import pytest
import sqlalchemy as sa

from pipeline import accounts, tables
from pipeline.access import OPERATOR
from pipeline.errors import AccessDenied, NotFound
from pipeline.people import leaving, pools
from pipeline.people.pools import BadPool
from pipeline.practice import Practice
from tests.fakes import People
from tests.pipeline.cast import join, now


@pytest.fixture
def cardio(practice: Practice, people: People) -> str:
    """A pool that serves Lambert; Anne, who works for nobody else, is in it."""
    join(practice, "anne", "secretary", everyone=False)
    key = pools.add(practice, people.archives, name=" Pool   cardio ")
    return pools.assign(practice, people.archives, key, of=["lambert"], to=[" Anne "])


def known(practice: Practice) -> list[dict]:
    return [asdict(one) for one in pools.listing(practice, OPERATOR)]


def links(practice: Practice) -> int:
    with practice.look() as connection:
        found = (connection.execute(sa.select(link)).all() for link in (tables.pool_doctor, tables.pool_member))
        return sum(map(len, found))


def test_a_list_tells_who_is_in_each_pool(practice: Practice, people: People, cardio: str):
    pools.add(practice, people.archives, name="Accueil")
    doctor = {"id": people.lambert.doctor, "name": "Dr Hélène Lambert", "active": True}
    secretary = {"login": "anne", "name": "Anne", "active": True}
    assert [(one["name"], one["doctors"], one["secretaries"]) for one in known(practice)] == [
        ("Accueil", (), ()),
        ("Pool cardio", (doctor,), (secretary,)),
    ]


def test_someone_is_put_once_and_taken_out_by_the_name_of_the_pool(practice: Practice, people: People, cardio: str):
    pools.assign(practice, people.archives, "POOL CARDIO", of=["lambert"], to=["anne"])
    assert links(practice) == 2
    pools.assign(practice, people.archives, "pool cardio", of=["Lambert"], leaves=True)
    assert now(practice, "anne").doctors == frozenset()
    assert links(practice) == 1


def test_an_unknown_name_changes_nothing(practice: Practice, people: People, cardio: str):
    for words in ({"of": ["garnier", "nobody"]}, {"of": ["garnier"], "to": ["nobody"]}):
        with pytest.raises(NotFound):
            pools.assign(practice, people.archives, "pool cardio", **words)
    with pytest.raises(NotFound):
        pools.assign(practice, people.archives, "un autre", of=["garnier"])
    assert links(practice) == 2


@pytest.mark.parametrize("login", ["lambert", "archives", "technique", "claire"])
def test_only_a_secretary_whose_account_is_open_joins(practice: Practice, people: People, cardio: str, login: str):
    with practice.begin() as connection:
        accounts.close(connection, "claire")
    with pytest.raises(BadPool) as refused:
        pools.assign(practice, people.archives, "pool cardio", to=[login])
    assert "secrétaires dont le compte est ouvert" in refused.value.advice
    assert links(practice) == 2


def test_a_name_is_needed_and_is_one_pool_s(practice: Practice, people: People, cardio: str):
    for name in ("", "  ", "pôol CARDIO"):
        with pytest.raises(BadPool):
            pools.add(practice, people.archives, name=name)
    assert len(known(practice)) == 1


def test_a_pool_that_serves_is_removed_only_when_it_is_said_twice(practice: Practice, people: People, cardio: str):
    with pytest.raises(BadPool) as refused:
        pools.remove(practice, people.archives, "pool cardio")
    assert "--yes" in refused.value.advice
    assert now(practice, "anne").doctors == {people.lambert.doctor}
    pools.remove(practice, people.archives, "pool cardio", even_full=True)
    assert (known(practice), links(practice)) == ([], 0)
    empty = pools.add(practice, people.archives, name="Pool cardio")
    assert pools.remove(practice, people.archives, empty) == empty


def test_a_doctor_who_leaves_keeps_who_types_what_they_left_and_takes_nobody_new(
    practice: Practice, people: People, cardio: str
):
    leaving.leave(practice, people.technique, "lambert")
    assert now(practice, "anne").doctors == {people.lambert.doctor}
    assert [one["active"] for one in known(practice)[0]["doctors"]] == [False]
    with pytest.raises(BadPool):
        pools.remove(practice, people.archives, "pool cardio")
    pools.assign(practice, people.archives, "pool cardio", of=["lambert"], leaves=True)
    with pytest.raises(leaving.doctors.BadDoctor):
        pools.assign(practice, people.archives, "pool cardio", of=["lambert"])


def test_whoever_must_be_told_again_whom_they_work_for_is_in_no_pool(practice: Practice, people: People, cardio: str):
    pools.assign(practice, people.archives, pools.add(practice, people.archives, name="Deux"), to=["anne"])
    with practice.begin() as connection:
        pools.leave_all(connection, people.archives, now(practice, "anne").id)
    assert now(practice, "anne").doctors == frozenset()
    assert [one["secretaries"] for one in known(practice)] == [(), ()]


def test_only_the_archivist_changes_pools_and_all_the_staff_sees_them(practice: Practice, people: People, cardio: str):
    for other in (people.claire, people.lambert, people.technique, OPERATOR):
        assert len(pools.listing(practice, other)) == 1
        assert pools.today(practice, other)
        with pytest.raises(AccessDenied):
            pools.add(practice, other, name="Mien")
        with pytest.raises(AccessDenied):
            pools.assign(practice, other, cardio, of=["garnier"], to=["claire"])
        with pytest.raises(AccessDenied):
            pools.remove(practice, other, cardio, even_full=True)
    assert links(practice) == 2
