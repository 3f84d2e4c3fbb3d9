"""A letter's text in its Word template, and back.

Knows the places of a template ({{ texte.corps }}…) and how a text is cut into blocks; does not know how the text was
written nor how a page is drawn. Nothing is ever left out: a part of the text that the template has no place for goes to
the body, at its place. Each part is wrapped in a tagged content control, so that what is edited in Word can be read
back; whatever comes from a user is plain text, never a field, never XML.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pipeline.errors import TemplateError
from pipeline.fields import SLOTS, VALUES, Fields, identity
from pipeline.types import Block, Draft
from pipeline.typography import plain, typeset
from pipeline.word.controls import (
    LIST_STYLE,
    keep_with_next,
    paragraphs_like,
    read_controls,
    remove,
    replace_text,
    whole_body,
)
from pipeline.word.package import NAME, body, names_in, open_word, paragraphs, save_word, text_of

if TYPE_CHECKING:
    from docx.document import Document

    from pipeline.kinds import Kind

_LABEL = re.compile(r"[^\n:.;]{2,40}?\u00a0:(?=\s|$)")
_COPIES = re.compile(r"(?:copies?|pièces? jointes?|p\.?j\.?)\b", re.IGNORECASE)
_INVISIBLE = re.compile("[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe\uffff]")
_KEEP_TOGETHER = 600
"""A last paragraph longer than this may be cut rather than pushed to the page of the signature."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A stretch of the text that has one place in the template."""

    tag: str
    slot: str
    text: str
    labelled: bool = False


def fill(text: str, blocks: Sequence[Block], *, kind: "Kind", fields: Fields) -> Draft:
    """Lay a letter out in the template of its kind: same input, same bytes.

    TemplateError when the template asks for a field that does not exist, or has no place for the text.
    """
    document = open_word(kind.template)
    places = set(names_in(body(document))) & set(SLOTS)
    if "texte.corps" not in places:
        raise _bad_field("texte.corps", "manque")
    parts = _parts(text, blocks, places)
    title = fields.document.title or next((part.text for part in parts if part.tag == "title"), kind.label)
    title = _clean(title).split("\n")[0]
    fields = replace(fields, document=replace(fields.document, title=title))
    _place(document, _with_defaults(parts, fields), fields)
    _describe(document, fields)
    return Draft(kind=kind.name, title=title, docx=save_word(document))


def read_back(docx: bytes) -> dict[str, str]:
    """The text of each part of a filled document, in order, with plain spaces and straight apostrophes.

    Keys: the section's id for the body ("body" when it has none; "antecedents.2" when it comes again), and "title",
    "identity", "greeting", "closing", "copies". What was typed in Word between two sections follows the one before.
    """
    document = open_word(docx)
    said = read_controls(body(document), list_style=_list_style(document))
    return {tag: plain(text) for tag, text in said.items()}


def _parts(text: str, blocks: Sequence[Block], places: set[str]) -> list[_Part]:
    homes = {part: slot for slot, part in SLOTS.items() if slot in places}
    parts: list[_Part] = []
    for role, section, raw in _merged(text, blocks):
        stretch = _clean(raw).strip()
        pieces = _closing(stretch) if role == "closing" and "copies" in homes else [(section or role, stretch)]
        for tag, piece in pieces:
            slot = homes.get(tag if role != "body" else "body", "texte.corps")
            parts.append(_Part(tag=tag, slot=slot, text=piece, labelled=bool(section)))
    return _numbered([part for part in parts if part.text])


def _merged(text: str, blocks: Sequence[Block]) -> Iterator[tuple[str, str, str]]:
    """(role, section, text) in order: neighbours of one section together, text that no block covers as body."""
    runs: list[tuple[str, str, int, int]] = []
    for role, section, start, end in _covered(text, blocks):
        if runs and runs[-1][:2] == (role, section):
            runs[-1] = (role, section, runs[-1][2], end)
        else:
            runs.append((role, section, start, end))
    for role, section, start, end in runs:
        yield role, section, text[start:end]


def _covered(text: str, blocks: Sequence[Block]) -> Iterator[tuple[str, str, int, int]]:
    position = 0
    for block in sorted(blocks, key=lambda block: (block.start, block.end)):
        start, end = max(block.start, position), min(block.end, len(text))
        if text[position:start].strip():
            yield "body", "", position, start
        if end > start:
            yield block.role, block.section if block.role == "body" else "", start, end
            position = end
    if text[position:].strip():
        yield "body", "", position, len(text)


def _closing(text: str) -> list[tuple[str, str]]:
    """The closing words, then the « Copie : … » lines, which go under the signature."""
    lines = text.split("\n")
    first = next((index for index, line in enumerate(lines) if _COPIES.match(line.strip())), len(lines))
    return [("closing", "\n".join(lines[:first]).strip()), ("copies", "\n".join(lines[first:]).strip())]


