"""What the settings choose by name: the transcriber and the signer (the engine chooses itself, it alone knows DBOS)."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pipeline.settings import Settings, plugged
from pipeline.sign import DoctorKey, LocalSigner, Signer
from pipeline.transcribe import Transcriber


def transcriber(settings: Settings, *, progress: Callable[[float], None] | None = None) -> Transcriber:
    """The recogniser that the settings name; ModelMissing when its files are not here."""
    speech = settings.speech
    if speech.transcriber != "whisper":
        chosen: Transcriber = plugged(speech.transcriber)(settings)
        return chosen
    from pipeline.transcribe import WhisperTranscriber
    from pipeline.transcribe.model import locate

    folder, model = locate(speech.model, cache=cache_folder(), allow_downloads=speech.allow_downloads)
    return WhisperTranscriber(
        folder, model=model, threads=speech.threads, timeout_factor=speech.timeout_factor, progress=progress
    )


def signer(settings: Settings, doctor: Mapping[Any, Any], *, key: bytes, authority: bytes) -> Signer:
    """What signs for this doctor (a row) with this key, closed by their code; `authority` is the certificate above."""
    if settings.signer != "pades":
        chosen: Signer = plugged(settings.signer)(settings, doctor)
        return chosen
    own = DoctorKey(certificate_pem=doctor["certificate"].encode(), encrypted_key_pem=key)
    return LocalSigner(name=f"{doctor['title']} {doctor['name']}".strip(), key=own, authority_pem=authority)


def cache_folder() -> Path:
    """Where joined models are kept between runs, the user's own cache."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "copiste"
