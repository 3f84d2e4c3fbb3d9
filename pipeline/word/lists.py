"""The label of each item of a Word list: a bullet, « 3. », « b) ».

Knows numbering.xml; does not know where items are drawn. Counts items in reading order, as Word does.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pipeline.word.package import w
from pipeline.word.styles import attribute, nearest, refuse

if TYPE_CHECKING:
    from docx.document import Document

_BULLETS = {"\uf0b7": "•", "\uf0a7": "▪", "\uf0d8": "→", "\uf0fc": "–", "\uf02d": "–", "o": "○"}
"""Characters of Word's Symbol and Wingdings fonts → the same sign in Unicode."""
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"))
_ROMAN_UNITS = ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix")


@dataclass(slots=True)
class Lists:
    """The lists of a document and how far each one has counted: real state, one for each story being read."""

    levels: dict[str, dict[int, Any]]
    starts: dict[tuple[str, int], int]
    counts: dict[tuple[str, int], int] = field(default_factory=dict)

    def label(self, layers: list[Any]) -> tuple[str, Any | None] | None:
        """The label of the next item and the w:pPr of its level; None when the paragraph is not in a list."""
        numbered = nearest(layers, "numPr")
        number = None if numbered is None else _value(numbered, "numId")
        if numbered is None or number in (None, "0"):
            return None
        depth = int(_value(numbered, "ilvl") or 0)
        level = self.levels.get(str(number), {}).get(depth)
        if level is None:
            raise refuse("une liste dont le modèle manque", "numbering definition missing")
        return self._text(str(number), depth, level), level.find(w("pPr"))

    def _text(self, number: str, depth: int, level: Any) -> str:
        pattern = _value(level, "lvlText") or ""
        if _value(level, "numFmt") == "bullet":
            return _BULLETS.get(pattern, pattern)
        self._advance(number, depth)
        for shallow in range(depth + 1):
            other = self.levels[number].get(shallow, level)
            count = self.counts.get((number, shallow), self._start(number, shallow))
            pattern = pattern.replace(f"%{shallow + 1}", _written(count, _value(other, "numFmt") or "decimal"))
        return pattern

    def _advance(self, number: str, depth: int) -> None:
        self.counts[number, depth] = self.counts.get((number, depth), self._start(number, depth) - 1) + 1
        for deeper in [key for key in self.counts if key[0] == number and key[1] > depth]:
            del self.counts[deeper]

    def _start(self, number: str, depth: int) -> int:
        level = self.levels[number].get(depth)
        return self.starts.get((number, depth), int((_value(level, "start") if level is not None else None) or 1))


def load_lists(document: "Document") -> Lists:
    """Read the numbering part; a document without one has no list."""
    part = next((one.target_part for one in document.part.rels.values() if one.reltype.endswith("/numbering")), None)
    root: Any = None if part is None else getattr(part, "element", None)
    if root is None:
        return Lists(levels={}, starts={})
    abstract = {one.get(w("abstractNumId")): _levels(one) for one in root.findall(w("abstractNum"))}
    levels, starts = {}, {}
    for one in root.findall(w("num")):
        number = str(one.get(w("numId")))
        levels[number] = dict(abstract.get(_value(one, "abstractNumId"), {}))
        for override in one.findall(w("lvlOverride")):
            depth = int(override.get(w("ilvl")))
            levels[number] |= _levels(override)
            if (start := _value(override, "startOverride")) is not None:
                starts[number, depth] = int(start)
    return Lists(levels=levels, starts=starts)


def indents(layers: list[Any], level: Any | None) -> tuple[int, int]:
    """(left, hanging) in twentieths of a point: the paragraph's own, else those of the list's level."""
    everything = [layers[0], *([level] if level is not None else []), *layers[1:]] if layers else []
    left = attribute(everything, "ind", "left", "start") or "0"
    return int(left), int(attribute(everything, "ind", "hanging") or "0")


def _levels(holder: Any) -> dict[int, Any]:
    return {int(level.get(w("ilvl"))): level for level in holder.findall(w("lvl"))}


def _value(holder: Any, name: str) -> str | None:
    found = holder.find(w(name))
    return None if found is None else found.get(w("val"))


def _written(count: int, form: str) -> str:
    if form == "decimal":
        return str(count)
    if form in ("lowerLetter", "upperLetter"):
        letter = chr(ord("a") + (count - 1) % 26) * ((count - 1) // 26 + 1)
        return letter.upper() if form == "upperLetter" else letter
    if form in ("lowerRoman", "upperRoman"):
        return _roman(count).upper() if form == "upperRoman" else _roman(count)
    raise refuse("une numérotation particulière", f"number format {form}")


def _roman(count: int) -> str:
    text = ""
    for value, sign in _ROMAN:
        text, count = text + sign * (count // value), count % value
    return text + _ROMAN_UNITS[count]
