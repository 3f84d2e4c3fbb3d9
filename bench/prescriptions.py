"""Spoken prescriptions with their transcripts: folders laid out like PxCorpus, or a table beside the recordings.

PxCorpus (Kocabiyikoglu et al., 2022; doi 10.5281/zenodo.10080490; CC BY 4.0) is four hours of French prescriptions
dictated on telephones by doctors, pharmacists and others: the one public corpus close to this product. It is not
shipped; fetch it and point here. Two layouts are read:

- PxCorpus's own: `seq.in` (what is said, one line each), `paths.txt` (its sound under `recordings/`, line for line)
  and, for the medicines, `PxSLU_conll.txt` (a word, a tab, its label; a blank line between two).
- a table `.csv` or `.tsv` with a heading: a column for the sound, one for what is said, perhaps one for the medicines
  (`|` between several).
"""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bench.corpus import CorpusRefused, Utterance

_LABELS = ("drug", "inn")
"""PxCorpus's labels for a brand and for a substance."""
_SOUND_COLUMNS = ("file_name", "audio", "sound", "path", "wav", "recording", "fichier", "enregistrement")
_SAID_COLUMNS = ("transcription", "transcript", "said", "text", "sentence", "texte")
_DRUG_COLUMNS = ("drugs", "drug", "inn", "medicaments", "médicaments")


def load(folder: Path) -> tuple[Utterance, ...]:
    """Every recording of the folder that is there, in order. CorpusRefused when the layout is neither of the two."""
    if (folder / "seq.in").is_file():
        found = list(_lined(folder))
    elif tables := sorted([*folder.glob("*.tsv"), *folder.glob("*.csv")]):
        found = [one for table in tables for one in _tabled(table)]
    else:
        raise CorpusRefused(f"no seq.in, .tsv or .csv in {folder}: see bench/prescriptions.py for the layouts")
    heard = tuple(one for one in found if one.sound.is_file() and one.said)
    if not heard:
        raise CorpusRefused(f"none of the {len(found)} recordings that {folder} lists is there")
    return heard


def _lined(folder: Path) -> Iterator[Utterance]:
    said, paths = _lines(folder / "seq.in"), _lines(folder / "paths.txt")
    if len(said) != len(paths):
        raise CorpusRefused(f"{folder}: {len(said)} lines in seq.in, {len(paths)} in paths.txt")
    drugs = {key: names for file in folder.glob("*conll*.txt") for key, names in _labelled(file)}
    for text, path in zip(said, paths, strict=True):
        sound = folder / "recordings" / path
        yield Utterance(name=path, sound=sound, said=_whole_words(text), drugs=drugs.get(_key(text), ()))


def _lines(file: Path) -> list[str]:
    if not file.is_file():
        raise CorpusRefused(f"no {file.name} in {file.parent}")
    return [line.strip() for line in file.read_text(encoding="utf-8").rstrip("\n").split("\n")]


def _whole_words(text: str) -> str:
    """Without the words cut short, which are marked by a slash."""
    return " ".join(word for word in text.split() if not (word.startswith("/") or word.endswith("/")))


def _labelled(file: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What is said, as a key, and the medicines in it."""
    for text in file.read_text(encoding="utf-8").split("\n\n"):
        words = [(pair[0], pair[-1]) for line in text.split("\n") if (pair := line.split())]
        yield _key(" ".join(word for word, _ in words)), tuple(_names(words))


def _key(text: str) -> str:
    """The letters and figures alone: the two files do not cut words alike."""
    return "".join(re.findall(r"\w", text.lower()))


def _names(words: Sequence[tuple[str, str]]) -> Iterator[str]:
    """The stretches labelled B-drug, I-drug… as names."""
    name: list[str] = []
    for word, label in [*words, ("", "O")]:
        place, _, kind = label.partition("-")
        if name and not (place == "I" and kind in _LABELS):
            yield " ".join(name)
            name = []
        if kind in _LABELS:
            name.append(word)


def _tabled(table: Path) -> Iterator[Utterance]:
    with table.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t" if table.suffix == ".tsv" else _delimiter(table))
        columns = {name.strip().lower(): name for name in rows.fieldnames or ()}
        sound, said = _column(columns, _SOUND_COLUMNS, table), _column(columns, _SAID_COLUMNS, table)
        drugs = next((columns[name] for name in _DRUG_COLUMNS if name in columns), "")
        for row in rows:
            path = (row[sound] or "").strip()
            yield Utterance(
                name=path,
                sound=_beside(table, path),
                said=_whole_words(row[said] or ""),
                drugs=tuple(name.strip() for name in (row.get(drugs) or "").split("|") if name.strip()),
            )


def _delimiter(table: Path) -> str:
    with table.open(encoding="utf-8-sig") as file:
        heading = file.readline()
    return max(",;\t", key=heading.count)


def _column(columns: Mapping[str, str], names: Sequence[str], table: Path) -> str:
    name = next((columns[name] for name in names if name in columns), None)
    if name is None:
        raise CorpusRefused(f"{table.name} has no column named {' or '.join(names)}")
    return name


def _beside(table: Path, path: str) -> Path:
    """The sound, beside the table or in `recordings/`."""
    beside, within = table.parent / path, table.parent / "recordings" / path
    return within if within.is_file() else beside
