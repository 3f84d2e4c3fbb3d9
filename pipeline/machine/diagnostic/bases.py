"""The databases and the vault: reachable, of this version, and opened by this key."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import CopisteError, known
from pipeline.machine.diagnostic.findings import Finding, Ground, fix, watch, well

if TYPE_CHECKING:
    from pipeline.migrations.history import Part
    from pipeline.settings import Settings

SAYS: dict["Part", str] = {"work": "Base de travail", "vault": "Base des clés"}
SAMPLE = 3


def databases(ground: Ground) -> Iterator[Finding]:
    """Whether each database answers and is of this program's version."""
    if ground.settings is None:
        return
    for part, url in _urls(ground.home, ground.settings).items():
        about = SAYS[part]
        if _is_absent(url):
            todo = "Ne créez rien de neuf ici : retrouvez-la, ou restaurez une sauvegarde dans un dossier vide."
            yield fix(about, "le fichier a disparu.", todo)
        else:
            yield _answering(about, url)


def _answering(about: str, url: str) -> Finding:
    import sqlalchemy as sa

    from pipeline import store
    from pipeline.migrations import history

    engine = store.database(url)
    try:
        history.require_current(engine)
    except CopisteError as error:
        return fix(about, "elle n'est pas à la version de ce programme.", error.advice)
    except sa.exc.SQLAlchemyError as error:
        todo = "Vérifiez que le serveur est en marche et que [storage] donne la bonne adresse, ou que le fichier est "
        return fix(about, f"elle ne répond pas ({type(error).__name__}).", todo + "lisible.")
    finally:
        engine.dispose()
    kind = "fichier de cette machine" if url.startswith("sqlite") else "serveur"
    return well(about, f"elle répond ({kind}) et elle est à cette version.")


def machines(ground: Ground) -> Iterator[Finding]:
    """Whether the machines of a practice have the same templates, words, settings and program."""
    about = "Machines du cabinet"
    if ground.practice is None or ground.practice.database.dialect.name == "sqlite":
        return
    from pipeline import alike

    found = alike.differences(ground.practice)
    todo = "Mettez la même chose sur toutes : dossier commun, ou copie ; puis attendez une heure et relancez."
    yield from (watch(about, one.sentence, todo) for one in found)
    if not found:
        yield well(about, "elles ont les mêmes modèles, le même vocabulaire et la même version.")


def vault(ground: Ground) -> Iterator[Finding]:
    """Whether the practice key opens what is kept: a few objects are really read."""
    about = "Coffre des clés"
    if ground.practice is None:
        yield from _unopened(ground)
        return
    from pipeline import store

    place = ground.practice
    with place.look() as connection:
        addresses = sorted(store.addresses(connection))[:SAMPLE]
    for address in addresses:
        try:
            place.objects.get(address)
        except Exception as error:
            ours = known(error)
            todo = "Lancez « copiste archive verify » pour savoir ce qui manque, et gardez toutes les sauvegardes."
            yield fix(about, f"un objet ne peut pas être lu ({type(error).__name__}).", ours.advice if ours else todo)
            return
    where = "un seau S3" if "://" in place.settings.storage.store else "un dossier"
    yield (
        well(about, f"la clé du cabinet ouvre ce qui est gardé ({where}).")
        if addresses
        else watch(about, "rien n'est encore gardé.", "Ajoutez un médecin avec « copiste doctors add ».")
    )


def _unopened(ground: Ground) -> Iterator[Finding]:
    """Why the practice cannot be opened, when it is not a database that is missing."""
    from pipeline.practice import open_practice

    if ground.settings is None or missing(ground.home):
        return
    try:
        open_practice(ground.home).close()
    except Exception as error:
        ours = known(error)
        todo = ours.advice if ours else "Corrigez ce qui est signalé au-dessus."
        yield fix("Ouverture du cabinet", f"le cabinet ne peut pas être ouvert ({type(error).__name__}).", todo)


def missing(home: Path) -> bool:
    """Whether a database that is a file is not there: opening the practice would make an empty one."""
    from pipeline import settings as settings_file

    return any(_is_absent(url) for url in _urls(home, settings_file.load(home)).values())


def _urls(home: Path, settings: "Settings") -> dict["Part", str]:
    from pipeline.practice import database_url, vault_url

    return {"work": database_url(home, settings), "vault": vault_url(home, settings)}


def _is_absent(url: str) -> bool:
    import sqlalchemy as sa

    return url.startswith("sqlite") and not Path(sa.make_url(url).database or "").is_file()
