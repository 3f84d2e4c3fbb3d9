"""Writing into a Word template and reading back: fields over runs, paragraphs, tagged content controls.

Knows w:r, w:p and w:sdt; does not know which text goes where. Every string is set as text: no markup in it is read.
"""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import Any

from pipeline.word.package import w

LIST_STYLE = "List Bullet"
"""Word's own name of the bullet style: the same in every language's files."""
WHOLE_BODY = "texte.corps"
"""Tag of the control around the whole body: what is typed between two sections is still read back."""

_SAID = (w("t"), w("br"), w("tab"), w("noBreakHyphen"))


def replace_text(paragraph: Any, start: int, end: int, value: str) -> None:
    """Replace characters start…end of a paragraph's text, however Word cut it into runs; keeps the first run's look."""
    position, written = 0, False
    for node in list(paragraph.iter(w("t"))):
        text = node.text or ""
        here, position = position, position + len(text)
        if position <= start or here >= end:
            continue
        before, after = text[: max(0, start - here)], text[max(0, end - here) :]
        _set_lines(node, before + ("" if written else value) + after)
        written = True


def remove(paragraph: Any) -> None:
    """Take a paragraph away, or empty it where Word wants one to stay (the last of a cell, of a header)."""
    parent = paragraph.getparent()
    others = [sibling for sibling in parent if sibling is not paragraph and sibling.tag in (w("p"), w("sdt"))]
    if parent.tag == w("body") or others:
        parent.remove(paragraph)
        return
    for child in list(paragraph):
        if child.tag != w("pPr"):
            paragraph.remove(child)


def paragraphs_like(model: Any, text: str, *, tag: str, title: str, list_style: str = "", label: int = 0) -> list[Any]:
    """Paragraphs that say `text` with the look of `model`; the first `label` characters are bold.

    A blank line separates paragraphs, a single line end is a line break, and a line that begins with « - » is an item
    of the template's bullet style when it has one. What each paragraph says is inside a content control of this tag:
    one for each paragraph, because LibreOffice 7 loses line breaks and bold in a control around whole paragraphs.
    """
    made: list[Any] = []
    for kind, content in _pieces(text, with_items=bool(list_style)):
        paragraph = _element("p")
        properties = model.find(w("pPr"))
        if kind == "item":
            paragraph.append(_element("pPr", _element("pStyle", val=list_style)))
        elif properties is not None:
            paragraph.append(deepcopy(properties))
        cut = label if not made else 0
        pieces = ((content[:cut], True), (content[cut:], False))
        paragraph.append(_control(tag, title, [_run(model, piece, bold=bold) for piece, bold in pieces if piece]))
        made.append(paragraph)
    return made


def whole_body(paragraphs: Sequence[Any]) -> Any:
    """The control around all the paragraphs of the body."""
    return _control(WHOLE_BODY, "Texte", paragraphs)


def keep_with_next(paragraph: Any) -> None:
    """Keep a paragraph on the page of the one that follows."""
    paragraph.get_or_add_pPr().get_or_add_keepNext()


def read_controls(body: Any, *, list_style: str) -> dict[str, str]:
    """Tag → text of our content controls, in order; what was typed between two sections follows the one before."""
    found: dict[str, str] = {}
    last = "body"
    for paragraph in body.iter(w("p")):
        around = {_tag(sdt) for sdt in paragraph.iterancestors(w("sdt"))}
        tags = [_tag(sdt) for sdt in paragraph.iter(w("sdt"))] + sorted(around - {WHOLE_BODY})
        tag = next((tag for tag in tags if tag), last if WHOLE_BODY in around else "")
        text = "".join(_said(node) for node in paragraph.iter(*_SAID)).strip()
        if not tag or not text:
            continue
        last = tag
        item = bool(list_style) and _style(paragraph) == list_style
        before = found[tag] + ("\n" if item else "\n\n") if tag in found else ""
        found[tag] = before + ("- " if item else "") + text
    return found


def _pieces(text: str, *, with_items: bool) -> Iterator[tuple[str, str]]:
    for block in text.split("\n\n"):
        lines: list[str] = []
        for line in block.split("\n"):
            if with_items and line.startswith("- ") and line[2:].strip():
                if lines:
                    yield "text", "\n".join(lines)
                    lines = []
                yield "item", line[2:].strip()
            else:
                lines.append(line)
        if any(lines):
            yield "text", "\n".join(lines).strip("\n")


def _said(node: Any) -> str:
    if node.tag == w("t"):
        return node.text or ""
    return {w("br"): "\n", w("noBreakHyphen"): "-"}.get(node.tag, " ")


def _style(paragraph: Any) -> str:
    style = paragraph.find(f"{w('pPr')}/{w('pStyle')}")
    return "" if style is None else str(style.get(w("val")))


def _tag(sdt: Any) -> str:
    tag = sdt.find(f"{w('sdtPr')}/{w('tag')}")
    return "" if tag is None else str(tag.get(w("val")))


def _control(tag: str, title: str, content: Sequence[Any]) -> Any:
    properties = _element("sdtPr", _element("alias", val=title), _element("tag", val=tag))
    return _element("sdt", properties, _element("sdtContent", *content))


def _run(model: Any, text: str, *, bold: bool) -> Any:
    run = _element("r")
    look = model.find(f"{w('r')}/{w('rPr')}")
    if look is not None:
        run.append(deepcopy(look))
    if bold:
        run.get_or_add_rPr().get_or_add_b()
    node = _element("t")
    run.append(node)
    _set_lines(node, text)
    return run


def _set_lines(node: Any, text: str) -> None:
    """Set a w:t's text; each line end becomes a w:br followed by a w:t of the same run."""
    first, *others = text.split("\n")
    _set(node, first)
    for line in others:
        line_end, following = _element("br"), _element("t")
        node.addnext(line_end)
        line_end.addnext(following)
        _set(following, line)
        node = following


def _set(node: Any, text: str) -> None:
    node.text = text
    node.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")


def _element(name: str, *children: Any, val: str | None = None) -> Any:
    from docx.oxml.parser import OxmlElement

    element: Any = OxmlElement(f"w:{name}")
    if val is not None:
        element.set(w("val"), val)
    element.extend(children)
    return element
