"""What would bring a practice back: recovery sheets for the key in use, backups, and the proof that they restore."""

from collections.abc import Iterator
from datetime import timedelta

import sqlalchemy as sa

from archive.tables import practice_key
from pipeline import tables
from pipeline.machine.diagnostic.findings import Finding, Ground, fix, well


def sheets(ground: Ground) -> Iterator[Finding]:
    """Whether recovery sheets were made for the key in use."""
    if ground.practice is None:
        return
    about, todo = "Feuilles de secours", "Imprimez-les avec « copiste keys sheets » et gardez-les en trois endroits."
    query = sa.select(practice_key).where(practice_key.c.retired.is_(None)).order_by(practice_key.c.since.desc())
    with ground.practice.vault.connect() as connection:
        key = connection.execute(query).mappings().first()
    if key is None or key["sheets_at"] is None:
        yield fix(about, "aucune pour la clé en usage : si cette machine est perdue, tout est perdu.", todo)
        return
    yield well(about, f"préparées le {key['sheets_at'].astimezone(ground.practice.settings.zone):%d/%m/%Y}.")


def backups(ground: Ground) -> Iterator[Finding]:
    """How old the last backup is that was read again and proven to restore: another is a hope, not a backup."""
    if ground.practice is None:
        return
    about, rules, table = "Sauvegardes", ground.practice.settings.backup, tables.backup
    if not rules.folder:
        yield fix(about, "aucune n'est faite d'office.", "Réglez [backup] folder sur un autre disque que celui-ci.")
    with ground.practice.look() as connection:
        proven = sa.and_(table.c.verified.is_not(None), table.c.at <= ground.now)  # a clock may have run ahead
        made = connection.scalar(sa.select(sa.func.max(table.c.at)).where(proven))
    if made is None:
        yield fix(about, "il n'y en a encore aucune de sûre.", "Faites la première avec « copiste backup DOSSIER ».")
        return
    age = ground.now - made
    found = f"la dernière qui a été relue a {_age(age)}."
    if age > timedelta(hours=2 * rules.every_hours):
        yield fix(about, found, "Vérifiez que le disque de sauvegarde est branché, puis lancez « copiste backup ».")
    else:
        yield well(about, found)


def _age(age: timedelta) -> str:
    days = age.days
    if days:
        return f"{days} jour{'s' if days > 1 else ''}"
    hours = int(age.total_seconds() // 3600)
    return f"{hours} h" if hours else "moins d'une heure"
