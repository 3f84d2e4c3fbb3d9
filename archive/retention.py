"""How long a document must be kept: computed from what happened to the patient, never stamped once.

The law counts from the *last* visit, for the whole file, so every new visit moves every document of the patient.
Dates are the practice's civil dates. The rules, and where they come from:

- years after the last visit: CSP art. R. 1112-7 (20, establishments; a minimum); CNOM 2009 and CNIL 2020-081 (20,
  practices). Each visit runs its own period, so that no later fact can bring the end forward.
- until the 28th birthday (R. 1112-7). A birth date that is unknown is taken as the day of the first visit: the latest
  it can be.
- 10 years after a death that comes less than 10 years after the last visit (R. 1112-7: « dans tous les cas », so in
  an establishment it replaces the two rules above and may shorten them; elsewhere it only lengthens).
- 30 years after each transfusion (instruction of 14 August 2007, directive 2005/61/EC).
- a claim or a lawsuit stops every clock, which starts again when it ends (R. 1112-7, C. civ. art. 2230). While one is
  open, no end can be told.
- a hold always keeps.

What contradicts itself is not decided here: a person decides. Pure; knows neither tables nor documents.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from archive.records import PatientEvent, Retention, Status
from archive.schedules import Schedule

_Span = tuple[date, date]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Clock:
    """A period that runs from `start` and would end on `end` if nothing stopped it."""

    code: str
    start: date
    end: date
    rule: str


def compute(
    events: Iterable[PatientEvent], *, birth: date | None, schedule: Schedule, today: date, held: bool = False
) -> Retention:
    """Compute how long a document of this patient must be kept, as seen on `today`.

    `held` tells that a hold covers the document. The same facts always give the same `until`, whatever `today` is.
    """
    events = list(events)
    name = f"{schedule.name}/{schedule.version}"
    if doubt := _contradiction(events, birth):
        return Retention(
            until=None, rule=doubt, rules=("contradiction",), held=held, status="À trancher", schedule=name
        )
    stops, open_since = _suspensions(events)
    ends = [(_run(clock, stops, open_since), clock) for clock in _clocks(events, birth, schedule)]
    until, decisive = max(ends, key=lambda pair: (pair[0] or date.max, pair[1].end))
    return Retention(
        until=until,
        rule=_sentence(decisive.rule, frozen=open_since is not None, held=held),
        rules=tuple(dict.fromkeys([decisive.code, *(clock.code for _, clock in ends)])),
        held=held or open_since is not None,
        status=_status(until, today, held=held or open_since is not None),
        schedule=name,
    )


def add_years(day: date, years: int) -> date:
    """Give the same day some years later; 29 February becomes 1 March where it does not exist, never shorter."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def _clocks(events: Sequence[PatientEvent], birth: date | None, schedule: Schedule) -> list[_Clock]:
    visits = sorted({event.date for event in events if event.kind == "visit"})
    given = {event.date for event in events if event.kind == "transfusion"}
    death = next((event.date for event in events if event.kind == "death"), None)
    passed_away = _death(death, visits[-1], schedule) if death else []
    lifetime = [_visit(day, schedule) for day in visits] + [_youth(birth, visits, schedule)]
    transfusions = [_transfusion(day, schedule) for day in sorted(given)]
    return (passed_away if passed_away and schedule.death_replaces else lifetime + passed_away) + transfusions


def _visit(day: date, schedule: Schedule) -> _Clock:
    rule = f"{schedule.years} ans après le dernier passage ({day:%d/%m/%Y}) : {schedule.why}"
    return _Clock(code="last-visit", start=day, end=add_years(day, schedule.years), rule=rule)


def _youth(birth: date | None, visits: Sequence[date], schedule: Schedule) -> _Clock:
    born = birth or visits[0]
    known = "" if birth else ", date de naissance inconnue comptée au premier passage"
    rule = f"jusqu'au {schedule.minor_until}e anniversaire{known} : article R. 1112-7 du code de la santé publique"
    return _Clock(code="birthday", start=born, end=add_years(born, schedule.minor_until), rule=rule)


def _death(death: date, last_visit: date, schedule: Schedule) -> list[_Clock]:
    """Give the period after a death, if it comes soon enough after the last visit; a letter may come after it."""
    if death >= add_years(last_visit, schedule.death_years):
        return []
    start = max(death, last_visit) if schedule.death_replaces else death
    rule = (
        f"{schedule.death_years} ans après le décès ({death:%d/%m/%Y}) : article R. 1112-7 du code de la santé publique"
    )
    return [_Clock(code="death", start=start, end=add_years(start, schedule.death_years), rule=rule)]


def _transfusion(day: date, schedule: Schedule) -> _Clock:
    rule = f"{schedule.transfusion_years} ans après une transfusion ({day:%d/%m/%Y}) : instruction du 14 août 2007"
    return _Clock(code="transfusion", start=day, end=add_years(day, schedule.transfusion_years), rule=rule)


def _contradiction(events: Sequence[PatientEvent], birth: date | None) -> str:
    """Say, in French, what a person must decide before anything can be computed; an empty string when nothing."""
    deaths = {event.date for event in events if event.kind == "death"}
    if not any(event.kind == "visit" for event in events):
        return "Date du dernier passage inconnue : une personne doit trancher."
    if len(deaths) > 1:
        return "Deux dates de décès différentes : une personne doit trancher."
    if birth and any(event.date < birth for event in events):
        return "Un événement est daté d'avant la naissance : une personne doit trancher."
    if any(event.end and event.end < event.date for event in events):
        return "Un recours se termine avant d'avoir commencé : une personne doit trancher."
    return ""


def _suspensions(events: Sequence[PatientEvent]) -> tuple[list[_Span], date | None]:
    """Give the closed suspensions, overlapping ones as one, and the day the first open one began."""
    suspended = [event for event in events if event.kind == "suspension"]
    open_since = min((event.date for event in suspended if event.end is None), default=None)
    merged: list[_Span] = []
    for start, end in sorted((event.date, event.end) for event in suspended if event.end):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged, open_since


def _run(clock: _Clock, stops: Sequence[_Span], open_since: date | None) -> date | None:
    """Tell when a clock ends once stopped for every suspension that falls while it runs; None when it is stopped."""
    end = clock.end
    for start, restart in stops:
        if start >= end:
            break
        end += timedelta(days=max(0, (restart - max(start, clock.start)).days))
    return None if open_since and open_since < end else end


def _sentence(rule: str, *, frozen: bool, held: bool) -> str:
    reasons = [rule[0].upper() + rule[1:]]
    if frozen:
        reasons.append("délai suspendu par un recours en cours")
    if held:
        reasons.append("gel en cours")
    return " ; ".join(reasons) + "."


def _status(until: date | None, today: date, *, held: bool) -> Status:
    if until is None or until > today:
        return "Conservation prolongée" if until is None else "À conserver"
    return "Conservation prolongée" if held else "Éliminable"
