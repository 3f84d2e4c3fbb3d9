"""Which kind of document this is, and which section a heading opens, by their sound.

Knows how to compare what was heard to the names that the kinds declare; takes any kinds that look like `KindLike`.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol

from vocab import phonetics

_ROUGH = 0.3
"""How much less alike the letters of two sounds may be than the sounds themselves."""


class SectionLike(Protocol):
    """A part of the body that a heading opens."""

    @property
    def id(self) -> str:
        """Its stable name."""
        ...

    @property
    def heading(self) -> str:
        """How it is printed."""
        ...

    @property
    def spoken(self) -> tuple[str, ...]:
        """How doctors announce it."""
        ...


class KindLike(Protocol):
    """A kind of document."""

    @property
    def name(self) -> str:
        """Its stable name."""
        ...

    @property
    def titles(self) -> tuple[str, ...]:
        """How doctors announce it."""
        ...

    @property
    def sections(self) -> Sequence[SectionLike]:
        """Its sections, in order."""
        ...


TITLES = (
    "compte rendu", "compte rendu de consultation", "compte rendu opératoire", "compte rendu d'hospitalisation",
    "compte rendu de passage aux urgences", "compte rendu d'examen", "compte rendu d'échographie",
    "compte rendu de scanner",
    "compte rendu d'endoscopie", "compte rendu d'imagerie", "compte rendu de coloscopie", "consultation",
    "consultation de", "lettre de sortie", "lettre de liaison", "lettre de sortie d'hospitalisation", "courrier",
    "courrier pour le", "courrier au", "certificat médical", "ordonnance", "convocation", "convocation pour une",
    "convocation pour un", "demande d'examen", "résultats d'examens", "protocole opératoire", "avis spécialisé",
)  # fmt: skip
"""Titles that any practice announces, besides those of its kinds."""

HEADINGS = (
    "motif", "motif de consultation", "antécédents", "antécédents médicaux", "antécédents chirurgicaux",
    "antécédents familiaux", "antécédents personnels", "allergies", "mode de vie", "traitement", "traitements",
    "traitement habituel", "traitement en cours", "traitement actuel", "traitement de sortie", "traitement d'entrée",
    "histoire de la maladie", "anamnèse", "examen", "examen clinique", "à l'examen", "à l'examen clinique",
    "à l'entrée",
    "à la sortie", "cliniquement", "examens complémentaires", "biologie", "imagerie", "radiographie", "échographie",
    "scanner", "résultats", "résultat", "technique", "indication", "indications", "intervention", "anesthésie",
    "installation", "description", "constatations", "suites", "suites opératoires", "durée", "évolution",
    "évolution dans le service", "conclusion", "en conclusion", "au total", "conduite à tenir", "supplémentation",
    "prescription", "ordonnance", "surveillance", "kinésithérapie", "diagnostic", "interprétation", "commentaire",
    "facteurs de risque", "électrocardiogramme", "auscultation", "protocole", "interrogatoire", "merci d'apporter",
    "cher confrère", "objet", "destinataire", "renseignements cliniques", "incidence", "incidences", "comparaison",
)  # fmt: skip
"""Headings that any practice announces, besides those of its kinds."""


def sounds_like(heard: str, name: str, *, above: float) -> float:
    """How alike two expressions sound when that is `above`, else 0: quick when they are nothing alike."""
    return _scored(phonetics.phrase(heard), name, above)


def closest(heard: str, names: Sequence[str], *, above: float) -> tuple[str, float]:
    """The name that sounds most like what was heard, if it is alike enough; the first of equals."""
    if not heard:
        return "", 0.0
    key = phonetics.phrase(heard)
    best, score = "", above
    for name in names:
        alike = _scored(key, name, score)
        if alike > score or (alike == score and not best):
            best, score = name, alike
    return best, score if best else 0.0


def _scored(key: str, name: str, above: float) -> float:
    """How alike, or 0 when surely not `above`: a rough look first, comparing sounds takes a hundred times longer."""
    from rapidfuzz.distance import Levenshtein

    sounds, coarse = _sounded(name)
    if abs(len(sounds) - len(key)) > 0.4 * max(len(sounds), len(key)):
        return 0.0
    floor = max(0.0, above - _ROUGH)
    if Levenshtein.normalized_similarity(_coarse(key), coarse, score_cutoff=floor) < floor:
        return 0.0
    alike = _alike(key, sounds)
    return alike if alike >= above else 0.0


@lru_cache(maxsize=4096)
def _sounded(name: str) -> tuple[str, str]:
    sounds = phonetics.phrase(name)
    return sounds, phonetics.coarse(sounds)


@lru_cache(maxsize=16384)
def _coarse(sounds: str) -> str:
    return phonetics.coarse(sounds)


@lru_cache(maxsize=16384)
def _alike(one: str, other: str) -> float:
    return phonetics.likeness(one, other)


def headings(kinds: Sequence[KindLike]) -> tuple[str, ...]:
    """Every heading that may be announced."""
    own = [name for kind in kinds for section in kind.sections for name in section.spoken]
    return tuple(dict.fromkeys((*HEADINGS, *own)))


def detect(title: str, kinds: Sequence[KindLike], *, greeted: bool) -> str:
    """The kind announced by the title (its longest declared name that begins it), else by there being a greeting."""
    words = title.split()
    best, length = "", 0
    for kind in kinds:
        for name in kind.titles:
            size = len(name.split())
            if size > length and size <= len(words) and sounds_like(" ".join(words[:size]), name, above=0.9):
                best, length = kind.name, size
    if best:
        return best
    names = {kind.name for kind in kinds}
    wanted = "courrier" if greeted else "consultation"
    return wanted if wanted in names or not names else next(iter(kind.name for kind in kinds))
