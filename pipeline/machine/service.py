"""Copiste started with the machine and started again when it falls: a systemd unit, written, shown or removed.

Two kinds: the system's, which runs under an account that is not root's and sees nothing of the machine but what the
practice needs, and this account's own, for who may not write in /etc. Knows nothing of what the parts do.
"""

import getpass
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pipeline.errors import CopisteError
from pipeline.settings import Settings

Part = Literal["run", "watch", "work", "serve"]
Command = Callable[[Sequence[str]], bool]
PARTS: tuple[Part, ...] = ("run", "watch", "work", "serve")
SAYS: dict[Part, str] = {"run": "tout en un", "watch": "dossiers surveillés", "work": "transcription", "serve": "pages"}
ROOT = Path("/")
CREDENTIALS = "stockage.env"
"""In the practice folder: what an S3 store asks for, which must not be in the settings (it may be absent)."""


class ServiceRefused(CopisteError):
    """The service cannot be installed as asked."""

    code = "E122"
    exit_code = 122
    advice = "Le service n'a pas pu être installé."


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A unit as it is, or would be, on the machine."""

    part: Part
    path: Path
    text: str
    own: bool
    """This account's own, rather than the system's."""

    @property
    def name(self) -> str:
        """What systemd calls it."""
        return self.path.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What became of units, and the commands that are left to a person where systemd did not answer."""

    units: tuple[Path, ...]
    commands: tuple[str, ...]


def planned(
    home: Path, settings: Settings, *, part: Part = "run", user: str = "", own: bool | None = None, root: Path = ROOT
) -> Unit:
    """The unit as `install` would write it; ServiceRefused when it would run as root without having been asked to."""
    mine = os.geteuid() != 0 if own is None else own
    whole = home.expanduser().absolute()
    account = "" if mine else _account(whole, user)
    if mine and user and user != getpass.getuser():
        raise ServiceRefused("own service of another account", advice=(
            "Un service personnel tourne sous votre compte : pour un autre, relancez la commande avec sudo et --system."
        ))  # fmt: skip
    text = _text(whole, settings, part=part, account=account, own=mine)
    return Unit(part=part, path=_folder(own=mine, root=root) / _name(part), text=text, own=mine)


def install(unit: Unit, *, home: Path, command: Command | None = None) -> Done:
    """Write the unit, then start it now and with the machine; a unit of another practice is left as it is."""
    if unit.path.exists() and not _is_of(unit.path, home):
        raise ServiceRefused("unit of another practice", advice=(
            f"Un service du même nom sert déjà un autre dossier ({unit.path}). Retirez-le d'abord avec « copiste "
            "service remove --home DOSSIER »."
        ))  # fmt: skip
    _write(unit)
    asked = [_systemctl("daemon-reload", own=unit.own), _systemctl("enable", "--now", unit.name, own=unit.own)]
    return Done(units=(unit.path,), commands=_asked(asked, command or _run))


def installed(home: Path, *, root: Path = ROOT) -> tuple[Unit, ...]:
    """The units of this practice that are on the machine, the system's and this account's."""
    found = []
    for own in (False, True):
        for part in PARTS:
            path = _folder(own=own, root=root) / _name(part)
            if path.is_file() and _is_of(path, home):
                found.append(Unit(part=part, path=path, text=path.read_text(encoding="utf-8"), own=own))
    return tuple(found)


def remove(home: Path, *, parts: Sequence[Part] = PARTS, root: Path = ROOT, command: Command | None = None) -> Done:
    """Stop and remove the units of this practice; harmless when there is none."""
    run, left, gone = command or _run, list[str](), list[Path]()
    for unit in installed(home, root=root):
        if unit.part not in parts:
            continue
        left += _asked([_systemctl("disable", "--now", unit.name, own=unit.own)], run)
        try:
            unit.path.unlink()
        except PermissionError as error:
            raise ServiceRefused("not allowed", advice=f"Relancez avec sudo pour retirer {unit.path}.") from error
        left += _asked([_systemctl("daemon-reload", own=unit.own)], run)
        gone.append(unit.path)
    return Done(units=tuple(gone), commands=tuple(dict.fromkeys(left)))


def state(unit: Unit, *, command: Command | None = None) -> str:
    """Whether it works, in French."""
    if not _answers(command or _run, own=unit.own):
        return "installé ; systemd ne répond pas ici"
    active = (command or _run)(_systemctl("is-active", "--quiet", unit.name, own=unit.own))
    return "en marche" if active else "installé, mais arrêté"


# --- the unit's text ----------------------------------------------------------------------------------------------


def _text(home: Path, settings: Settings, *, part: Part, account: str, own: bool) -> str:
    """What systemd reads. No MemoryDenyWriteExecute: the recogniser writes the code it runs."""
    words = [str(_program()), part, "--home", str(home)]
    lines = [
        "[Unit]",
        f"Description=Copiste ({SAYS[part]})",
        "Wants=network-online.target",
        "After=network-online.target postgresql.service",
        "StartLimitIntervalSec=0",
        "",
        "[Service]",
        "Type=notify",
        f"ExecStart={' '.join(_quoted(word, command=True) for word in words)}",
        *([] if own else [f"User={account}"]),
        "Restart=always",
        "RestartSec=5",
        "TimeoutStartSec=300",
        f"TimeoutStopSec={int(settings.work.stop_seconds) + 60}",
        "WatchdogSec=60",
        "KillMode=mixed",
        "LimitCORE=0",  # a dump of its memory would hold letters and the key, in clear and elsewhere
        "UMask=0077",
        f"EnvironmentFile=-{str(home / CREDENTIALS).replace('%', '%%')}",  # systemd keeps quotes here, as it finds them
        *_hardening(),
        *([] if own else _walls(home, settings)),
        "",
        "[Install]",
        f"WantedBy={'default.target' if own else 'multi-user.target'}",
        "",
    ]
    return "\n".join(lines)


