"""What must be installed for the work to be done: the recogniser's files, fonts, templates, and what is optional."""

import shutil
from collections.abc import Iterator
from importlib import resources

from pipeline.errors import ModelMissing
from pipeline.machine.diagnostic.findings import Finding, Ground, fix, watch, well

FONTS = ("Carlito-Regular.ttf", "Carlito-Bold.ttf", "Carlito-Italic.ttf", "Carlito-BoldItalic.ttf")
GIGABYTE = 1_000_000_000
ORDER = ("tiny", "base", "small", "medium", "large-v3-turbo", "large-v3")
OPTIONAL = (
    ("LibreOffice", ("soffice", "libreoffice"), "Copiste dessine lui-même les PDF et s'en passe."),
    ("Tesseract", ("tesseract",), "Copiste s'en passe aujourd'hui ; il lira le texte des documents numérisés."),
)


def model(ground: Ground) -> Iterator[Finding]:
    """Whether the recogniser's files are here, whole, and which they are."""
    from pipeline.plugs import cache_folder
    from pipeline.transcribe.model import BASE, BASE_SHA256, fingerprint, locate

    about = "Modèle de reconnaissance"
    speech = ground.settings.speech if ground.settings else None
    if speech and speech.transcriber != "whisper":
        yield well(about, f"un autre programme écoute ({speech.transcriber}).")
        return
    name = speech.model if speech else BASE
    try:
        folder, found = locate(name, cache=cache_folder(), allow_downloads=False)
    except ModelMissing as error:
        yield fix(about, f"« {name} » est absent ou altéré.", error.advice)
        return
    if name == BASE and fingerprint(folder) != BASE_SHA256:
        yield fix(about, "« base » n'est pas celui qui était attendu.", ModelMissing.advice)
        return
    yield well(about, f"« {found.name} », empreinte {found.sha256[:12]}….")


def capacity(ground: Ground) -> Iterator[Finding]:
    """Which recogniser this machine could hold, by its memory, its cores and its graphics card."""
    import psutil

    about, memory = "Capacité de la machine", psutil.virtual_memory().total
    cores, cards = psutil.cpu_count(logical=False) or 1, _cards()
    best = best_model(memory=memory, cores=cores, cards=cards)
    used = ground.settings.speech.model if ground.settings else "base"
    machine = f"{memory / GIGABYTE:.0f} Go de mémoire, {cores} cœurs"
    machine += f", {cards} carte{'s' if cards > 1 else ''} graphique{'s' if cards > 1 else ''}" if cards else ""
    if memory < 3 * GIGABYTE:
        yield watch(about, f"{machine} : c'est peu.", "Prévoyez au moins 4 Go de mémoire.")
    elif used in ORDER and ORDER.index(used) < ORDER.index(best):
        yield well(about, f"{machine} : elle porterait « {best} », plus juste ([speech] model ; le modèle est à "
                          "installer ou à télécharger).")  # fmt: skip
    else:
        yield well(about, f"{machine} : « {used} » lui convient.")


def best_model(*, memory: int, cores: int, cards: int) -> str:
    """The best recogniser for a machine: the large one on a graphics card, small on four cores and 8 GB, else base."""
    if cards:
        return "large-v3-turbo"
    return "small" if cores >= 4 and memory >= 7.5 * GIGABYTE else "base"


def _cards() -> int:
    try:
        import ctranslate2

        return int(ctranslate2.get_cuda_device_count())
    except (ImportError, RuntimeError, OSError):
        return 0


def fonts(_ground: Ground) -> Iterator[Finding]:
    """Whether the fonts that letters are drawn with were shipped."""
    folder = resources.files("templates") / "fonts"
    if missing := [name for name in FONTS if not (folder / name).is_file()]:
        yield fix("Polices", f"il manque {', '.join(missing)}.", "Réinstallez Copiste : l'installation est incomplète.")
    else:
        yield well("Polices", "celles des courriers sont fournies.")


def templates(ground: Ground) -> Iterator[Finding]:
    """Whether each kind's Word template can be used."""
    from pipeline import kinds

    problems = {name: found for name, found in kinds.report([ground.home / "templates"]).items() if found}
    for name, found in problems.items():
        yield fix("Modèles Word", f"« {name} » ne peut pas être utilisé tel quel.", "\n".join(found))
    if not problems:
        yield well("Modèles Word", "tous peuvent être utilisés.")


def optional(_ground: Ground) -> Iterator[Finding]:
    """Programs that a practice may do without."""
    for name, commands, without in OPTIONAL:
        found = next((path for command in commands if (path := shutil.which(command))), None)
        yield well(name, f"présent ({found})." if found else f"absent, facultatif : {without}")
