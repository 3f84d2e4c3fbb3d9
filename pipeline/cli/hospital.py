"""`copiste join`: one more machine for a practice that several machines share."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.terminal import Json, answer


def register(app: typer.Typer) -> None:
    """Put this command at the top level."""
    app.command()(join)


def join(
    folder: Annotated[Path, typer.Argument(metavar="DOSSIER", help="Dossier à créer sur cette machine.")],
    settings: Annotated[Path, typer.Option(metavar="FICHIER", help="Le copiste.toml des autres machines.")],
    key: Annotated[Path, typer.Option(metavar="FICHIER", help="La clé du cabinet (practice.key).")],
    as_json: Json = False,
) -> None:
    """Joindre cette machine à un cabinet qui travaille sur plusieurs machines (PostgreSQL et stockage commun)."""
    from pipeline.safekeeping.join import join as join_practice

    joined = join_practice(folder, settings=settings, key=key)
    lines = [*joined.proofs, *(f"Attention : {one}" for one in joined.differences)]
    lines += [
        f"Cette machine est prête : {joined.home}.",
        "Copiez-y les dossiers templates/ et vocab/ du cabinet s'il en a, puis lancez « copiste watch », "
        "« copiste work » ou « copiste serve » avec --home.",
        "Effacez les copies de la clé qui ont servi au transport.",
    ]
    data = {"home": str(joined.home), "proofs": list(joined.proofs), "differences": list(joined.differences)}
    answer(data, as_json=as_json, text="\n".join(lines))
