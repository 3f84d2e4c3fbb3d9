"""The vocabulary's files: tab-separated lines, `#` for a remark, trailing columns optional, `|` between values.

Knows how a file is cut into rows and says where a row cannot be used; does not know what any column means.
"""

from collections.abc import Callable, Iterable, Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TypeVar

Made = TypeVar("Made")
_WIDTH = 8


class LexiconError(Exception):
    """A vocabulary file cannot be read. `file` and `line` say where; the message never quotes its content."""

    def __init__(self, file: str, line: int) -> None:
        super().__init__(f"{file}, line {line}: not a usable line")
        self.file, self.line = file, line


def made(
    file: Path | Traversable, make: Callable[[list[str]], Made], *, needed: int = 1, width: int = _WIDTH
) -> Iterator[Made]:
    """What `make` makes of each row. LexiconError where one of the `needed` first cells is empty or `make` refuses.

    A row has at least `width` cells: those that the file leaves out are empty.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise LexiconError(file.name, 0) from error
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = [cell.strip() for cell in line.split("\t")]
        if not all(cells[:needed]) or len(cells) < needed:
            raise LexiconError(file.name, number)
        try:
            yield make(cells + [""] * (width - len(cells)))
        except ValueError as error:
            raise LexiconError(file.name, number) from error


def shipped(*names: str) -> Traversable:
    """A file or a folder of `vocab/data`."""
    return resources.files("vocab").joinpath("data", *names)


def several(cell: str) -> tuple[str, ...]:
    """The values of a cell, each once, in order."""
    if "|" not in cell:
        return (cell,) if cell else ()
    return tuple(dict.fromkeys(value for one in cell.split("|") if (value := one.strip())))


def found(folder: Path | Traversable, pattern: str) -> Iterable[Path | Traversable]:
    """The files of a folder that end so, by name; none when the folder is not there."""
    if not folder.is_dir():
        return ()
    return sorted((one for one in folder.iterdir() if one.name.endswith(pattern)), key=lambda one: one.name)
