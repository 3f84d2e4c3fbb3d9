"""Where the characters of a PDF page are: what it says in order, and whether any of it is printed over, under or away.

Knows pdfium's characters and boxes; does not know what the page ought to say. Two checks of overlap, because each
misses what the other sees: pairs of characters, and boxes of whole lines.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

Box = tuple[float, float, float, float]
"""Left, bottom, right, top, in points."""

_CELL = 12.0
_HYPHENS = {"\x02": "-", "\ufffe": "-", "\u2010": "-", "\u2011": "-"}
"""pdfium marks a hyphen at the end of a line with one of the first two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a page says, in the order it is written in the file, and where each visible character is."""

    text: str
    glyphs: tuple[tuple[str, Box, Box], ...]
    """(character, box of its ink, box of its line)."""
    images: tuple[Box, ...]
    width: float
    height: float


def read_pages(pdf: bytes) -> tuple[Page, ...]:
    """The pages of a PDF. Line ends are kept; hyphens are all written « - »."""
    import pypdfium2

    document = pypdfium2.PdfDocument(pdf)
    try:
        return tuple(_page(page) for page in document)
    finally:
        document.close()


def outside(page: Page) -> int:
    """How many characters are not wholly on the page."""
    return sum(
        left < 0 or bottom < 0 or right > page.width or top > page.height
        for _, (left, bottom, right, top), _ in page.glyphs
    )


def overlapping(page: Page) -> int:
    """How many pairs of characters, not neighbours in the text, share more than a third of the smaller one's ink."""
    near: dict[tuple[int, int], list[int]] = defaultdict(list)
    for index, (_, box, _) in enumerate(page.glyphs):
        for cell in _cells(box):
            near[cell].append(index)
    pairs = {pair for cell in near.values() for pair in combinations(cell, 2) if abs(pair[0] - pair[1]) > 2}
    boxes = [box for _, box, _ in page.glyphs]
    return sum(_share(boxes[one], boxes[other]) > 0.3 for one, other in pairs)


def crossing_lines(page: Page) -> int:
    """How many pairs of lines of text run partly over one another."""
    return sum(_cross(one, other) for one, other in combinations(_lines(page.glyphs), 2))


def over_images(page: Page) -> int:
    """How many characters are printed over an image."""
    return sum(any(_share(box, image) > 0.5 for image in page.images) for _, box, _ in page.glyphs)


def _page(page: Any) -> Page:
    from pypdfium2 import raw

    reader = page.get_textpage()
    width, height = page.get_size()
    images = tuple(item.get_bounds() for item in page.get_objects() if item.type == raw.FPDF_PAGEOBJ_IMAGE)
    text = "".join(_HYPHENS.get(char, char) for char in reader.get_text_range())
    return Page(text=text, glyphs=tuple(_glyphs(reader)), images=images, width=width, height=height)


def _glyphs(reader: Any) -> Iterator[tuple[str, Box, Box]]:
    for index in range(reader.count_chars()):
        char = reader.get_text_range(index, 1)
        ink = reader.get_charbox(index)
        if char.strip() and ink[2] > ink[0] and ink[3] > ink[1]:
            yield char, ink, reader.get_charbox(index, loose=True)


def _cells(box: Box) -> Iterator[tuple[int, int]]:
    left, bottom, right, top = (int(side // _CELL) for side in box)
    for column in range(left, right + 1):
        for row in range(bottom, top + 1):
            yield column, row


def _share(one: Box, other: Box) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    smaller = min((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return width * height / smaller if smaller > 1 else 0.0


def _lines(glyphs: Sequence[tuple[str, Box, Box]]) -> list[tuple[float, float, float, float, int]]:
    """Boxes of the lines (and how many characters each has): neighbours on one baseline."""
    lines: list[tuple[float, float, float, float, int]] = []
    for _, _, (left, bottom, right, top) in glyphs:
        last = lines[-1] if lines else None
        if last and abs(bottom - last[1]) < 1.5 and last[2] - 2 <= left < last[2] + 25:
            lines[-1] = (last[0], last[1], max(last[2], right), max(last[3], top), last[4] + 1)
        else:
            lines.append((left, bottom, right, top, 1))
    return lines


def _cross(one: tuple[float, float, float, float, int], other: tuple[float, float, float, float, int]) -> bool:
    same_line = abs(one[1] - other[1]) < 1.5 and abs(one[3] - other[3]) < 1.5
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    share = height / min(one[3] - one[1], other[3] - other[1])
    return not same_line and width > 4 and 0.35 < share < 0.9 and min(one[4], other[4]) > 2
