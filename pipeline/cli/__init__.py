"""The command line: each command is thin and calls one function that any program could call.

Nothing heavy is imported before a command needs it: `copiste --help` must answer at once.
"""

import sys

import typer

from pipeline.cli import archiving, people, reading, reviewing, vocabulary, working

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
app.add_typer(reviewing.app, name="review")
app.command("sign")(reviewing.sign)
app.add_typer(archiving.app, name="archive")
app.add_typer(people.patients, name="patients")
app.add_typer(people.agenda, name="agenda")
app.add_typer(people.doctors, name="doctors")
app.add_typer(people.users, name="users")
app.add_typer(reading.templates, name="templates")
app.add_typer(vocabulary.app, name="vocab")


def main() -> None:
    """Run the command line; an error of ours ends in a French sentence and its documented exit code."""
    from pipeline.errors import known

    try:
        app()
    except Exception as error:
        ours = known(error)
        if ours is None:
            raise
        print(ours.advice, file=sys.stderr)
        sys.exit(ours.exit_code)
