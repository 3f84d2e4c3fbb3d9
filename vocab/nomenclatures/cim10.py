"""The CIM-10 as ATIH publishes it (`LIBCIM10MULTI.TXT`): its long labels are names of diseases.

Knows the six fields of the file. Chapters V to Y tell accidents (« cycliste blessé dans une collision »): nobody
dictates them so, they bring no word.
"""

import re
from collections.abc import Iterator

from vocab.lexicon import Lexicon
from vocab.nomenclatures import labels
from vocab.nomenclatures.given import NomenclatureError, rows
from vocab.nomenclatures.harvest import Harvest

SOURCE = "cim10"
COLUMNS = 6
_CODE = re.compile(r"[A-Z]\d{2}[\dA-Z.+]*")
_NOTICE = re.compile(r"\*\*\*[^*]*\*\*\*\s*")
_ACCIDENTS = "VWXY"


def read(name: str, data: bytes, known: Lexicon) -> Harvest:
    """The diseases of the file; NomenclatureError where a line is not a code with its labels."""
    found = list(_labelled(name, data))
    said = [label for code, label in found if code[0] not in _ACCIDENTS]
    return Harvest(rows=len(found), terms=labels.rows(said, known, kind="disease", source=SOURCE))


def _labelled(name: str, data: bytes) -> Iterator[tuple[str, str]]:
    for number, cells in rows(data, name, separator="|", columns=COLUMNS):
        if not _CODE.fullmatch(cells[0]) or not cells[5]:
            raise NomenclatureError(
                "not a CIM-10 code", file=name, line=number, advice="un code CIM-10 et son libellé sont attendus."
            )
        yield cells[0], _NOTICE.sub("", cells[5])