def _numbered(parts: list[_Part]) -> list[_Part]:
    seen: dict[str, int] = {}
    numbered = []
    for part in parts:
        count = seen[part.tag] = seen.get(part.tag, 0) + 1
        numbered.append(part if count == 1 else replace(part, tag=f"{part.tag}.{count}"))
    return numbered


def _with_defaults(parts: list[_Part], fields: Fields) -> list[_Part]:
    """A document always has a title and says who the patient is, dictated or not."""
    who = {"F": "Patiente", "M": "Patient"}.get(fields.patient.sex, "Patient(e)")
    defaults = {
        "title": ("texte.titre", fields.document.title),
        "identity": ("texte.identite", _clean(f"{who} : {identity(fields.patient)}")),
    }
    tags = {part.tag for part in parts}
    return parts + [_Part(tag=tag, slot=slot, text=text) for tag, (slot, text) in defaults.items() if tag not in tags]


def _place(document: "Document", parts: Sequence[_Part], fields: Fields) -> None:
    list_style = _list_style(document)
    for paragraph in paragraphs(document):
        names = NAME.findall(text_of(paragraph))
        slots = [name for name in names if name in SLOTS]
        if not slots:
            _fill_fields(paragraph, fields)
        elif NAME.fullmatch(text_of(paragraph).strip()):
            _fill_slot(paragraph, slots[0], [part for part in parts if part.slot == slots[0]], list_style)
        else:
            raise _bad_field(slots[0], "doit être seul dans son paragraphe")


def _fill_fields(paragraph: Any, fields: Fields) -> None:
    """Put the values in, last first so that no value is ever read as a field; all empty: the paragraph goes."""
    matches = list(NAME.finditer(text_of(paragraph)))
    unknown = [match[1] for match in matches if match[1] not in VALUES]
    if unknown:
        raise _bad_field(unknown[0], "n'existe pas")
    values = [_clean(VALUES[match[1]](fields)).strip() for match in matches]
    if matches and not any(values):
        remove(paragraph)
        return
    for match, value in reversed(list(zip(matches, values, strict=True))):
        replace_text(paragraph, match.start(), match.end(), value)


def _fill_slot(paragraph: Any, slot: str, parts: Sequence[_Part], list_style: str) -> None:
    made = [each for part in parts for each in _paragraphs(paragraph, part, list_style)]
    if not made:
        remove(paragraph)
        return
    if slot == "texte.corps":
        _stay_with_signature(made[-1])
        made = [whole_body(made)]
    for each in made:
        paragraph.addprevious(each)
    paragraph.getparent().remove(paragraph)


def _paragraphs(model: Any, part: _Part, list_style: str) -> list[Any]:
    text = typeset(part.text)
    label = _LABEL.match(text) if part.labelled else None
    end = label.end() if label else 0
    return paragraphs_like(model, text, tag=part.tag, title=_title(part), list_style=list_style, label=end)


def _stay_with_signature(last: Any) -> None:
    """The signature is never alone on a page: the last lines of the text go with it."""
    if len(text_of(last)) <= _KEEP_TOGETHER:
        keep_with_next(last)


def _title(part: _Part) -> str:
    french = {"title": "Titre", "identity": "Identité", "greeting": "Appel", "closing": "Formule", "copies": "Copies"}
    return french.get(part.tag, part.tag.replace("body", "texte").replace("-", " ").capitalize())


def _list_style(document: "Document") -> str:
    return next((style.style_id for style in document.styles if style.name == LIST_STYLE), "")


def _describe(document: "Document", fields: Fields) -> None:
    """Core properties: what the document is and who answers for it, never who it is about."""
    properties = document.core_properties
    properties.title = fields.document.title[:250]
    properties.author = properties.last_modified_by = f"{fields.doctor.title} {_clean(fields.doctor.name)}".strip()[
        :250
    ]
    properties.identifier = _clean(fields.document.id)[:250]
    properties.language = "fr-FR"
    properties.subject = properties.keywords = properties.comments = properties.category = ""


def _clean(value: str) -> str:
    """What can be seen of a string: no control, no invisible mark, none of the marks that reverse what is read."""
    value = unicodedata.normalize("NFC", value).replace("\r\n", "\n").replace("\t", " ")
    value = re.sub("[\r\u0085\u2028\u2029\v\f]", "\n", _INVISIBLE.sub("", value))
    return "".join(char for char in value if char == "\n" or unicodedata.category(char) not in {"Cc", "Cs"})


def _bad_field(name: str, why: str) -> TemplateError:
    return TemplateError(
        "a field of the template cannot be used", advice=f"Dans le modèle, le champ {{{{ {name[:40]} }}}} {why}."
    )
