"""What a Word template can ask for between {{ }}, and what each name stands for.

Knows the French names a practice types in its templates and how each value is written; does not know Word, nor where
the values come from. A value that is missing and matters (the patient's identity) is said to be missing, never blank.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Literal

from pipeline.days import long_date
from pipeline.typography import typeset


@dataclass(frozen=True, slots=True, kw_only=True)
class Practice:
    """The practice of the letterhead."""

    name: str
    address: tuple[str, ...] = ()
    """Lines, postal code and city included."""
    city: str = ""
    """For « Ville, le … »."""
    phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doctor:
    """The doctor of the letterhead, who dictated: who signs too, unless a signatory is named."""

    title: str = "Dr"
    name: str
    specialty: str = ""
    rpps: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signatory:
    """Who signs in place of the doctor of the letterhead: their deputy, or an intern's principal."""

    title: str = "Dr"
    name: str
    role: Literal["deputy", "principal"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """The patient as the register knows them: what is printed on each page."""

    family_name: str = ""
    given_name: str = ""
    birth_date: date | None = None
    sex: Literal["F", "M", ""] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The document itself."""

    id: str
    date: date
    title: str = ""
    """Empty: the title that was dictated, else the label of the kind."""
    addressees: tuple[str, ...] = ()
    signature: Literal["electronic", "paper"] = "electronic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """Everything a template can ask for, but the text itself."""

    practice: Practice
    doctor: Doctor
    patient: Patient
    document: Document
    signatory: Signatory | None = None


def family_name(patient: Patient) -> str:
    """The family name in capitals, or that it is to be completed."""
    return patient.family_name.upper() or "NOM À COMPLÉTER"


def given_name(patient: Patient) -> str:
    """The given name, or that it is to be completed."""
    return patient.given_name or "prénom à compléter"


def born(patient: Patient) -> str:
    """« né le », « née le », or « né(e) le » when the sex is not known."""
    return {"F": "née le", "M": "né le"}.get(patient.sex, "né(e) le")


def birth(patient: Patient) -> str:
    """« née le 12/03/1954 », or that the date is to be completed: a missing birth date must be seen."""
    if patient.birth_date is None:
        return "date de naissance à compléter"
    return f"{born(patient)} {patient.birth_date:%d/%m/%Y}"


def identity(patient: Patient) -> str:
    """« DUPONT Jean, né le 12/03/1954 »: the identity line of each page (CSP R.1112-3)."""
    return f"{family_name(patient)} {given_name(patient)}, {birth(patient)}"


def signature(fields: Fields) -> str:
    """Who signs and where to look, written on the page before signing; empty for a signature by hand.

    It states no date and does not say that the document *is* signed: the page is laid out before the doctor signs, and
    the signature itself, in the file, holds the date and seals this very page.
    """
    if fields.document.signature == "paper":
        return ""
    return typeset(f"Signature électronique : {signer(fields)}.\nDate et validité : dans ce fichier PDF.")


def signer(fields: Fields) -> str:
    """« Dr Y », or in whose place: « Dr Y, pour le Dr X », « Dr X, responsable de l'interne Y » (CSP R.6153-3)."""
    title, name = fields.doctor.title.strip(), fields.doctor.name
    other = fields.signatory
    if other is None:
        return f"{title} {name}".strip()
    signs = f"{other.title} {other.name}".strip()
    if other.role == "deputy":
        return f"{signs}, pour {f'le {title} ' if title in ('Dr', 'Pr') else ''}{name}"
    return f"{signs}, responsable de l'interne {name}"


VALUES: Mapping[str, Callable[[Fields], str]] = MappingProxyType(
    {
        "cabinet.nom": lambda fields: fields.practice.name,
        "cabinet.adresse": lambda fields: "\n".join(fields.practice.address),
        "cabinet.ville": lambda fields: fields.practice.city,
        "cabinet.telephone": lambda fields: typeset(fields.practice.phone),
        "medecin.titre": lambda fields: fields.doctor.title,
        "medecin.nom": lambda fields: fields.doctor.name,
        "medecin.specialite": lambda fields: fields.doctor.specialty,
        "medecin.rpps": lambda fields: fields.doctor.rpps,
        "patient.nom": lambda fields: family_name(fields.patient),
        "patient.prenom": lambda fields: given_name(fields.patient),
        "patient.naissance": lambda fields: birth(fields.patient),
        "patient.identite": lambda fields: identity(fields.patient),
        "document.numero": lambda fields: fields.document.id,
        "document.date": lambda fields: long_date(fields.document.date),
        "document.titre": lambda fields: typeset(fields.document.title),
        "document.destinataires": lambda fields: typeset("\n".join(fields.document.addressees)),
        "signature": signature,
    }
)
"""Name typed in the template → how its value is written."""

SLOTS: Mapping[str, str] = MappingProxyType(
    {
        "texte.titre": "title",
        "texte.identite": "identity",
        "texte.appel": "greeting",
        "texte.corps": "body",
        "texte.formule": "closing",
        "texte.copies": "copies",
    }
)
"""Where the letter's own text goes: the slot's name → the part of the text. A slot is alone in its paragraph."""
