"""The gate before a signature: the PDF says, in order and legibly, exactly what the Word document says.

Knows how to read both files with other code than what drew the page; does not know how pages are drawn. Characters are
compared one by one, digits and decimal commas included, and so are the spaces between them: « 2 5 » is not « 25 ».
What refuses tells where (page, position), never what: an error is no place for a word of a letter.
"""

import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.errors import RenditionRefused
from pipeline.glyphs import Page, crossing_lines, outside, over_images, overlapping, read_pages
from pipeline.word.package import body, margins, open_word, w

if TYPE_CHECKING:
    from docx.document import Document

_PAGE, _PAGES, _LABEL = "\ue000", "\ue001", "\ue002"
"""Stand for the page's number, how many there are, and the label of a list's item."""
_LABELS = re.compile(r"[•▪→–○■✓*-]|\(?(?:\d{1,3}(?:\.\d{1,3})*|[a-z]{1,6})[.)°]{0,2}")
_BREAKABLE = "-–—/"
"""A line may end after one of these without a space."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Char:
    """A visible character and what is before it: nothing, a space or a line end."""

    char: str
    gap: str


def check(docx: bytes, pdf: bytes, *, on_each_page: Sequence[str] = ()) -> None:
    """Raise RenditionRefused unless the PDF is a faithful rendition of the Word document.

    `on_each_page`: what must be read on every page besides, such as the patient's name and birth date as the register
    knows them (CSP R.1112-3): a letter laid out under another patient's name is refused here.
    """
    document = open_word(docx)
    pages = read_pages(pdf)
    if not pages or not any(page.text.strip() for page in pages):
        raise _refused("the PDF says nothing")
    _same_words(document, pages)
    _identity(pages, on_each_page)
    _legible(pages)
    _same_images(document, pages)
    _embedded_fonts(pdf)


def _same_words(document: "Document", pages: Sequence[Page]) -> None:
    styled = _numbered_styles(document)
    around = {where: _story(element, styled) for where, element in margins(document)}
    first = document.sections[-1].different_first_page_header_footer
    said: list[_Char] = []
    for number, page in enumerate(pages, start=1):
        which = "first" if first and number == 1 else "default"
        chars = _chars(page.text)
        for where in ("header", "footer"):
            expected = around.get(f"{where}:{which}", "").replace(_PAGE, str(number)).replace(_PAGES, str(len(pages)))
            chars = _without(chars, _chars(expected), f"page {number}: {where}")
        said += chars
    _equal(_chars(_story(body(document), styled)), said)


def _without(page: list[_Char], expected: list[_Char], what: str) -> list[_Char]:
    """A page less its header or footer, which must be on it, whole."""
    size = len(expected)
    text, wanted = ("".join(one.char for one in chars) for chars in (page, expected))
    start = 0 if text.startswith(wanted) else text.rfind(wanted)
    if start < 0 or not all(_fits(wanted[i - 1], expected[i].gap, page[start + i].gap) for i in range(1, size)):
        raise _refused(f"{what} differs")
    return page[:start] + page[start + size :]


def _equal(expected: Sequence[_Char], said: Sequence[_Char]) -> None:
    """Every character and every space of the body, in order."""
    position, before = 0, ""
    for index, one in enumerate(expected):
        if one.char == _LABEL:
            position = _after_label(said, position)
        elif position >= len(said) or said[position].char != one.char:
            raise _refused(f"the text differs at character {index} of {len(expected)}")
        elif before and not _fits(before, one.gap, said[position].gap):
            raise _refused(f"a space differs at character {index} of {len(expected)}")
        else:
            position += 1
        before = "" if one.char == _LABEL else one.char
    if position != len(said):
        raise _refused(f"{len(said) - position} characters more than in the document")


def _fits(before: str, expected: str, said: str) -> bool:
    if bool(expected) == bool(said):
        return True
    return not expected and said == "\n" and before in _BREAKABLE


def _after_label(said: Sequence[_Char], start: int) -> int:
    end = start + 1
    while end < len(said) and not said[end].gap:
        end += 1
    if not _LABELS.fullmatch("".join(one.char for one in said[start:end])):
        raise _refused("the label of a list's item differs")
    return end


def _identity(pages: Sequence[Page], wanted: Sequence[str]) -> None:
    for number, page in enumerate(pages, start=1):
        text = "".join(one.char for one in _chars(page.text))
        for value in wanted:
            if "".join(one.char for one in _chars(value)).replace("'", "’") not in text.replace("'", "’"):
                raise _refused(f"page {number}: the patient's identity is missing")


def _legible(pages: Sequence[Page]) -> None:
    for number, page in enumerate(pages, start=1):
        found = {
            "outside the page": outside(page),
            "over one another": overlapping(page) + crossing_lines(page),
            "over an image": over_images(page),
            "unreadable": page.text.count("\ufffd"),
        }
        for what, count in found.items():
            if count:
                raise _refused(f"page {number}: {count} characters {what}")


def _same_images(document: "Document", pages: Sequence[Page]) -> None:
    first = document.sections[-1].different_first_page_header_footer
    expected = _count_images(body(document))
    for where, element in margins(document):
        times = 1 if where.endswith(":first") else len(pages) - int(first)
        expected += _count_images(element) * times
    drawn = sum(len(page.images) for page in pages)
    if drawn != expected:
        raise _refused(f"{drawn} images instead of {expected}")


def _count_images(element: Any) -> int:
    return sum(1 for _ in element.iter("{http://schemas.openxmlformats.org/drawingml/2006/main}blip"))


def _embedded_fonts(pdf: bytes) -> None:
    import pikepdf

    with pikepdf.open(io.BytesIO(pdf)) as document:
        for item in document.objects:
            entry: Any = item
            if not isinstance(entry, pikepdf.Dictionary) or entry.get("/Type") != "/Font":
                continue
            if entry.get("/Subtype") != "/Type0" and not _font_file(entry.get("/FontDescriptor")):
                raise _refused("a font is not in the PDF")


def _font_file(descriptor: Any) -> bool:
    return descriptor is not None and any(key in descriptor for key in ("/FontFile", "/FontFile2", "/FontFile3"))


def _story(root: Any, styled: frozenset[str]) -> str:
    """The text of a body, a header or a footer, as Word shows it, with the stand-ins of numbers and labels."""
    return "".join(_said(root, styled))


def _said(root: Any, styled: frozenset[str]) -> Iterator[str]:
    hidden = 0
    for node in root.iter():
        if node.tag == w("p"):
            yield "\n" + (_LABEL + " " if _in_list(node, styled) else "")
        elif node.tag == w("fldChar"):
            hidden += {"begin": 1, "end": -1}.get(node.get(w("fldCharType")), 0)
        elif node.tag in (w("instrText"), w("fldSimple")):
            yield _stand_in((node.text if node.tag == w("instrText") else node.get(w("instr"))) or "")
        elif node.tag == w("t") and not hidden and not _in_simple_field(node):
            yield node.text or ""
        elif node.tag == w("noBreakHyphen"):
            yield "-"
        elif node.tag in (w("tab"), w("br"), w("cr"), w("tc")) and node.getparent().tag != w("tabs"):
            yield "\n"


def _stand_in(instruction: str) -> str:
    return {"PAGE": _PAGE, "NUMPAGES": _PAGES}.get((instruction.split() or [""])[0].upper(), "")


def _in_simple_field(node: Any) -> bool:
    return next(node.iterancestors(w("fldSimple")), None) is not None


def _in_list(paragraph: Any, styled: frozenset[str]) -> bool:
    properties = paragraph.find(w("pPr"))
    if properties is None:
        return False
    number = properties.find(f"{w('numPr')}/{w('numId')}")
    if number is not None:
        return bool(number.get(w("val")) != "0")
    style = properties.find(w("pStyle"))
    return style is not None and style.get(w("val")) in styled


def _numbered_styles(document: "Document") -> frozenset[str]:
    """The ids of the styles that number or bullet their paragraphs, by themselves or by the style they come from."""
    parents: dict[str, str] = {}
    found: set[str] = set()
    for style in document.styles.element.iter(w("style")):
        name, base = style.get(w("styleId")), style.find(w("basedOn"))
        parents[name] = base.get(w("val")) if base is not None else ""
        if style.find(f"{w('pPr')}/{w('numPr')}") is not None:
            found.add(name)
    for _ in parents:
        found |= {name for name, base in parents.items() if base in found}
    return frozenset(found)


def _chars(text: str) -> list[_Char]:
    """The visible characters of a text, each with what is before it."""
    made: list[_Char] = []
    gap = ""
    for char in unicodedata.normalize("NFC", text).replace("\u00ad", "").casefold():
        if char.isspace():
            gap = "\n" if char in "\r\n" or gap == "\n" else " "
        elif char in "\u2010\u2011":
            made.append(_Char(char="-", gap=gap))
            gap = ""
        elif unicodedata.category(char) not in ("Cc", "Cf"):
            made.append(_Char(char=char, gap=gap))
            gap = ""
    return made


def _refused(why: str) -> RenditionRefused:
    return RenditionRefused(f"gate: {why}")
