import pytest

from archive.errors import ScheduleUnknown
from archive.schedules import schedule, schedules


def test_the_three_schedules_are_there_each_version_once() -> None:
    known = [(one.name, one.version) for one in schedules()]

    assert {name for name, _ in known} == {"trente", "cabinet", "etablissement"}
    assert len(known) == len(set(known))


def test_only_an_establishment_needs_the_visa_of_the_archives_and_lets_a_death_shorten() -> None:
    assert [one.name for one in schedules() if one.archives_visa] == ["etablissement"]
    assert [one.name for one in schedules() if one.death_replaces] == ["etablissement"]


def test_no_schedule_is_shorter_than_twenty_years() -> None:
    assert min(one.years for one in schedules()) == 20
    assert schedule("trente").years == 30


@pytest.mark.parametrize(("name", "version"), [("dix", None), ("trente", 99)])
def test_an_unknown_schedule_or_version_is_refused(name: str, version: int | None) -> None:
    with pytest.raises(ScheduleUnknown):
        schedule(name, version)
