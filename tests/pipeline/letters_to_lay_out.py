"""Letters, as the speech part hands them over, and the people of an invented practice."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime

from pipeline.draft import fill
from pipeline.fields import Doctor, Document, Fields, Patient, Practice
from pipeline.kinds import load
from pipeline.types import Block, Draft, Role

AT = datetime(2025, 11, 21, 10, 30, tzinfo=UTC)
DUPONT = Patient(family_name="Dupont", given_name="Jean", birth_date=date(1954, 3, 12), sex="M")
FIELDS = Fields(
    practice=Practice(
        name="Cabinet des Trois-Œillets",
        address=("12, rue de l'Église", "63000 Clermont-Ferrand"),
        city="Clermont-Ferrand",
        phone="04 73 00 00 00",
    ),
    doctor=Doctor(name="Hélène LEFÈVRE-NUÑEZ", specialty="Cardiologie", rpps="10100000001"),
    patient=DUPONT,
    document=Document(id="7K3QX9M2TB", date=date(2025, 11, 21), addressees=("Dr Petit\n63100 Clermont-Ferrand",)),
)
Piece = tuple[Role, str, str]

CONSULTATION: tuple[Piece, ...] = (
    ("title", "", "Compte rendu de consultation de cardiologie"),
    ("identity", "", "Patient : DUPONT Jean, né le 12/03/1954\nConsultation du 18/11/2025"),
    ("greeting", "", "Cher confrère,"),
    ("body", "", "Je vous remercie de m'avoir adressé Monsieur Dupont, âgé de 71 ans, pour une dyspnée d'effort."),
    ("body", "antecedents", "Antécédents : HTA traitée depuis 2010, diabète de type 2, œdèmes."),
    ("body", "traitement", "Traitement habituel :\n- bisoprolol 2,5 mg le matin\n- apixaban 5 mg matin et soir"),
    ("body", "examen", "À l'examen : TA 145/85, SpO₂ 97 %, FC ≥ 72/min ; pas de souffle."),
    ("body", "", "Au total, je propose une échocardiographie ; 1 000 mg de paracétamol si douleur."),
    ("closing", "", "Bien confraternellement."),
    ("closing", "", "Copie : Dr Rossi, néphrologue"),
)
OPERATION: tuple[Piece, ...] = (
    ("title", "", "Compte rendu opératoire"),
    ("identity", "", "Patient : DUPONT Jean, né le 12/03/1954\nDate opératoire : 14/10/2025"),
    ("body", "intervention", "Intervention : cholécystectomie par cœlioscopie."),
    ("body", "indication", "Indication : lithiase vésiculaire symptomatique."),
    ("body", "description", "Introduction d'un trocart de 10 mm, puis de trois trocarts de 5 mm.\nPas de drainage."),
    ("body", "suites", "Suites : reprise de l'alimentation le soir même, sortie prévue à J1."),
)
LETTER: tuple[Piece, ...] = (
    ("title", "", "Courrier pour le Dr Marchand"),
    ("identity", "", "Patient : DUPONT Jean, né le 12/03/1954"),
    ("greeting", "", "Cher ami,"),
    ("body", "", "J'ai revu Monsieur Dupont le 5 novembre.\nPoids 84 kg, HbA1c à 7,8 %, contre 8,4 en mai."),
    ("closing", "", "Amitiés."),
)


def written(pieces: Iterable[Piece]) -> tuple[str, tuple[Block, ...]]:
    """The text of pieces and its blocks."""
    text, blocks = "", []
    for role, section, piece in pieces:
        text += "\n\n" if text else ""
        blocks.append(Block(role=role, section=section, start=len(text), end=len(text) + len(piece)))
        text += piece
    return text, tuple(blocks)


def drafted(pieces: Iterable[Piece] = CONSULTATION, *, kind: str = "consultation", fields: Fields = FIELDS) -> Draft:
    """Pieces laid out in a shipped template."""
    text, blocks = written(pieces)
    return fill(text, blocks, kind=load(kind), fields=fields)


def long_consultation(paragraphs: int) -> tuple[Piece, ...]:
    """A consultation with so many paragraphs more, all different."""
    more: list[Piece] = []
    for number in range(1, paragraphs + 1):
        said = f"Point {number} : TA {100 + number}/{50 + number}, ramipril {number},5 mg le soir."
        more.append(("body", "", said + " Revu ce jour sans changement." * 4))
    return (*CONSULTATION[:4], *more, *CONSULTATION[4:])


def about(patient: Patient) -> Fields:
    """The same fields about another patient."""
    return replace(FIELDS, patient=patient)