def _hardening() -> list[str]:
    """What needs no right of the system's to be set, so that an account's own service has it too."""
    return [
        "NoNewPrivileges=yes",
        "RestrictSUIDSGID=yes",
        "LockPersonality=yes",
        "RestrictRealtime=yes",
        "RestrictNamespaces=yes",
        "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK",
        "SystemCallArchitectures=native",
    ]


def _walls(home: Path, settings: Settings) -> list[str]:
    """What the service may write: the practice, the folders it watches, its copies, a cache of its own.

    The devices stay in sight: a recogniser may work on a graphics card.
    """
    return [
        "ProtectSystem=strict",
        f"ReadWritePaths={' '.join(_quoted(path) for path in _written(home, settings))}",
        "CacheDirectory=copiste",
        "CacheDirectoryMode=0700",
        "Environment=XDG_CACHE_HOME=%C",
        "PrivateTmp=yes",
        "ProtectControlGroups=yes",
        "ProtectKernelTunables=yes",
        "ProtectKernelModules=yes",
        "ProtectKernelLogs=yes",
        "ProtectClock=yes",
        "ProtectHostname=yes",
        "CapabilityBoundingSet=",
        "AmbientCapabilities=",
    ]


def _written(home: Path, settings: Settings) -> list[str]:
    """Folders written, each once; a `-` lets the service start when one is not there (a disk that is not plugged)."""
    others = [root.path for root in settings.intake.roots]
    for place in (settings.backup.folder, settings.backup.keys_folder, settings.storage.store):
        others += [Path(place)] if place and "://" not in place else []
    wanted = [str(home), *(f"-{home / path.expanduser()}" for path in others)]
    return list(dict.fromkeys(wanted))


def _quoted(word: str, *, command: bool = False) -> str:
    """A word as systemd reads it back: % and, in a command, $ are its own signs. ServiceRefused for a line break."""
    if any(ord(sign) < 32 for sign in word):
        raise ServiceRefused("control character in a path", advice="Un chemin contient un caractère invisible.")
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    escaped = escaped.replace("$", "$$") if command else escaped
    return f'"{escaped}"'


def _program() -> Path:
    """The command of this very installation."""
    beside = Path(sys.executable).with_name("copiste")
    if beside.is_file():
        return beside
    return Path(shutil.which("copiste") or sys.argv[0]).absolute()


def _account(home: Path, user: str) -> str:
    """The account that a system's service runs under: the one asked for, else the owner of the folder, never root."""
    import pwd

    if user:
        try:
            return pwd.getpwnam(user).pw_name
        except KeyError:
            advice = f"Le compte « {user} » n'existe pas sur cette machine."
            raise ServiceRefused("unknown account", advice=advice) from None
    owner = home.stat().st_uid if home.exists() else 0
    if owner == 0:
        raise ServiceRefused("would run as root", advice=(
            "Le service tournerait avec tous les droits de la machine. Créez un compte pour lui (« adduser --system "
            "--group copiste »), donnez-lui le dossier (« chown -R copiste: DOSSIER »), puis relancez avec --user "
            "copiste."
        ))  # fmt: skip
    return pwd.getpwuid(owner).pw_name


# --- the machine's side -------------------------------------------------------------------------------------------


def _name(part: Part) -> str:
    return "copiste.service" if part == "run" else f"copiste-{part}.service"


def _folder(*, own: bool, root: Path) -> Path:
    if not own:
        return root / "etc/systemd/system"
    kept = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "systemd/user"
    return kept if root == ROOT else root / kept.relative_to("/")


def _is_of(path: Path, home: Path) -> bool:
    """Whether a unit serves this practice."""
    whole = home.expanduser().absolute()
    return f'--home" {_quoted(str(whole), command=True)}\n' in path.read_text(encoding="utf-8", errors="replace")


def _write(unit: Unit) -> None:
    try:
        unit.path.parent.mkdir(parents=True, exist_ok=True)
        temporary = unit.path.with_name(f".{unit.path.name}.part")
        temporary.write_text(unit.text, encoding="utf-8")
        temporary.chmod(0o644)
        os.replace(temporary, unit.path)
    except PermissionError as error:
        advice = "Relancez avec sudo, ou sans --system pour un service sous votre seul compte."
        raise ServiceRefused("not allowed", advice=advice) from error


def _systemctl(*words: str, own: bool) -> list[str]:
    return ["systemctl", *(["--user"] if own else []), *words]


def _asked(commands: Sequence[Sequence[str]], run: Command) -> tuple[str, ...]:
    """Run commands in turn; gives those that did not work, for a person to run."""
    return tuple(" ".join(words) for words in commands if not run(words))


def _answers(run: Command, *, own: bool) -> bool:
    return run(_systemctl("show-environment", own=own))


def _run(words: Sequence[str]) -> bool:
    if shutil.which(words[0]) is None:
        return False
    try:
        done = subprocess.run(list(words), stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
