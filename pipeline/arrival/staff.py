"""Who is in the practice, as routing looks at it: doctors with their folders and delays, dictaphones' authors."""

import sqlalchemy as sa

from pipeline import kinds, locked, routing, tables
from pipeline.practice import Practice


def staff(connection: sa.Connection) -> routing.Staff:
    """The doctors, those who have left included, and whose each dictaphone is."""
    doctor = tables.doctor
    return routing.Staff(
        doctors=tuple(
            routing.Doctor(
                id=row["id"], folder=row["folder"] or "", active=row["active"], delay_hours=row["delay_hours"]
            )
            for row in connection.execute(sa.select(doctor)).mappings()
        ),
        authors=locked.authors(connection),
    )


def rule_problems(practice: Practice) -> tuple[str, ...]:
    """What is wrong with the rules of intake, in French; a part that is wrong is not applied, and stops nothing."""
    rules = practice.settings.intake.rules
    if not rules:
        return ()
    with practice.look() as connection:
        people = staff(connection)
    known = {kind.name for kind in kinds.usable([practice.place("templates")])} if any(r.kind for r in rules) else ()
    return routing.problems(rules, staff=people, kinds=known)
