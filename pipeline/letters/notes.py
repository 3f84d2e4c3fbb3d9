"""What is said to the secretary and not to the reader: notes, wherever they are said, and that a letter is urgent.

Knows how a doctor speaks to a secretary. Leaves in the letter whatever a colleague or the patient may be asked for.
"""

import re
from collections.abc import Sequence
from typing import Literal

from pipeline.letters.kinds import closest
from pipeline.spoken.heard import Piece, said
from vocab import names
from vocab.folding import fold

NOTE = "consigne à la secrétaire"
Said = Literal["", "note", "urgent", "not urgent"]
_OPENINGS = (
    "note à la secrétaire", "note pour la secrétaire", "note à ma secrétaire", "note pour ma secrétaire",
    "note au secrétariat", "note pour le secrétariat", "pour la secrétaire", "pour ma secrétaire", "à la secrétaire",
    "pour le secrétariat", "message à la secrétaire", "message pour la secrétaire", "message pour le secrétariat",
    "à l'attention de la secrétaire", "à l'attention du secrétariat", "consigne pour la secrétaire",
    "consigne à la secrétaire", "consigne pour le secrétariat", "à l'intention du secrétariat",
    "remarque pour la secrétaire", "mot pour la secrétaire", "petite note pour la secrétaire", "entre nous",
)  # fmt: skip
_INSIDE = tuple(one for one in _OPENINGS if one.startswith(("note", "message", "consigne", "remarque")))
_CLOSINGS = ("fin de note", "fin de la note", "fin de la consigne", "fin du message", "fin de consigne")
_ALIKE, _ALIKE_INSIDE = 0.9, 0.93
_LONGEST = 60
_PLEASE = r"s' il (?:te|vous) plait"
_YOU = (
    r"tu (?:me |le |la |les |l' |lui |leur |y |en )*\w+[sx]",
    r"vous (?:me |le |la |les |l' |lui |leur |y |en )*\w+ez", "merci de",
    "merci d'", "appelle", "appelez", "mets", "mettez", "pense", "pensez", "n' oublie",
    "n' oubliez", "envoie", "envoyez", "joins", "joignez", "tape", "tapez", "faxez", "imprime", "imprimez", "ajoute",
    "ajoutez", "rajoute", "rajoutez", "prends", "prenez", "programme", "programmez", "previens", "prevenez", "verifie",
    "verifiez", _PLEASE, "peux tu", "pourras tu", "pourrais tu", "pouvez vous", "pourrez vous",
    "pourriez vous", "est ce que tu", "est ce que vous",
)  # fmt: skip
_TO_YOU = re.compile(rf"^(?:{'|'.join(_YOU)}) ")
"""What follows a given name when its bearer is spoken to."""
_ASKED = (
    "merci de", "merci d'", "(?:peux|pourras|pourrais) tu", "(?:pouvez|pourrez|pourriez) vous",
    "tu (?:peux|pourras|pourrais|me|mettras|joindras|ajouteras)",
    "vous (?:pouvez|pourrez|pourriez|me|mettrez|joindrez|ajouterez)", "penser a", "pense a", "pensez a",
    "ne pas oublier de", "n' oubliez? pas (?:de|d')", "il faut", "il faudra", "bien", "mettre", "mets", "mettez",
    "joins", "joignez", _PLEASE,
)  # fmt: skip
_WRITTEN = "(?:ce|cette|le|la|mon) (?:courrier|lettre|dictee|compte rendu|document)"
_PAPERS = (
    r"(?:courrier|lettre|compte rendu|ordonnance|bilan|resultat|copie|document|dossier|piece|feuille|certificat|trace"
    r"|ecg|electrocardiogramme|biologie|imagerie|radio\w*|scanner|irm|echo\w*|photo\w*|protocole|fiche|formulaire"
    r"|analyse|examen|consentement|questionnaire|facture|devis|rapport)s?"
)
_DESK = (
    rf"(?:joindre|joins|joignez|agrafer|photocopier) (?:\w+'? ){{0,2}}{_PAPERS}", "dactylographier", "faxer", "retaper",
    "(?:mettre|mettez|mets) en copie", "en piece jointe", "en tete de lettre", "papier a en tete",
    "(?:verifier|chercher|completer|retrouver|corriger) (?:l'|le|la|les|son|sa)"
    " (?:orthographe|adresse|nom|numero|prenom|coordonnees|date de naissance)",
    f"(?:imprimer|taper|envoyer|classer|scanner|relire) {_WRITTEN}",
)  # fmt: skip
_ASKING = re.compile(rf"^(?:(?:{'|'.join(_ASKED)}) )+.*?\b(?:{'|'.join(_DESK)})\b")
"""Work of a secretary, asked of nobody by name."""
_LED = (
    "alors", "bon", "voila", "donc", "attention", "c' est", "ce courrier est", "cette lettre est", "cette dictee est",
    "courrier", "lettre", "dictee", "compte rendu", "tres", "extremement", "un", "une", "a", "en", "tout a fait",
    _PLEASE, "merci",
)  # fmt: skip
_WHEN = ("pour aujourd' hui", "pour ce soir", "pour demain", "a taper", "a envoyer", "aujourd' hui", "ce jour")
_SOON = (
    "tout de suite", "en urgence", "d' urgence", "aujourd' hui", "ce soir", "en priorite", "des aujourd' hui",
    "ce jour", "des ce soir",
)  # fmt: skip
_TYPE = "(?:taper|frapper|faxer|poster)"
"""What is done to a letter only."""
_SEND = "(?:faire partir|envoyer|traiter|transmettre)"
"""What is also done to, or for, a patient."""
_URGENT = re.compile(
    rf"^(?:(?:{'|'.join(_LED)}) )*(?:urgente?|urgentissime|prioritaire|en priorite)"
    rf"(?: (?:{'|'.join((*_WHEN, _PLEASE, 'merci'))}))*$"
    rf"|^(?:merci de |a |il faut |c' est a |c' est )*"
    rf"(?:(?:l' |le |la )?{_TYPE}(?: {_WRITTEN})?|{_SEND} {_WRITTEN}|(?<=^a )(?:envoyer|faire partir))"
    rf" (?:{'|'.join(_SOON)})$"
    r"|^(?:courrier|lettre|dictee|compte rendu) (?:a (?:taper|envoyer|faire|traiter) )?(?:en urgence|d' urgence)$"
)
_NOT_URGENT = re.compile(r"^(?:ce n' est pas|c' est pas|pas|non|rien d')(?: \w+)? ?urgente?$")
_HASTE = re.compile(r"\b(?:urgen(?:te?|ce)|prioritaires?)\b")
_DENIED = re.compile(r"\b(?:pas|non|sans|aucune?|rien|ni|refus\w*|annul\w*)\b[^.;:,]{0,40}$")
_REFUSED = re.compile(r"^\W*(?:\w+ ){0,2}(?:refus|annul|ecart)")
_URGENT_LETTER = re.compile(
    r"\b(?:courrier|lettre|dictee|compte rendu|document|ordonnance|certificat|convocation)s? (?:tres |extremement )?"
    r"urgente?s?\b|\bdemande (?:\S+ ){0,4}urgente?s?\b|^urgente?\b"
)


