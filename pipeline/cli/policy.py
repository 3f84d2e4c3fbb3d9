"""Which right each command asks for: one row a command. A command without a row fails the tests, as a page does.

"machine" is no right of an account: the command is for whoever may run programs here and read the practice's folder.
That person holds the keys and the databases already, so that an account would keep nothing from them: it would only
make the command fail on the day it is needed, when the databases that know the accounts are what is to be restored.
Such commands open, keep, mend and describe the practice, or work on files that are given to them; none of them shows a
document or signs. What protects them is who may log in to the machine, and the rights on the folder.

Every other command asks access.py for the action of its row, for the account that `--as` names; without one, for the
only account of the role that does this, or, to look only, for the operator.
"""

from collections.abc import Mapping
from types import MappingProxyType

MACHINE = "machine"
"""For whoever holds the machine and the folder: no account is asked for."""

_MACHINE = (
    "init", "demo", "run", "watch", "work", "serve", "join", "config", "upgrade", "backup", "restore", "clock",
    "diagnostic", "certificate", "uninstall", "service install", "service remove", "service status", "keys sheets",
    "keys check", "keys recover", "keys rotate", "keys status", "keys drill", "transcribe", "check",
    "templates list", "templates check", "vocab import", "vocab add", "vocab list", "vocab remove",
    "vocab calibrate",
)  # fmt: skip

COMMANDS: Mapping[str, str] = MappingProxyType(
    dict.fromkeys(_MACHINE, MACHINE)
    | {
        "status": "status.see",
        "sign": "document.sign",
        "review list": "review.list",
        "review show": "review.show",
        "review take": "review.take",
        "review finish": "review.finish",
        "review return": "review.return",
        "review cut": "review.save",
        "review join": "review.save",
        "review resume": "dictation.resume",
        "review dismiss": "dictation.dismiss",
        "archive find": "archive.find",
        "archive show": "archive.show",
        "archive verify": "archive.verify",
        "archive export": "archive.export",
        "archive hold": "archive.hold",
        "archive release": "archive.hold",
        "patients add": "patients.add",
        "patients find": "patients.find",
        "patients import": "patients.add",
        "agenda import": "patients.add",
        "agenda show": "patients.find",
        "correspondents add": "correspondents.manage",
        "correspondents change": "correspondents.manage",
        "correspondents import": "correspondents.manage",
        "correspondents list": "correspondents.find",
        "correspondents find": "correspondents.find",
        "correspondents remove": "correspondents.manage",
        "doctors add": "doctors.manage",
        "doctors list": "doctors.see",
        "doctors change": "doctors.manage",
        "doctors code": "doctors.code",
        "doctors leave": "doctors.manage",
        "doctors export": "doctors.export",
        "sites add": "sites.manage",
        "sites list": "sites.see",
        "sites assign": "sites.manage",
        "users add": "users.manage",
        "users list": "users.see",
        "users close": "users.close",
        "users open": "users.manage",
        "users password": "users.password",
        "users role": "users.manage",
        "users scope": "users.manage",
        "pools add": "pools.manage",
        "pools assign": "pools.manage",
        "pools list": "pools.see",
        "pools remove": "pools.manage",
        "pools who": "pools.see",
        "absences add": "absences.manage",
        "absences list": "absences.see",
        "absences end": "absences.manage",
        "dictaphones add": "dictaphones.manage",
        "dictaphones list": "dictaphones.see",
        "dictaphones remove": "dictaphones.manage",
        "deputies add": "deputies.manage",
        "deputies list": "deputies.see",
        "deputies end": "deputies.end",
        "access restrict": "access.restrict",
        "access readers": "access.restrict",
        "access break": "access.break",
        "access log": "access.log",
    }
)
"""Each command, as it is typed after `copiste`, and the action of access.RULES it asks for, or MACHINE."""
