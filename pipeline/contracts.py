"""The JSON that other programs read: every field name here is a promise (see the README)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pipeline.types import CheckedText, Coverage, Transcript
from vocab.flag import Flag

if TYPE_CHECKING:
    from archive.records import Patient


def reading_json(
    documents: Sequence[CheckedText], *, coverage: Coverage, transcript: Transcript, total_seconds: float
) -> dict[str, Any]:
    """What `copiste transcribe --json` prints."""
    return {
        "documents": [document_json(document) for document in documents],
        "coverage": {
            "speech_seconds": round(coverage.speech_seconds, 2),
            "in_text": round(coverage.in_text, 2),
            "removed": [{"seconds": list(one.seconds), "reason": one.reason} for one in coverage.removed],
            "unaccounted": [list(seconds) for seconds in coverage.unaccounted],
        },
        "raw_text": transcript.raw_text,
        "model": {"name": transcript.model.name, "sha256": transcript.model.sha256},
        "timing": {
            "audio": round(transcript.audio_seconds, 2),
            "decode": round(transcript.decode_seconds, 2),
            "total": round(total_seconds, 2),
        },
    }


def document_json(document: CheckedText) -> dict[str, Any]:
    """One letter of a dictation."""
    letter = document.letter
    birth = letter.patient.birth_date
    return {
        "text": letter.text,
        "blocks": [
            {"role": one.role, "section": one.section, "start": one.start, "end": one.end} for one in letter.blocks
        ],
        "kind": letter.kind,
        "doctor": letter.doctor,
        "addressees": list(letter.addressees),
        "urgent": letter.urgent,
        "patient": {
            "family_name": letter.patient.family_name,
            "given_name": letter.patient.given_name,
            "birth_date": birth.isoformat() if birth else None,
            "confidence": round(letter.patient.confidence, 2),
        },
        "notes": list(letter.notes),
        "flags": [flag_json(flag) for flag in document.flags],
        "words": [
            {"text": word.text, "start": word.start, "end": word.end, "probability": word.probability}
            for word in letter.words
        ],
    }


def flag_json(flag: Flag) -> dict[str, Any]:
    """A place to look at."""
    return {
        "start": flag.start,
        "end": flag.end,
        "kind": flag.kind,
        "text": flag.text,
        "suggestions": list(flag.suggestions),
        "seconds": list(flag.seconds) if flag.seconds else None,
        "severity": flag.severity,
        "reason": flag.reason,
    }


def patient_json(patient: "Patient | None") -> dict[str, Any] | None:
    """A patient of the register."""
    if patient is None:
        return None
    return {
        "id": patient.id,
        "family_name": patient.family_name,
        "given_name": patient.given_name,
        "birth_date": patient.birth_date.isoformat() if patient.birth_date else None,
    }