def said_to_secretary(words: Sequence[Piece]) -> Said:
    """What a sentence is, when it is not for the page."""
    if not words:
        return ""
    text = " ".join(piece.key.replace("-", " ") for piece in words if not piece.mark)
    if _NOT_URGENT.match(text):
        return "not urgent"
    if _URGENT.match(text):
        return "urgent"
    return "note" if _opens(words) or _called(words, text) or _ASKING.match(text) else ""


def is_urgent(note: str) -> bool:
    """Whether a note asks for haste."""
    text = re.sub(r"\boublie[rz]? pas\b|\bpas oublier\b", "", fold(note))
    return any(
        not _DENIED.search(text[: one.start()]) and not _REFUSED.match(text[one.end() :])
        for one in _HASTE.finditer(text)
    )


def urgent_title(title: str) -> bool:
    """Whether a title says that the letter itself is urgent: « courrier urgent », not « consultation urgente »."""
    return bool(_URGENT_LETTER.search(fold(title)))


def written(words: Sequence[Piece]) -> str:
    """A note as a person reads it: no space after an apostrophe nor before a comma."""
    text = " ".join(piece.mark if piece.mark in (",", ":") else said([piece]) for piece in words)
    return re.sub(r"(?<=['’]) | (?=,)", "", text).strip(" ,")


def begins_inside(words: Sequence[Piece]) -> int:
    """Where a note begins in the middle of a sentence; the sentence's length when none does."""
    for at in range(1, len(words) - 2):
        for size in (3, 4, 5):
            part = words[at : at + size]
            named = len(part) == size and part[0].key.startswith(("not", "mess", "cons", "rem"))
            if named and closest(" ".join(one.text for one in part), _INSIDE, above=_ALIKE_INSIDE)[0]:
                return at
    return len(words)


def ends_note(words: Sequence[Piece]) -> bool:
    """Whether these words say that the note is over."""
    return 2 <= len(words) <= 5 and bool(closest(" ".join(one.text for one in words), _CLOSINGS, above=0.85)[0])


def lasts_until(sentences: Sequence[Sequence[Piece]], at: int) -> int:
    """The index of the sentence that ends the note begun at this one, when « fin de note » is said soon enough; else
    the note is this one sentence."""
    count = 0
    for index in range(at + 1, len(sentences)):
        if ends_note(sentences[index]):
            return index
        count += len(sentences[index])
        if count > _LONGEST:
            break
    return at


def _opens(words: Sequence[Piece]) -> bool:
    return any(
        len(words) >= size and bool(closest(" ".join(one.text for one in words[:size]), _OPENINGS, above=_ALIKE)[0])
        for size in (2, 3, 4, 5)
    )


def _called(words: Sequence[Piece], text: str) -> bool:
    """« Claire tu peux… », « Sandrine, appelez… »: a given name, then what is asked of her."""
    if len(words) < 3 or not names.gender(words[0].text) or words[0].unit:
        return False
    rest = text.partition(" ")[2].lstrip(", ")
    return bool(_TO_YOU.match(rest + " "))
