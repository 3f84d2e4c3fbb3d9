"""The words of a recovery sheet, as someone types them from paper.

Knows the list of words (SLIP-39: 1024 English words, told apart by their first four letters) and the sum that proves
a sheet was read right; says in French which word to look at again. What an error says to the log is a number, never a
word; only the person who types is offered words that resemble what they typed. Knows nothing of what the words open.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import CopisteError

if TYPE_CHECKING:
    from shamir_mnemonic import Share

COUNT = 33
"""Words of a sheet, for a key of 32 bytes."""
SHEETS, NEEDED = 3, 2
_PREFIX = 4
_CHECKSUM_OF = b"shamir_extendable"


class SheetsRefused(CopisteError):
    """What was typed is not two recovery sheets that go together."""

    code = "E100"
    exit_code = 100
    advice = "Ces mots ne sont pas ceux de deux feuilles de secours de Copiste. Reprenez les feuilles imprimées."


class SheetMisread(SheetsRefused):
    """A word of a sheet is wrong or missing."""

    code = "E101"
    exit_code = 101
    advice = "Un mot de cette feuille a été mal recopié. Relisez-la mot à mot."


class SheetsApart(SheetsRefused):
    """The two sheets are not two different sheets of one set."""

    code = "E102"
    exit_code = 102
    advice = "Ces deux feuilles ne vont pas ensemble. Prenez deux feuilles qui portent le même numéro de jeu."


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One of the three sheets: its number, its set's, and its words."""

    number: int
    set: str
    words: tuple[str, ...]


def read(text: str, *, name: str = "Feuille") -> Sheet:
    """The sheet that was typed: capitals, accents, numbers, commas and spaces do not count, four letters are enough.

    SheetMisread says which word of `name` to look at again.
    """
    words = known(text, name=name)
    if len(words) != COUNT:
        raise SheetMisread(
            f"{len(words)} words instead of {COUNT}",
            advice=f"{name} : une feuille compte {COUNT} mots, {len(words)} ont été lus. Vérifiez qu'il n'en manque "
            "pas et qu'aucun n'est en double.",
        )
    share = _share(words, name)
    if (share.member_threshold, share.group_count, len(share.value)) != (NEEDED, 1, 32) or share.index >= SHEETS:
        raise SheetsRefused("not a sheet of ours")
    return Sheet(number=share.index + 1, set=f"{share.identifier:04X}", words=tuple(words))


def known(text: str, *, name: str = "Feuille", first: int = 1) -> list[str]:
    """The words of what was typed so far, in full; SheetMisread names the first that is not in the list.

    `first` is the number of the first of these words on the sheet.
    """
    found = []
    for number, typed in enumerate(_typed(text), start=first):
        word = _words().get(typed) or _by_prefix().get(typed[:_PREFIX], "")
        if not word.startswith(typed):
            raise SheetMisread(f"word {number} is not in the list", advice=_unknown(typed, name, number))
        found.append(word)
    return found


def combined(first: Sheet, second: Sheet) -> bytes:
    """The secret that two sheets of one set give back; SheetsApart when they do not go together."""
    from shamir_mnemonic import MnemonicError, combine_mnemonics

    if first.set != second.set:
        raise SheetsApart(
            "two sets",
            advice=f"Ces deux feuilles ne vont pas ensemble : l'une est du jeu {first.set}, l'autre du jeu "
            f"{second.set}. Prenez deux feuilles imprimées en même temps : elles portent le même numéro de jeu.",
        )
    if first.number == second.number:
        raise SheetsApart(
            "one sheet twice",
            advice=f"C'est deux fois la feuille {first.number}. Il faut deux feuilles différentes du même jeu.",
        )
    try:
        return bytes(combine_mnemonics([" ".join(sheet.words) for sheet in (first, second)]))
    except MnemonicError:
        raise SheetsApart("the sheets do not combine") from None  # its own message would quote words


def split(secret: bytes) -> tuple[Sheet, ...]:
    """Three new sheets, any two of which give the secret back and one of which says nothing of it."""
    from shamir_mnemonic import generate_mnemonics

    (group,) = generate_mnemonics(1, [(NEEDED, SHEETS)], secret)
    return tuple(read(one) for one in group)


def from_file(file: Path) -> str:
    """The words of a file: one that was typed, or the PDF that was printed. SheetMisread when it cannot be read."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise SheetMisread("unreadable file", advice=f"Le fichier {file.name} ne peut pas être lu.") from error
    return _from_pdf(data, file.name) if data.startswith(b"%PDF-") else data.decode("utf-8", errors="replace")


def _from_pdf(data: bytes, name: str) -> str:
    """The numbered words of a printed sheet, in order."""
    import io

    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)
    except PyPdfError as error:
        raise SheetMisread("unreadable PDF", advice=f"Le fichier {name} ne peut pas être lu.") from error
    numbered = {
        int(number): word for number, word in re.findall(r"\b(\d{1,2})\s+([a-z]{4,8})\b", text) if word in _words()
    }
    return " ".join(numbered.get(number, "") for number in range(1, COUNT + 1))


def _typed(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.findall(r"[a-z]+", plain)


@cache
def _words() -> dict[str, str]:
    from shamir_mnemonic.wordlist import WORDLIST

    return {word: word for word in WORDLIST}


@cache
def _by_prefix() -> dict[str, str]:
    return {word[:_PREFIX]: word for word in _words()}


def _unknown(typed: str, name: str, number: int) -> str:
    from rapidfuzz import process

    near = [word for word, _, _ in process.extract(typed, list(_words()), limit=2, score_cutoff=70)]
    perhaps = f" Est-ce « {' » ou « '.join(near)} » ?" if near else ""
    return f"{name}, mot n° {number} : ce mot n'est pas dans la liste.{perhaps} Relisez-le sur la feuille."


def _share(words: Sequence[str], name: str) -> "Share":
    from shamir_mnemonic import MnemonicError, Share

    try:
        return Share.from_mnemonic(" ".join(words))
    except MnemonicError:  # its own message would quote words
        raise SheetMisread("wrong sum", advice=_look_at(words, name)) from None


def _look_at(words: Sequence[str], name: str) -> str:
    """Which words to look at again: the one, or the two neighbours, whose change would make the sum right."""
    from shamir_mnemonic.rs1024 import verify_checksum
    from shamir_mnemonic.wordlist import WORD_INDEX_MAP

    read = [WORD_INDEX_MAP[word] for word in words]

    def right(changed: Sequence[int]) -> bool:
        return bool(verify_checksum(changed, _CHECKSUM_OF))

    for i in range(len(read) - 1):
        if right([*read[:i], read[i + 1], read[i], *read[i + 2 :]]):
            return f"{name} : les mots n° {i + 1} et n° {i + 2} ont été intervertis. Remettez-les dans l'ordre."
    for i in range(len(read)):
        if any(right([*read[:i], other, *read[i + 1 :]]) for other in range(len(WORD_INDEX_MAP))):
            return f"{name} : tous les mots existent, mais le mot n° {i + 1} n'est pas le bon. Relisez-le."
    return f"{name} : tous les mots existent, mais plusieurs ne sont pas les bons. Relisez la feuille mot à mot."
