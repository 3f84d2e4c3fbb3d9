"""A practice with work in it, as the pages show it: one letter with its places to check, its sound, its patients."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

from archive import patients
from pipeline import store, tables
from pipeline.practice import Practice
from pipeline.types import Block, CheckedText, Identity, Letter, Review, Span
from tests.fakes import People
from vocab.flag import Flag, Severity

TEXT = """Compte rendu de consultation de cardiologie

Patient : DUPONT Jean, né le 12/03/1954
Consultation du 18/11/2025

Cher confrère,

Je vous remercie de m'avoir adressé votre patient, Monsieur Dupont, âgé de 71 ans, pour une dyspnée d'effort.
Antécédents : HTA traitée depuis 2010, diabète de type 2, fibrillation atriale permanente.
Traitement habituel : bisoprolol 2,5 mg le matin, apixabon 5 mg matin et soir, ramipril 10 mg le soir.

À l'examen : tension artérielle 145/85, fréquence cardiaque 72/min. Souffle systolique au foyer ortique. L'ECG inscrit une fibrillation atriale.

Au total, je propose de réaliser une échocardiographie et de revoir le patient dans trois mois.
Bien confraternellement."""  # noqa: E501

FLAGS: Sequence[tuple[str, Severity, Any, str, tuple[str, ...]]] = (
    ("HTA", "hint", "abbreviation", "Abréviation : hypertension artérielle.", ()),
    ("apixabon", "block", "suggestion", "Médicament inconnu ; un nom proche existe.", ("apixaban",)),
    ("10 mg", "block", "dose", "Dose corrigée pendant la dictée : « 5 mg », puis « non pardon, 10 mg ».", ()),
    ("145/85", "look", "number", "Tension artérielle : à entendre.", ()),
    ("ortique", "look", "unknown-word", "Mot inconnu ; un terme proche existe.", ("aortique", "optique")),
)
OPEN, DONE, SIGNED = "C0PSTE0001", "C0PSTE0002", "C0PSTE0003"
PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n%%EOF\n"
SECONDS = 62.0


@dataclass(frozen=True)
class Scene:
    """Who is in the register, and the reviewed letter."""

    jean: str
    namesake: str
    review: Review


def checked(text: str = TEXT, flags: Sequence[Any] = FLAGS) -> CheckedText:
    """The letter with its places to check; each word was said in its turn."""
    spans, words = [], text.split()
    step, at = SECONDS / max(1, len(words)), 0
    for i, word in enumerate(words):
        at = text.index(word, at)
        seconds = (round(i * step, 2), round(i * step + step * 0.9, 2))
        spans.append(Span(start=at, end=at + len(word), seconds=seconds, probability=0.9))
        at += len(word)
    places = tuple(
        Flag(start=text.index(word), end=text.index(word) + len(word), kind=kind, text=word, reason=reason,
             severity=severity, suggestions=suggestions,
             seconds=next(span.seconds for span in spans if span.end > text.index(word)))
        for word, severity, kind, reason, suggestions in flags
        if word in text
    )  # fmt: skip
    identity = Identity(family_name="DUPONT", given_name="Jean", birth_date=date(1954, 3, 12), confidence=0.93)
    letter = Letter(
        text=text, blocks=(Block(role="body", start=0, end=len(text)),), spans=tuple(spans), kind="consultation",
        patient=identity, notes=("Merci de mettre le docteur Petit en copie.",),
    )  # fmt: skip
    return CheckedText(letter=letter, flags=places)


@cache
def sound() -> tuple[bytes, str]:
    """A hum that swells at each word, as a browser plays it, and its outline."""
    import numpy as np

    from pipeline.sound import audio

    time = np.arange(int(SECONDS * audio.RATE)) / audio.RATE
    words = len(TEXT.split())
    phase = (time * words / SECONDS) % 1
    loud = np.random.default_rng(4).uniform(0.25, 0.9, words + 1)[(time * words / SECONDS).astype(int)]
    samples = (np.sin(2 * np.pi * 170 * time) * loud * np.clip(np.sin(np.pi * phase), 0, 1) ** 0.6).astype(np.float32)
    return audio.playable(samples), json.dumps(audio.peaks(samples, buckets=500))


def furnish(practice: Practice, people: People, *, text: str = TEXT, with_sound: bool = True) -> Scene:
    """Put work in a practice: a letter to review, one to sign, one signed, a file to check."""
    review = Review(checked=checked(text), text=text)
    wave, peaks = sound() if with_sound else (b"RIFF" + bytes(range(256)) * 4, "[]")
    now, doctor = store.now(), people.lambert.doctor
    recording = {"doctor": doctor, "audio": "0" * 64, "received": now, "due": now, "since": now}
    with practice.begin() as connection:
        jean = patients.add(
            connection, family_name="Dupont", given_name="Jean", birth_date=date(1954, 3, 12), actor="test"
        )
        namesake = patients.add(
            connection, family_name="Dupont", given_name="Jean", birth_date=date(1961, 7, 2), actor="test"
        )
        kept = {"playable": practice.objects.put(wave), "peaks": peaks, "seconds": SECONDS}
        for n, (state, reason, name) in enumerate(
            (
                ("drafted", "", "DS330012.DS2"),
                ("refused-file", "E023", "<img src=x>.wav"),
                ("transcribing", "", "a.wav"),
            )
        ):
            values = recording | kept | {"sha256": f"{n:064}", "name": name, "state": state, "reason": reason}
            store.insert_once(connection, tables.dictation, id=f"D0PSTE000{n}", **values)
        pdf = practice.objects.put(PDF)
        rows = (
            (OPEN, 0, {"state": "to-review", "to_check": 4, "due": now + timedelta(hours=3)}),
            (DONE, 1, {"state": "to-sign", "patient": jean.id, "pdf": pdf, "due": now + timedelta(hours=30)}),
            (SIGNED, 2, {"state": "filed", "patient": jean.id, "pdf": pdf, "signed": pdf, "due": now}),
        )
        for key, position, values in rows:
            fixed = {"dictation": "D0PSTE0000", "kind": "consultation", "doctor": doctor, "since": now}
            address = practice.keep(review)
            store.insert_once(
                connection, tables.document, id=key, position=position, review=address, written=date(2025, 11, 18),
                **(fixed | values),
            )  # fmt: skip
    return Scene(jean=jean.id, namesake=namesake.id, review=review)
