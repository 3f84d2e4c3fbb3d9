"""`copiste vocab …`: what a practice adds to the words that Copiste knows."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.terminal import HOME, Home, Json, answer

if TYPE_CHECKING:
    from vocab.lexicon import Lexicon
    from vocab.nomenclatures import Kind
    from vocab.nomenclatures.records import Record

app = typer.Typer(help="Vocabulaire du cabinet.", no_args_is_help=True)
_STOPPED = 130


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FICHIER", help="Fichier, dossier ou archive .zip téléchargés.")],
    kind: Annotated[
        str, typer.Option("--as", help="bdpm, cim10, ccam, csv ou dic ; reconnu d'après le fichier sinon.")
    ] = "",
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Importer une nomenclature officielle ou une liste. Remplace l'import précédent de même nature."""
    from dataclasses import asdict
    from datetime import datetime

    from vocab import nomenclatures

    with _explained():
        done = nomenclatures.import_source(
            file, folder=_folder(home), kind=_kind(kind), now=datetime.now().astimezone()
        )
    lines = [_line(done.record), *(f"Attention : {warning}" for warning in done.warnings)]
    answer({**asdict(done.record), "warnings": list(done.warnings)}, as_json=as_json, text="\n".join(lines))


def _kind(word: str) -> "Kind | None":
    from vocab import nomenclatures

    kinds: dict[str, Kind] = {kind: kind for kind in nomenclatures.KINDS}
    if word and word not in kinds:
        raise typer.BadParameter(", ".join(kinds), param_hint="--as")
    return kinds.get(word)


@app.command("add")
def add(
    term: Annotated[str, typer.Argument(metavar="TERME", help="Le mot ou l'expression, tels qu'ils s'écrivent.")],
    kind: Annotated[str, typer.Option(help="Genre : terme, substance, marque, examen, signe, maladie…")] = "terme",
    said: Annotated[list[str] | None, typer.Option(help="Comment on le dit, en lettres ; peut être répété.")] = None,
    substance: Annotated[str, typer.Option(help="Pour une marque : sa substance active.")] = "",
    strength: Annotated[list[str] | None, typer.Option(help="Dosage vendu, « 5 mg » ; peut être répété.")] = None,
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Ajouter un mot au vocabulaire du cabinet."""
    from dataclasses import asdict

    from vocab.nomenclatures import lists, own

    added = own.Addition(
        text=term.strip(),
        kind=lists.kind_named(kind) or kind,
        said=tuple(said or ()),
        substance=substance,
        strengths=tuple(strength or ()),
    )
    with _explained():
        own.add(_folder(home), added, known=_lexicon(home))
    answer(asdict(added), as_json=as_json, text=f"« {added.text} » est ajouté au vocabulaire du cabinet.")


@app.command("list")
def list_(home: Home = HOME, as_json: Json = False) -> None:
    """Ce que le cabinet a ajouté : les imports et les mots."""
    from dataclasses import asdict

    from vocab import nomenclatures
    from vocab.nomenclatures import lists, own

    folder = _folder(home)
    imported, added = nomenclatures.imports(folder), own.additions(folder)
    lines = [*map(_line, imported), *(f"{one.text} ({lists.shown(one.kind)})" for one in added)]
    data = {"imports": [asdict(one) for one in imported], "terms": [asdict(one) for one in added]}
    answer(data, as_json=as_json, text="\n".join(lines) or "Le cabinet n'a encore rien ajouté.")


@app.command("remove")
def remove(
    name: Annotated[str, typer.Argument(metavar="NOM", help="Le mot, ou le nom de l'import avec --import.")],
    imported: Annotated[bool, typer.Option("--import", help="Retirer tout un import (voir « list »).")] = False,
    home: Home = HOME,
) -> None:
    """Retirer un mot ajouté par le cabinet, ou un import entier."""
    from pipeline.errors import NotFound
    from vocab import nomenclatures
    from vocab.nomenclatures import own

    with _explained():
        if not imported:
            own.remove(_folder(home), name)
        elif not nomenclatures.withdraw(_folder(home), name):
            raise NotFound("no such import", advice="Aucun import ne porte ce nom. Voyez « copiste vocab list ».")
    print("Retiré.")


@app.command("calibrate")
def calibrate(
    only: Annotated[Path | None, typer.Option(help="Fichier : un terme par ligne.")] = None,
    specialty: Annotated[str, typer.Option(help="Les termes d'une spécialité (« cardiologie »).")] = "",
    limit: Annotated[int, typer.Option(min=0, help="Pas plus de tant de termes ; 0 : tous.")] = 0,
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Apprendre comment la reconnaissance entend chaque terme. Long : peut être interrompu (Ctrl+C) et repris."""
    from pipeline.cli import calibrating
    from pipeline.settings import load as settings

    folder = _folder(home)
    with _explained():
        lexicon = _lexicon(home)
    terms = _terms(only, lexicon, specialty)
    told = calibrating.calibrate(
        terms[: limit or None], lexicon=lexicon, folder=folder, settings=settings(home),
        progress=lambda done, total: print(f"\r{done}/{total}", end="", file=sys.stderr, flush=True),
    )  # fmt: skip
    text = f"{told['terms']} termes ont des prononciations apprises."
    text += " Interrompu : relancez la commande pour continuer." if told["stopped"] else ""
    answer(told, as_json=as_json, text=text)
    if told["stopped"]:
        sys.exit(_STOPPED)


def _terms(only: Path | None, lexicon: "Lexicon", specialty: str) -> Sequence[str]:
    from pipeline.errors import VocabularyError
    from vocab import calibration

    if only is None:
        return calibration.worth_hearing(lexicon, specialty=specialty)
    try:
        lines = [line.split("\t")[0].strip() for line in only.read_text(encoding="utf-8-sig").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise VocabularyError("not a list", advice=f"{only.name} n'est pas un fichier de texte lisible.") from error
    wanted = [found.text for line in lines if line and (found := lexicon.find(line))]
    if not wanted:
        raise VocabularyError("no known term", advice="Aucun terme de ce fichier n'est dans le vocabulaire.")
    return wanted


def _folder(home: Path) -> Path:
    """The vocabulary folder of the practice."""
    from pipeline.practice import require_practice

    require_practice(home)
    return home / "vocab"


def _lexicon(home: Path) -> "Lexicon":
    from vocab.lexicon import load

    return load((home / "vocab",))


def _line(record: "Record") -> str:
    when = "/".join(reversed(record.date[:10].split("-")))
    return f"{record.name} : {record.entries} entrées, de {record.file} ({record.rows} lignes), le {when}."


@contextmanager
def _explained() -> Iterator[None]:
    """Turn a refusal of the vocabulary into an error of ours, with its French advice."""
    from pipeline.errors import VocabularyError
    from vocab.nomenclatures import NomenclatureError
    from vocab.nomenclatures.own import NotAdded

    try:
        yield
    except (NomenclatureError, NotAdded) as error:
        raise VocabularyError(str(error), advice=error.advice) from error
