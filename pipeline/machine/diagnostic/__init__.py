"""`copiste diagnostic`: what is wrong with a machine and its practice, in French, each finding with what to do.

Start with `LOOKS`: each looks at one thing and never stops the others. Repairs nothing, and says nothing of a patient,
so that what it prints can be sent to whoever helps.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline import discretion, store
from pipeline import settings as settings_file
from pipeline.errors import CopisteError, known
from pipeline.machine.diagnostic import bases, folder, people, programs, rules, safety, surroundings, waiting
from pipeline.machine.diagnostic.findings import SAYS, Finding, Ground, Look, fix

if TYPE_CHECKING:
    from pipeline.practice import Practice
    from pipeline.settings import Settings

EXIT_CODE = 129
LOOKS: Sequence[tuple[str, Look]] = (
    ("Dossier du cabinet", folder.is_practice),
    ("Droits d'accès", folder.rights),
    ("Place sur le disque", folder.room),
    ("Dossiers surveillés", folder.roots),
    ("Règles de prise en charge", rules.rules),
    ("Modèle de reconnaissance", programs.model),
    ("Capacité de la machine", programs.capacity),
    ("Polices", programs.fonts),
    ("Modèles Word", programs.templates),
    ("Programmes facultatifs", programs.optional),
    ("Bases de données", bases.databases),
    ("Coffre des clés", bases.vault),
    ("Machines du cabinet", bases.machines),
    ("Feuilles de secours", safety.sheets),
    ("Sauvegardes", safety.backups),
    ("Horloge", surroundings.clock),
    ("Démarrage avec la machine", surroundings.service),
    ("Pages sur le réseau", surroundings.pages),
    ("Rapports d'erreur", surroundings.crashes),
    ("Médecins", people.doctors),
    ("Certificats des médecins", people.certificates),
    ("Comptes", people.accounts),
    ("Travail en attente", waiting.stuck),
)
"""What is looked at, in the order it is told; `examine_intake` tries a folder that dictations are to arrive in."""
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All that was found."""

    findings: tuple[Finding, ...]
    measured: dict[str, Any] | None = None
    """What a trial of a folder counted and measured; None when none was made."""

    @property
    def ok(self) -> bool:
        """Whether nothing is to be corrected."""
        return all(finding.state != "fix" for finding in self.findings)

    def plain(self) -> dict[str, Any]:
        """What `copiste diagnostic --json` prints."""
        found = {"ok": self.ok, "findings": [asdict(finding) for finding in self.findings]}
        return found if self.measured is None else {**found, "trial": self.measured}

    def lines(self) -> list[str]:
        """What people read."""
        lines = []
        for finding in self.findings:
            lines.append(f"[{SAYS[finding.state]}] {finding.about} : {finding.found}")
            lines += [f"      {line}" for line in finding.todo.splitlines()]
        return lines


def examine(home: Path, *, looks: Sequence[tuple[str, Look]] = LOOKS) -> Report:
    """Look at everything; never raises, whatever the folder is: a look that fails is a finding."""
    with _ground(home.expanduser().absolute()) as ground:
        return Report(findings=tuple(finding for about, look in looks for finding in _looked(about, look, ground)))


def examine_intake(home: Path, tried: Path, *, said: Callable[[str], None] = lambda _line: None) -> Report:
    """Try a folder that dictations are to arrive in, for about a minute; nothing is left in it.

    `said` hears where the trial is, in French. Never raises, but when it is interrupted.
    """
    from pipeline.machine import trial as trials
    from pipeline.machine.diagnostic import intake

    measured: dict[str, Any] = {}

    def look(ground: Ground) -> Iterator[Finding]:
        try:
            done = trials.attempt(tried.expanduser().absolute(), said=said)
        except trials.TrialRefused as error:
            yield fix(intake.ABOUT, error.found, error.advice)
            return
        measured.update(trials.plain(done))
        yield from intake.findings(done, ground)

    with _ground(home.expanduser().absolute()) as ground:
        found = tuple(_looked(intake.ABOUT, look, ground))
    return Report(findings=found, measured=measured or None)


def _looked(about: str, look: Look, ground: Ground) -> list[Finding]:
    try:
        return list(look(ground))
    except Exception as error:
        log.warning("diagnostic: %s", discretion.where(error))
        ours = known(error)
        if ours is not None:
            return [fix(about, "ce point n'a pas pu être examiné.", ours.advice)]
        todo = "Vérifiez ce qui est signalé au-dessus, puis relancez « copiste diagnostic »."
        return [fix(about, f"ce point n'a pas pu être examiné ({type(error).__name__}).", todo)]


@contextmanager
def _ground(home: Path) -> Iterator[Ground]:
    settings = _settings(home)
    practice = _practice(home) if settings else None
    try:
        yield Ground(home=home, now=store.now(), settings=settings, practice=practice)
    finally:
        if practice:
            practice.close()


def _settings(home: Path) -> "Settings | None":
    try:
        return settings_file.load(home) if (home / settings_file.FILE_NAME).is_file() else None
    except (CopisteError, OSError):
        return None


def _practice(home: Path) -> "Practice | None":
    """The practice, without making what is missing: a database that is not there must be told, not made anew."""
    from pipeline.practice import open_practice

    try:
        return open_practice(home) if not bases.missing(home) else None
    except Exception as error:
        log.info("diagnostic: %s", type(error).__name__)
        return None
