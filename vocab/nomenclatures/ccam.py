"""The CCAM as the CNAM publishes it (CSV of version 81): the labels of its acts name procedures and anatomy.

Knows the three header lines, the title and note rows between acts, and the form of an act's code.
"""

import csv
import io
import re
from collections.abc import Iterator

from vocab.lexicon import Lexicon
from vocab.nomenclatures import labels
from vocab.nomenclatures.given import NomenclatureError, text
from vocab.nomenclatures.harvest import Harvest

SOURCE = "ccam"
COLUMNS = 11
_ACT = re.compile(r"[A-Z]{4}\d{3}")
_BRACKETED = re.compile(r"\s*\[[^\]]*\]")


def read(name: str, data: bytes, known: Lexicon) -> Harvest:
    """The acts of the file; NomenclatureError where a row has another number of columns, or when it has no act."""
    acts = [_BRACKETED.sub("", cells[2]) for cells in _rows(name, data) if _ACT.fullmatch(cells[0].strip())]
    if not acts:
        raise NomenclatureError("no act", file=name, advice="aucun acte de la CCAM n'y a été trouvé.")
    return Harvest(rows=len(acts), terms=labels.rows(acts, known, kind="procedure", source=SOURCE))


def _rows(name: str, data: bytes) -> Iterator[list[str]]:
    written = text(data, name)
    first = written.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(written, newline=""), delimiter=";" if ";" in first else ",", strict=True)
    try:
        for cells in reader:
            if cells and len(cells) != COLUMNS:
                advice = f"{COLUMNS} colonnes attendues, {len(cells)} trouvées ; ce n'est pas le fichier de la CCAM."
                raise NomenclatureError("wrong number of columns", file=name, line=reader.line_num, advice=advice)
            if cells:
                yield cells
    except csv.Error as error:
        raise NomenclatureError(
            "not a CSV", file=name, line=reader.line_num, advice="les guillemets de cette ligne ne se ferment pas."
        ) from error
