"""A recovery sheet on paper: one page that says, to whoever finds it in twenty years, what it is and what to do.

Knows the French of the page and how to have it drawn (Typst, with the shipped fonts only, as PDF/A-2b). Knows nothing
of keys: the words are given.
"""

import json
from datetime import UTC, datetime
from importlib import resources
from typing import Any

from pipeline.render import archivable
from pipeline.safekeeping.words import NEEDED, SHEETS, Sheet

WHY = (
    "Tout ce que Copiste conserve pour ce cabinet (dictées, courriers signés, dossiers) est chiffré. La clé qui "
    "l'ouvre est sur l'ordinateur du cabinet, et n'est volontairement dans aucune sauvegarde.",
    f"Si cet ordinateur est perdu, volé ou détruit, {NEEDED} des {SHEETS} feuilles de ce jeu redonnent la clé. Une "
    "seule feuille n'ouvre rien et ne révèle rien.",
)
KEEP = (
    "Une feuille par endroit, dans trois endroits différents : par exemple le coffre du cabinet, le domicile d'un "
    "associé, le notaire ou la banque.",
    "Jamais deux feuilles ensemble. Jamais avec une sauvegarde. Jamais dans l'ordinateur, ni en photo.",
    "À remettre à une personne tenue au secret médical, ou sous enveloppe fermée. Notez qui détient les deux autres.",
    "À garder aussi longtemps que les dossiers et que les sauvegardes faites avec cette clé.",
)
DAY = (
    ("Réunissez deux feuilles qui portent le même numéro de jeu. Installez Copiste sur un ordinateur du cabinet.", ""),
    (
        "Vérifiez les feuilles, sans rien changer. Les mots sont anglais (norme internationale SLIP-39) : tapez-les "
        "dans l'ordre des numéros, sans les numéros ; les quatre premières lettres suffisent.",
        "copiste keys check",
    ),
    (
        "L'ordinateur a disparu, il reste une sauvegarde : restaurez-la dans un dossier neuf.",
        "copiste restore SAUVEGARDE DOSSIER",
    ),
    (
        "Le dossier du cabinet est là, seul le fichier practice.key manque : remettez-le.",
        "copiste keys recover DOSSIER",
    ),
    ("Quand tout est revenu, imprimez un nouveau jeu et détruisez celui-ci.", "copiste keys sheets"),
)


def draw(sheet: Sheet, *, practice: str, fingerprint: str, public: str, made: datetime) -> bytes:
    """The page of a sheet as a PDF/A-2b; `made` is aware, in the practice's time zone."""
    import typst

    page = json.dumps(_page(sheet, practice, fingerprint, public, made), ensure_ascii=False)
    fonts = str(resources.files("templates") / "fonts")
    program = str(resources.files("pipeline.safekeeping") / "sheet.typ")
    compiler: Any = typst.Compiler(program, font_paths=[fonts], ignore_system_fonts=True)
    at = made.astimezone(UTC).replace(microsecond=0)
    drawn = compiler.compile(format="pdf", pdf_standards=["a-2b"], timestamp=at, sys_inputs={"sheet": page})
    return archivable(bytes(drawn), at=at)


def _page(sheet: Sheet, practice: str, fingerprint: str, public: str, made: datetime) -> dict[str, Any]:
    return {
        "title": "Feuille de secours",
        "practice": _drawable(practice),
        "number": f"{sheet.number} sur {SHEETS}",
        "set": f"jeu {sheet.set}",
        "why": WHY,
        "keep": {"title": "Où garder cette feuille", "lines": KEEP},
        "words-title": f"Les {len(sheet.words)} mots de cette feuille",
        "words": sheet.words,
        "day": {
            "title": "Le jour où il le faut",
            "lines": [{"said": said} | ({"command": command} if command else {}) for said, command in DAY],
        },
        "foot": f"Imprimée le {made:%d/%m/%Y}. Empreinte de la clé : {fingerprint}. Clé publique (elle n'est pas "
        f"secrète) : {public}. Sans Copiste, tout logiciel qui suit la norme SLIP-39 redonne, à partir de deux "
        "feuilles, les 32 octets de la clé « age » (X25519) du cabinet.",
    }


def _drawable(name: str) -> str:
    """The practice's name in the characters that the shipped fonts surely have: a sheet is printed whatever happens."""
    return "".join(one if one.isprintable() and (one < "\u0180" or one in "’‘“”–—…€") else " " for one in name)
