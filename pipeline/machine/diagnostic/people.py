"""The doctors and accounts, as far as something is missing for them to work."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from pipeline import reach, tables
from pipeline.machine.diagnostic.findings import Finding, Ground, fix, watch, well

SOON = timedelta(days=60)


def doctors(ground: Ground) -> Iterator[Finding]:
    """Doctors who have no folder, no key or no RPPS number."""
    if ground.practice is None:
        return
    found = _active(ground)
    if not found:
        yield fix("Médecins", "il n'y en a aucun.", "Ajoutez-les avec « copiste doctors add ».")
        return
    troubles = [trouble for row in found for trouble in _troubles(row, ground)]
    yield from troubles
    if not troubles:
        yield well("Médecins", f"{len(found)}, chacun avec un dossier, une clé et un numéro RPPS.")


def _troubles(row: Any, ground: Ground) -> Iterator[Finding]:
    who = f"{row['title']} {row['name']}".strip()
    if not row["folder"]:
        yield fix("Médecins", f"{who} n'a pas de dossier.", f"copiste doctors change {row['id']} --folder NOM")
    elif not (ground.home / "inbox" / row["folder"]).is_dir():
        todo = (
            "Recréez-le : c'est là que ce médecin dépose ses dictées (un autre dossier surveillé peut en tenir lieu)."
        )
        yield watch("Médecins", f"le dossier inbox/{row['folder']} n'existe pas.", todo)
    if not row["signing_key"] or not row["certificate"]:
        yield fix("Médecins", f"{who} n'a pas de clé de signature.", f"copiste doctors code {row['id']}")
    if not row["rpps"]:
        yield watch("Médecins", f"{who} n'a pas de numéro RPPS.", f"copiste doctors change {row['id']} --rpps NUMÉRO")


def certificates(ground: Ground) -> Iterator[Finding]:
    """Signing certificates that have ended, or soon will."""
    if ground.practice is None:
        return
    about, ends = "Certificats des médecins", []
    for row in _active(ground):
        if row["certificate"]:
            ends.append(end := _end(row["certificate"]))
            who = f"{row['title']} {row['name']}".strip()
            if end < ground.now:
                todo = f"Refaites sa clé : copiste doctors code {row['id']}"
                yield fix(about, f"celui de {who} est arrivé à son terme le {end:%d/%m/%Y}.", todo)
            elif end < ground.now + SOON:
                yield watch(about, f"celui de {who} se termine le {end:%d/%m/%Y}.", "Refaites sa clé avant cette date.")
    if ends and min(ends) >= ground.now + SOON:
        yield well(about, f"le premier se termine le {min(ends):%d/%m/%Y}.")


def accounts(ground: Ground) -> Iterator[Finding]:
    """Whether someone can proofread for each doctor, and someone sign."""
    if ground.practice is None:
        return
    table = tables.user
    with ground.practice.look() as connection:
        roles = set(connection.scalars(sa.select(table.c.role).where(table.c.active)))
    if "doctor" not in roles:
        yield watch("Comptes", "aucun médecin n'a de compte : personne ne peut signer.", "copiste users add")
    if "technical" not in roles:
        yield watch("Comptes", "aucun compte technique : les comptes ne pourront plus être gérés.", "copiste users add")
    if {"doctor", "technical"} <= roles:
        yield well("Comptes", "les rôles nécessaires sont tenus.")
    yield from _untyped(ground)


def _untyped(ground: Ground) -> Iterator[Finding]:
    """Doctors nobody types for today."""
    assert ground.practice  # the caller looked
    today = ground.now.astimezone(ground.practice.settings.zone).date()
    with ground.practice.look() as connection:
        left = reach.orphans(connection, today)
    for one in left:
        found = f"{one.name} : aucune secrétaire présente aujourd'hui ne travaille pour ce médecin."
        todo = "Voyez « copiste pools who » ; « copiste users scope » ou « copiste pools assign » lui en donne une."
        yield watch("Secrétariat", found, todo)


def _active(ground: Ground) -> list[Any]:
    assert ground.practice  # the callers looked
    table = tables.doctor
    with ground.practice.look() as connection:
        return list(connection.execute(sa.select(table).where(table.c.active).order_by(table.c.name)).mappings())


def _end(pem: str) -> Any:
    from cryptography import x509

    return x509.load_pem_x509_certificate(pem.encode()).not_valid_after_utc
