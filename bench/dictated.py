"""Numbered dictations, each about a patient of its own: what is said of one can never pass for another.

The sound is a tone whose length says its number, so that the recogniser which recites and the one who checks at the
end agree without telling each other anything. Knows nothing of the chain they go through.
"""

import hashlib
from dataclasses import dataclass
from datetime import date

from pipeline.machine.trial.recordings import RATE, wav

SHORTEST = RATE // 2
"""Samples of dictation 0; one more for each number."""
_FAMILIES = (
    "Durand", "Petit", "Leroy", "Moreau", "Garnier", "Roux", "Fournier", "Girard", "Bonnet", "Dupont", "Fontaine",
    "Rousseau", "Morin", "Mercier", "Boyer", "Chevalier", "Gauthier", "Perrin", "Robin", "Masson", "Marchand",
    "Dumont", "Lemaire", "Meunier", "Carpentier",
)  # fmt: skip
_GIVEN = (
    "Paul", "Jacques", "Pierre", "Louis", "Marc", "Henri", "Alain", "Gilles", "Thomas", "Antoine", "Georges",
    "Philippe", "Nicolas", "Julien", "Bruno", "Serge",
)  # fmt: skip
_MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
    "décembre",
)  # fmt: skip
_LETTERS = (
    "Compte rendu de consultation {who} point à la ligne Cher confrère virgule à la ligne "
    "HTA équilibrée virgule ramipril 5 mg le matin point à la ligne Bien confraternellement point",
    "Compte rendu de consultation {who} point à la ligne Chère consœur virgule à la ligne "
    "Diabète ancien virgule metformine 850 mg le soir point à la ligne Bien cordialement point",
    "Compte rendu de consultation {who} point à la ligne Cher confrère virgule à la ligne "
    "Examen normal point à la ligne Bien cordialement point Courrier suivant. "
    "Compte rendu de consultation {who} point à la ligne Chère consœur virgule à la ligne "
    "Fibrillation auriculaire virgule apixaban 5 mg matin et soir point à la ligne Bien confraternellement point",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Whom a dictation is about."""

    family_name: str
    given_name: str
    birth_date: date


def person(number: int) -> Person:
    """The patient of this dictation: no two of the first four hundred have the same name."""
    family, given = _FAMILIES[number % len(_FAMILIES)], _GIVEN[number // len(_FAMILIES) % len(_GIVEN)]
    born = date(1930 + number % 60, 1 + number % 12, 1 + number % 28)
    return Person(family_name=family, given_name=given, birth_date=born)


def said(number: int) -> str:
    """What the doctor says."""
    who = person(number)
    day = "1er" if who.birth_date.day == 1 else str(who.birth_date.day)
    born = f"{day} {_MONTHS[who.birth_date.month - 1]} {who.birth_date.year}"
    return _LETTERS[number % len(_LETTERS)].format(who=f"patient {who.family_name} {who.given_name} né le {born}")


def letters(number: int) -> int:
    """How many letters it makes."""
    return _LETTERS[number % len(_LETTERS)].count("{who}")


def sound(number: int) -> bytes:
    """The recording, as a dictaphone writes it."""
    import numpy as np

    tone = (np.sin(np.arange(SHORTEST + number) * 0.1) * 8000).astype(np.int16)
    return wav(tone)


def sha256(number: int) -> str:
    """The hash of the recording: what tells it from every other."""
    return hashlib.sha256(sound(number)).hexdigest()


def number(samples: int) -> int:
    """Which dictation a sound of so many samples is."""
    return samples - SHORTEST
