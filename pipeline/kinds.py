"""The kinds of documents: a Word template and its description, the practice's own or the one shipped.

Knows where templates are and what a kind needs to be usable; does not know how a letter is laid out or drawn.
A practice edits `templates/<kind>.docx` and `.toml` in its folder; each file wins over the shipped one separately.
"""

import logging
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import TemplateError
from pipeline.fields import SLOTS, VALUES

if TYPE_CHECKING:
    from docx.document import Document

log = logging.getLogger(__name__)
_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
_IDENTITY = ({"patient.identite"}, {"patient.nom", "patient.prenom", "patient.naissance"})
_KEYS = {"label", "titles", "delay_hours", "retention", "addressees", "circuit", "sections", "required"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of the body: its id tags the content control, its spoken names announce it."""

    id: str
    heading: str
    spoken: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredItem:
    """Something a document of this kind must say, and the text that asks for it."""

    id: str
    label: str
    section: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of document, as data."""

    name: str
    label: str
    titles: tuple[str, ...]
    sections: tuple[Section, ...]
    required: tuple[RequiredItem, ...] = ()
    signature: bool = True
    """Needs a doctor's signature."""
    patient: bool = True
    """Is about a patient, whose identity must be on each page."""
    retention: str = "dossier"
    delay_hours: int = 48
    addressees: tuple[str, ...] = ()
    own: bool = False
    """At least one of its two files is the practice's."""
    template: bytes
    """The .docx."""


def load(name: str, folders: Sequence[Path] = ()) -> Kind:
    """The kind of this name; the first of `folders` that has a file wins, the shipped templates come last.

    TemplateError names the file and the key that is wrong.
    """
    if not _NAME.fullmatch(name):
        raise TemplateError("not a kind's name", advice="Ce nom de modèle ne peut pas être utilisé.")
    description, own_description = _read(f"{name}.toml", folders)
    template, own_template = _read(f"{name}.docx", folders)
    kind = _kind(name, _parse(name, description), template, own=own_description or own_template)
    _refuse_unknown_names(kind)
    return kind


def all_kinds(folders: Sequence[Path] = ()) -> tuple[Kind, ...]:
    """Every kind there is, shipped or the practice's, in order of name."""
    return tuple(load(name, folders) for name in _names(folders))


def _names(folders: Sequence[Path]) -> list[str]:
    found = {entry.name for folder in _places(folders) for entry in folder.iterdir() if entry.name.endswith(".toml")}
    return [name.removesuffix(".toml") for name in sorted(found)]


def usable(folders: Sequence[Path] = ()) -> tuple[Kind, ...]:
    """The kinds that can be loaded: one bad template of the practice's must not stop every dictation."""
    found = []
    for name in _names(folders):
        try:
            found.append(load(name, folders))
        except TemplateError as error:
            log.warning("a template cannot be used: %s", error.code)
    return tuple(found)


def report(folders: Sequence[Path] = ()) -> dict[str, tuple[str, ...]]:
    """For each kind there is, what is wrong with it, in French sentences."""
    found = {}
    for name in _names(folders):
        try:
            found[name] = check(load(name, folders))
        except TemplateError as error:
            found[name] = (error.advice,)
    return found


def check(kind: Kind) -> tuple[str, ...]:
    """What is wrong with a kind's template, in French sentences; empty when it can be used as it is."""
    from pipeline.word.package import body, margins, names_in, open_word

    document = open_word(kind.template)
    in_body = names_in(body(document))
    by_margin = {where: set(names_in(element)) for where, element in margins(document)}
    problems = [] if "texte.corps" in in_body else ["Il manque {{ texte.corps }}, où se place le texte dicté."]
    if len(set(in_body) & set(SLOTS)) != sum(name in SLOTS for name in in_body):
        problems.append("Un emplacement {{ texte.… }} figure deux fois.")
    if any(names & set(SLOTS) for names in by_margin.values()):
        problems.append("Un emplacement {{ texte.… }} ne peut pas être dans un en-tête ou un pied de page.")
    if kind.signature and "signature" not in in_body:
        problems.append("Il manque {{ signature }}, où se place la mention de signature (CSP R.4127-76).")
    return (*problems, *_page_problems(kind, document, by_margin))


def _page_problems(kind: Kind, document: "Document", by_margin: Mapping[str, set[str]]) -> list[str]:
    first = document.sections[-1].different_first_page_header_footer
    pages = {"suivantes": "default"} | ({"première": "first"} if first else {})
    problems = []
    for which, key in pages.items():
        names = by_margin.get(f"header:{key}", set()) | by_margin.get(f"footer:{key}", set())
        plural = "s" if which == "suivantes" else ""
        page = f"Page{plural} {which} :"
        if kind.patient and not any(wanted <= names for wanted in _IDENTITY):
            problems.append(f"{page} il manque {{{{ patient.identite }}}} en en-tête ou pied de page (CSP R.1112-3).")
        if "document.numero" not in names:
            problems.append(f"{page} il manque {{{{ document.numero }}}} en en-tête ou pied de page.")
    return problems


def _places(folders: Sequence[Path]) -> list[Any]:
    return [folder for folder in folders if folder.is_dir()] + [resources.files("templates")]


def _read(filename: str, folders: Sequence[Path]) -> tuple[bytes, bool]:
    places = _places(folders)
    for place in places:
        file = place / filename
        if file.is_file():
            return file.read_bytes(), place is not places[-1]
    raise TemplateError(f"no {filename}", advice=f"Le modèle {filename} est introuvable.")


def _parse(name: str, description: bytes) -> dict[str, Any]:
    try:
        table = tomllib.loads(description.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _wrong(name, "fichier", "n'est pas du TOML lisible") from error
    for key in table.keys() - _KEYS:
        raise _wrong(name, key, "n'est pas une clé connue")
    return table


def _kind(name: str, table: Mapping[str, Any], template: bytes, *, own: bool) -> Kind:
    circuit = _value(name, table, "circuit", dict, {})
    sections = _tables(name, table, "sections", Section)
    kind = Kind(
        name=name,
        label=_value(name, table, "label", str, None),
        titles=_strings(name, table, "titles"),
        sections=sections,
        required=_tables(name, table, "required", RequiredItem),
        signature=_value(name, circuit, "signature", bool, True),
        patient=_value(name, circuit, "patient", bool, True),
        retention=_value(name, table, "retention", str, "dossier"),
        delay_hours=_value(name, table, "delay_hours", int, 48),
        addressees=_strings(name, table, "addressees"),
        own=own,
        template=template,
    )
    _refuse_bad_sections(kind)
    return kind


def _refuse_bad_sections(kind: Kind) -> None:
    ids = [section.id for section in kind.sections]
    for section_id in ids:
        if not _NAME.fullmatch(section_id) or section_id in SLOTS.values() or ids.count(section_id) > 1:
            raise _wrong(kind.name, "sections.id", "doit être un nom simple, unique, en minuscules sans accent")
    for item in kind.required:
        if item.section and item.section not in ids:
            raise _wrong(kind.name, "required.section", "ne désigne aucune section")


def _refuse_unknown_names(kind: Kind) -> None:
    from pipeline.word.package import body, margins, names_in, open_word

    document = open_word(kind.template)
    for element in (body(document), *(element for _, element in margins(document))):
        for field in names_in(element):
            if field not in VALUES and field not in SLOTS:
                raise TemplateError(
                    f"unknown field in {kind.name}.docx",
                    advice=f"Le champ {{{{ {field[:40]} }}}} du modèle {kind.name}.docx n'existe pas.",
                )


def _value(name: str, table: Mapping[str, Any], key: str, kind: type[Any], default: Any) -> Any:
    value = table.get(key, default)
    if value is None:
        raise _wrong(name, key, "est obligatoire")
    if not isinstance(value, kind) or (kind is int and (isinstance(value, bool) or value <= 0)):
        raise _wrong(name, key, "n'a pas la forme attendue")
    return value


def _strings(name: str, table: Mapping[str, Any], key: str) -> tuple[str, ...]:
    values = _value(name, table, key, list, [])
    if not all(isinstance(value, str) and value.strip() for value in values):
        raise _wrong(name, key, "doit être une liste de textes")
    return tuple(values)


def _tables(name: str, table: Mapping[str, Any], key: str, shape: type[Any]) -> tuple[Any, ...]:
    rows = _value(name, table, key, list, [])
    try:
        return tuple(shape(**{field: _row_value(value) for field, value in row.items()}) for row in rows)
    except (TypeError, AttributeError, ValueError) as error:
        raise _wrong(name, key, "contient une clé inconnue, manquante ou mal écrite") from error


def _row_value(value: Any) -> str | tuple[str, ...]:
    if isinstance(value, list) and all(isinstance(word, str) for word in value):
        return tuple(value)
    if isinstance(value, str) and value.strip():
        return value
    raise ValueError


def _wrong(name: str, key: str, why: str) -> TemplateError:
    return TemplateError(
        f"{name}.toml: key {key!r} cannot be used",
        advice=f"Modèle {name}.toml : « {key} » {why}.",
    )
