"""Whose practice folder it is: what root writes there, the account that works there could never read again.

A key that root changes, an object that root stores, are closed to everyone but root. Knows nothing of commands but
which of them are root's business.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from pipeline.errors import CopisteError

ROOTS = frozenset({"init", "demo", "join", "restore", "service", "uninstall", "diagnostic"})
"""Commands that make a folder of their own, need the rights of the machine, or only look."""


class OtherAccount(CopisteError):
    """Root acts in the folder of an account that is not root's."""

    code = "E124"
    exit_code = 124
    advice = "Ce dossier est celui d'un autre compte : relancez cette commande sous ce compte."


def require_own(home: Path, words: Sequence[str]) -> None:
    """OtherAccount when root would write in another account's practice; its key tells whose it is, else its settings.

    `words` are those of the command line.
    """
    if os.name != "posix" or os.geteuid() != 0 or "--help" in words or ROOTS & set(words[:1]):
        return
    for path in (home / "practice.key", home / "copiste.toml"):
        if path.is_file():
            _require(path.stat().st_uid)
            return


def _require(owner: int) -> None:
    import pwd

    if owner == 0:
        return
    try:
        name = pwd.getpwuid(owner).pw_name
    except KeyError:
        name = f"#{owner}"
    raise OtherAccount(
        "root in the folder of another account",
        advice=f"Ce dossier est celui du compte « {name} », qui ne pourrait plus lire ce que root y écrirait. "
        f"Relancez la même commande en la faisant précéder de : sudo -u '{name}'",
    )
