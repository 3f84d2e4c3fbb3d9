"""What is done to a watched folder: the ways in which files arrive, and the mishaps that cost someone a recording.

A scene drops whole recordings and says which must be taken; half a recording is never announced, so that one which is
taken shows. Each plays in a thread and a sub-folder of its own.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from pipeline.machine.trial.recordings import Form
from pipeline.machine.trial.stage import Pace, Stage
from pipeline.machine.trial.writers import TENTHS, How, Writer

MANY = 20
LONG_AGO, LONG_AHEAD = 86_400.0, 4_070_908_800.0
"""The 2nd of January 1970 and the 1st of January 2099."""
YEARS_AGO = 1_230_768_000.0
NAMES: tuple[tuple[str, bytes], ...] = (
    ("accents", "dictée été çà œuvre.wav".encode()),
    ("accents décomposés (Mac)", "dicte\u0301e compose\u0301e.wav".encode()),
    ("espaces au bord", b" dictee .wav "),
    ("émoji", "🩺 dictée.wav".encode()),
    ("écriture de droite à gauche", "\u202edictée\u202c.wav".encode()),
    ("retour à la ligne", b"dictee\nsuite.wav"),
    ("guillemets et barre", b"dictee \"a\" 'b' \\c.wav"),
    ("deux-points et étoile", b"dictee 14:30 *?.wav"),
    ("nom réservé de Windows", b"CON.wav"),
    ("point final", b"dictee.wav."),
    ("octets qui ne sont pas du texte", b"dict\xe9e \xff.wav"),
    ("nom très long", b"n" * 251 + b".wav"),
    ("sans extension", b"DSS0001"),
    ("commande", b"$(rm -rf x) `y` ; %00.wav"),
)
"""Names that people, dictaphones and other systems really give, each with what is odd about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One thing that happens to a watched folder."""

    about: str
    """In French, for people."""
    play: Callable[[Stage], None]


def scenes(pace: Pace) -> tuple[Scene, ...]:
    """All of them, for one watcher."""
    return (*_arrivals(pace), *_mishaps(pace))


def shared_scenes(pace: Pace) -> tuple[Scene, ...]:
    """Those that matter when two watchers look at one folder."""
    slow, closed = _arrivals(pace)[:2]
    together = (
        slow,
        closed,
        Scene(about=f"{MANY} fichiers à la fois", play=_many),
        Scene(about="même enregistrement sous deux noms", play=_two_names),
        Scene(about="fichier remplacé pendant sa lecture", play=_replaced_while_read),
        Scene(about="même nom, autre contenu, après la prise du premier", play=_same_name_after),
    )
    return tuple(Scene(about=f"{scene.about}, deux postes", play=scene.play) for scene in together)


# --- one file, written in one way -------------------------------------------------------------------------------------


def _arrivals(pace: Pace) -> tuple[Scene, ...]:
    def slow(about: str, form: Form, how: How = "in place", *, held: bool = True) -> Scene:
        return _arrival(about, form, Writer(how=how, stalls=TENTHS, pause=pace.short, held=held))

    def stopped(about: str, form: Form, stalls: tuple[float, ...], *, held: bool) -> Scene:
        return _arrival(about, form, Writer(stalls=stalls, pause=pace.long, held=held))

    return (
        slow("copie lente, arrêtée à chaque dixième", "wav"),
        slow("copie lente, refermée à chaque dixième", "wav", held=False),
        slow("copie lente d'un MP3", "mp3"),
        slow("copie lente d'un MP3, refermée à chaque dixième", "mp3", held=False),
        slow("taille réservée d'avance", "wav", "preallocated"),
        slow("taille réservée d'avance, refermée", "wav", "preallocated", held=False),
        slow("MP3 de taille réservée d'avance, refermé", "mp3", "preallocated", held=False),
        slow("zéros d'abord, refermée", "wav", "zeroed", held=False),
        slow("en-tête écrit à la fin", "wav", "header last", held=False),
        slow("écrite en .part puis renommée", "wav", "renamed"),
        slow("MP3 écrit en .part puis renommé", "mp3", "renamed", held=False),
        stopped("copie reprise après un long arrêt", "wav", (0.9,), held=True),
        stopped("copie puis ajout", "wav", (0.5,), held=False),
        stopped("MP3 : copie puis ajout", "mp3", (0.5,), held=False),
        *(_arrival(f"date gardée par la copie ({about})", "wav", Writer(date=date, stalls=(0.5,), pause=pace.short))
          for about, date in (("2009", YEARS_AGO), ("1970", LONG_AGO), ("2099", LONG_AHEAD))),
    )  # fmt: skip


def _arrival(about: str, form: Form, writer: Writer) -> Scene:
    return Scene(about=about, play=partial(_arrives, form=form, writer=writer))


def _arrives(stage: Stage, *, form: Form, writer: Writer) -> None:
    stage.drop(stage.folder / f"dictee.{form}", stage.content(form), writer)


# --- what happens to files ------------------------------------------------------------------------------------------


def _mishaps(pace: Pace) -> tuple[Scene, ...]:
    return (
        Scene(about="même enregistrement sous deux noms", play=_two_names),
        Scene(about="même nom, autre contenu, avant la prise du premier", play=_same_name_before),
        Scene(about="même nom, autre contenu, après la prise du premier", play=_same_name_after),
        Scene(about="fichier remplacé pendant sa lecture", play=_replaced_while_read),
        Scene(about="fichier renommé par-dessus un autre pendant sa lecture", play=_renamed_over_while_read),
        Scene(about="fichier allongé pendant sa lecture", play=_grown_while_read),
        Scene(about="fichier effacé pendant sa lecture", play=_removed_while_read),
        Scene(about="fichier effacé avant d'être pris", play=_removed_before),
        Scene(about="dictée allongée par une autre", play=_lengthened),
        Scene(about="copie abandonnée à la moitié", play=_abandoned),
        Scene(about="fichier déplacé depuis un autre dossier", play=_moved_in),
        Scene(about=f"{MANY} fichiers à la fois", play=_many),
        Scene(about="noms inhabituels", play=_odd_names),
        Scene(about="dossiers imbriqués", play=_nested),
        Scene(about="raccourcis et tubes", play=_links),
    )


def _two_names(stage: Stage) -> None:
    content = stage.content()
    stage.faults += 1
    stage.drop(stage.folder / "un.wav", content)
    stage.drop(stage.folder / "deux.wav", content)


def _same_name_before(stage: Stage) -> None:
    stage.faults += 1
    stage.drop(stage.folder / "dictee.wav", stage.content(), lasting=False)
    stage.drop(stage.folder / "dictee.wav", stage.content())


def _same_name_after(stage: Stage) -> None:
    stage.faults += 1
    stage.received(stage.drop(stage.folder / "dictee.wav", stage.content()))
    stage.drop(stage.folder / "dictee.wav", stage.content())


def _replaced_while_read(stage: Stage) -> None:
    """The second content is written in place of the first when that one was copied, and not yet removed."""
    stage.faults += 1
    path, second = stage.folder / "dictee.wav", stage.content()
    stage.while_read(lambda: stage.drop(path, second))
    stage.drop(path, stage.content(), lasting=False)


def _renamed_over_while_read(stage: Stage) -> None:
    stage.faults += 1
    path, second = stage.folder / "dictee.wav", stage.content()
    stage.while_read(lambda: stage.drop(path, second, Writer(how="renamed")))
    stage.drop(path, stage.content(), lasting=False)


def _grown_while_read(stage: Stage) -> None:
    """The file becomes a longer recording when the first one was copied."""
    stage.faults += 1
    path, longer = stage.folder / "dictee.wav", stage.content(seconds=3.0)
    stage.while_read(lambda: stage.drop(path, longer, Writer(how="header last")))
    stage.drop(path, stage.content(), lasting=False)


def _removed_while_read(stage: Stage) -> None:
    stage.faults += 1
    path = stage.folder / "dictee.wav"
    stage.while_read(path.unlink)
    stage.drop(path, stage.content(), lasting=False)


def _removed_before(stage: Stage) -> None:
    stage.faults += 1
    path = stage.folder / "dictee.wav"
    stage.drop(path, stage.content(), lasting=False)
    stage.wait(stage.pace.stable / 3)
    path.unlink(missing_ok=True)


def _lengthened(stage: Stage) -> None:
    """A dictaphone goes on with a dictation that was whole: the same file, longer, before it is taken."""
    stage.faults += 1
    path = stage.folder / "dictee.wav"
    for seconds in (1.0, 1.5, 2.0):
        stage.drop(path, stage.content(seconds=seconds), lasting=seconds == 2.0)
        stage.wait(stage.pace.stable / 3)


def _abandoned(stage: Stage) -> None:
    """Half a recording, for ever: it may be set aside, never taken."""
    stage.faults += 1
    content = stage.content()
    Writer().write(stage.folder / "dictee.wav", content[: len(content) // 2])


def _moved_in(stage: Stage) -> None:
    stage.faults += 1
    draft = stage.outside / f"{stage.scene}.wav"
    content = stage.content()
    Writer().write(draft, content)
    stage.ledger.may(stage.scene, content)
    os.replace(draft, stage.folder / "dictee.wav")
    stage.ledger.must(stage.scene, content)


def _many(stage: Stage) -> None:
    stage.faults += MANY
    for number in range(MANY):
        stage.drop(stage.folder / f"dictee {number}.wav", stage.content(seconds=0.5))


def _odd_names(stage: Stage) -> None:
    for about, name in NAMES:
        path = stage.folder / os.fsdecode(name)
        if stage.allowed(f"nom : {about}", partial(stage.drop, path, stage.content(seconds=0.5))):
            stage.faults += 1


def _nested(stage: Stage) -> None:
    for parts in (("lambert", "urgences", "nuit"), ("dossier.wav",), ("Été 2026", "é\u0301")):
        inside = stage.folder.joinpath(*parts)
        if stage.allowed("dossiers imbriqués", partial(inside.mkdir, parents=True)):
            stage.faults += 1
            stage.drop(inside / "dictee.wav", stage.content(seconds=0.5))


def _links(stage: Stage) -> None:
    """What is not a file of its own is left where it is, and what it leads to is left alone."""
    target = stage.outside / f"{stage.scene}-cible.wav"
    content = stage.content()
    stage.ledger.never(stage.scene, content)
    Writer().write(target, content)
    made: tuple[tuple[str, str, Callable[..., object]], ...] = (
        ("raccourci", "raccourci.wav", lambda path: path.symlink_to(target)),
        ("second nom d'un fichier", "second nom.wav", lambda path: path.hardlink_to(target)),
        ("tube", "tube.wav", lambda path: os.mkfifo(path)),
    )
    for about, name, make in made:
        path = stage.folder / name
        if stage.allowed(about, partial(make, path)):
            stage.faults += 1
            stage.stays.append(path)
