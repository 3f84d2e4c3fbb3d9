"""The command line: each command is thin and calls one function that any program could call.

Nothing heavy is imported before a command needs it: `copiste --help` must answer at once.
"""

import os
import sys
from typing import TYPE_CHECKING

import typer

from pipeline.cli import (
    access,
    archiving,
    correspondents,
    dictaphones,
    hospital,
    keys,
    machine,
    people,
    reading,
    reviewing,
    saving,
    staff,
    teams,
    users,
    vocabulary,
    working,
)

if TYPE_CHECKING:
    from pipeline.errors import CopisteError

app = typer.Typer(
    name="copiste",
    help="De la dictée médicale au courrier signé et archivé, sur la machine du cabinet.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
working.register(app)
reading.register(app)
saving.register(app)
hospital.register(app)
machine.register(app)
app.add_typer(reviewing.app, name="review")
app.command("sign")(reviewing.sign)
app.add_typer(archiving.app, name="archive")
app.add_typer(access.app, name="access")
app.add_typer(access.deputies, name="deputies")
app.add_typer(people.patients, name="patients")
app.add_typer(people.agenda, name="agenda")
app.add_typer(correspondents.app, name="correspondents")
app.add_typer(staff.doctors, name="doctors")
app.add_typer(staff.sites, name="sites")
app.add_typer(dictaphones.app, name="dictaphones")
app.add_typer(users.app, name="users")
app.add_typer(teams.pools, name="pools")
app.add_typer(teams.absences, name="absences")
app.add_typer(keys.app, name="keys")
app.add_typer(reading.templates, name="templates")
app.add_typer(vocabulary.app, name="vocab")


def main() -> None:
    """Run the command line; an error of ours ends in a French sentence and its documented exit code.

    One that nobody foresaw ends in a sentence too, with a report that says where it arose and not a word of what it
    quoted: a traceback would print it on a terminal, or in the system's journal.
    """
    from pipeline import discretion
    from pipeline.cli import crash
    from pipeline.errors import known
    from pipeline.machine import account

    discretion.install()
    os.umask(0o077)  # whatever is made here is this account's only
    try:
        account.require_own(crash.home(sys.argv[1:]), sys.argv[1:])
        app()
    except Exception as error:
        sys.exit(_told(error, known(error)))


def _told(error: Exception, ours: "CopisteError | None") -> int:
    """Say what happened; gives the exit code."""
    if ours is not None:
        print(ours.advice, file=sys.stderr)
        return ours.exit_code
    from pipeline.cli import crash

    print(crash.told(error, words=sys.argv[1:]), file=sys.stderr)
    return 1
