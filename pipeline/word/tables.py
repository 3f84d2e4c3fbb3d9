"""A Word table as plain data: columns, rows, cells that may span columns, lines and backgrounds.

Knows w:tbl; does not know what is in the cells: reading them is handed in.
"""

from collections.abc import Callable
from typing import Any

from pipeline.word.package import tags, w
from pipeline.word.styles import Styles, borders, on, refuse, shade

_TABLE = tags("tblStyle tblW tblLayout tblLook tblInd jc tblCellMar tblBorders tblCaption tblDescription")
_CELL = tags("tcW gridSpan tcBorders shd vAlign tcMar noWrap hideMark cnfStyle")
_ROW = tags("cantSplit tblHeader trHeight cnfStyle jc")
_INSIDE = tags("tblPr tblGrid tr bookmarkStart bookmarkEnd")
_QUIET = tags("trPr tblPrEx bookmarkStart bookmarkEnd")
_VERTICAL = {"top": "top", "center": "horizon", "bottom": "bottom"}

Read = Callable[[Any, str], list[dict[str, Any]]]
"""Reads the blocks of a cell, given the id of the table's style."""


def table(element: Any, styles: Styles, read: Read) -> dict[str, Any]:
    """The table as data; lengths in points."""
    properties = element.find(w("tblPr"))
    _refuse_unknown(properties, _TABLE)
    style_id = _value(properties, "tblStyle") or ""
    style = _style(styles, style_id)
    grid = [int(column.get(w("w"), "0")) / 20 for column in element.findall(f"{w('tblGrid')}/{w('gridCol')}")]
    if not grid or not all(grid):
        raise refuse("un tableau sans largeur de colonnes", "table grid missing")
    if (_value(properties, "jc") or "left") not in ("left", "start"):
        raise refuse("un tableau centré ou aligné à droite", "table alignment")
    around = borders(_first("tblBorders", properties, style))
    margin = _margins(_first("tblCellMar", properties, style))
    rows = [_row(row, read, style_id, len(grid)) for row in _rows(element)]
    return {"k": "t", "widths": grid, "rules": around, "margin": margin, "indent": _indent(properties), "rows": rows}


def _rows(element: Any) -> list[Any]:
    if any(child.tag not in _INSIDE for child in element):
        raise refuse("un tableau particulier", "table content")
    return list(element.findall(w("tr")))


def _row(row: Any, read: Read, style_id: str, columns: int) -> dict[str, Any]:
    properties = row.find(w("trPr"))
    _refuse_unknown(properties, _ROW)
    height = properties.find(w("trHeight")) if properties is not None else None
    cells = [_cell(cell, read, style_id) for cell in row.findall(w("tc"))]
    if sum(cell["span"] for cell in cells) != columns or len(cells) != len([c for c in row if c.tag not in _QUIET]):
        raise refuse("un tableau aux lignes inégales", "uneven rows")
    return {"cells": cells, "height": int(height.get(w("val"), "0")) / 20 if height is not None else 0}


def _cell(cell: Any, read: Read, style_id: str) -> dict[str, Any]:
    properties = cell.find(w("tcPr"))
    _refuse_unknown(properties, _CELL)
    span, vertical = _value(properties, "gridSpan") or "1", _value(properties, "vAlign") or "top"
    drawn = {
        "span": int(span),
        "vertical": _VERTICAL.get(vertical, "top"),
        "fill": shade(properties.find(w("shd"))) if properties is not None else None,
        "rules": borders(properties.find(w("tcBorders"))) if properties is not None else {},
    }
    return drawn | {"blocks": read(cell, style_id)}


def _style(styles: Styles, style_id: str) -> Any | None:
    style = styles.by_id.get(style_id)
    if style is not None and style.find(w("tblStylePr")) is not None:
        raise refuse("un style de tableau à bandes (choisissez « Grille du tableau »)", "banded table style")
    return style.find(w("tblPr")) if style is not None else None


def _first(name: str, *holders: Any | None) -> Any | None:
    found = (holder.find(w(name)) for holder in holders if holder is not None)
    return next((one for one in found if one is not None), None)


def _margins(holder: Any | None) -> dict[str, float]:
    drawn = {"left": 5.4, "right": 5.4, "top": 0.0, "bottom": 0.0}
    for side in holder if holder is not None else ():
        name = str(side.tag).rpartition("}")[2].replace("start", "left").replace("end", "right")
        drawn[name] = int(side.get(w("w"), "0")) / 20
    return drawn


def _indent(properties: Any | None) -> float:
    found = properties.find(w("tblInd")) if properties is not None else None
    return int(found.get(w("w"), "0")) / 20 if found is not None else 0.0


def _value(holder: Any | None, name: str) -> str | None:
    found = holder.find(w(name)) if holder is not None else None
    return None if found is None else found.get(w("val"))


def _refuse_unknown(holder: Any | None, known: frozenset[str]) -> None:
    for child in holder if holder is not None else ():
        if child.tag not in known and on(child):
            name = str(child.tag).rpartition("}")[2]
            raise refuse(f"un réglage de tableau ({name})", name)
