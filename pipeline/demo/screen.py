"""What the demonstration shows while it works: a bar for each dictation, then lines. Knows nothing of the practice."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

STAGES = ("received", "transcribing", "to-review", "in-review", "preparing", "to-sign", "signed", "filed")
"""The road, in order: a bar advances by one at each."""


class Screen:
    """A terminal, or a log file: the same words in both."""

    def __init__(self) -> None:
        self.console = Console(highlight=False, soft_wrap=True)
        self._progress: Progress | None = None
        self._bars: dict[str, TaskID] = {}
        self._last: dict[str, str] = {}

    def say(self, text: str = "") -> None:
        """One line; nothing in it is read as mark-up."""
        self.console.print(text, markup=False)

    def title(self, text: str) -> None:
        """A line that opens a part."""
        self.console.print(f"\n{text}", style="bold", markup=False)

    @contextmanager
    def road(self, names: list[str]) -> Iterator[None]:
        """Show a bar for each dictation while it travels."""
        columns = (TextColumn("{task.description:<34}"), BarColumn(), TextColumn("{task.fields[state]:<24}"))
        with Progress(*columns, TimeElapsedColumn(), console=self.console) as progress:
            self._progress = progress
            self._bars = {name: progress.add_task(name, total=len(STAGES), state="En attente") for name in names}
            yield
        self._progress = None

    def reached(self, name: str, state: str, *, label: str) -> None:
        """A dictation has reached a state."""
        if self._progress is None or state not in STAGES or self._last.get(name) == state:
            return
        self._last[name] = state
        self._progress.update(self._bars[name], completed=STAGES.index(state) + 1, state=label)
        self._progress.console.print(f"  {name} · {label}", markup=False)
