"""Every setting, its default and its sentence. One TOML file in the practice folder is the only other source.

The commented file that `copiste init` writes is made from the descriptions below, so the two cannot disagree.
Knows nothing of what the settings are used for.
"""

import difflib
import importlib
import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from pipeline.errors import SettingsError

FILE_NAME = "copiste.toml"


class Section(BaseModel):
    """A table of the settings file: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PracticeIdentity(Section):
    """What the letterhead says of the practice."""

    name: str = Field("Cabinet médical", description="Nom du cabinet, en tête des courriers.")
    address: tuple[str, ...] = Field((), description="Lignes de l'adresse.")
    city: str = Field("", description="Ville, pour « Ville, le … ».")
    phone: str = Field("", description="Téléphone affiché sur les courriers.")


Polling = Literal["auto"] | bool
"""How a folder is watched: as the system allows (tried at the start), always by looking, or never."""


class WatchedRoot(Section):
    """A folder where dictations arrive, besides the practice's own inbox."""

    path: Path = Field(description="Dossier surveillé. Ses sous-dossiers désignent les médecins.")
    polling: Polling = Field(
        "auto", description="Regarder régulièrement (true), attendre un signal (false), ou essayer."
    )
    folder: str = Field("", description="Sous-dossier du médecin à qui sont les fichiers déposés à sa racine.")


class IntakeRule(Section):
    """What a recording is, told by its file's name, by its place or by its dictaphone. Patterns: * and ?."""

    name: str = Field("*", description="Nom de fichier, par exemple « *urgent* ».")
    folder: str = Field("*", description="Sous-dossier, par exemple « lambert/sorties* ».")
    author: str = Field("*", description="Auteur que le dictaphone écrit, par exemple « DR-LAMB* ».")
    doctor: str = Field("", description="Sous-dossier du médecin à qui est la dictée.")
    kind: str = Field("", description="Type de document.")
    urgent: bool | None = Field(None, description="Urgent, ou jamais d'office.")
    delay_hours: float | None = Field(None, gt=0, description="Délai de frappe, en heures.")


class Intake(Section):
    """How files are taken."""

    polling: Polling = Field("auto", description="Boîte de dépôt : regarder régulièrement (true), ou essayer d'abord.")
    stable_seconds: float = Field(5.0, ge=0, description="Secondes sans changement avant de prendre un fichier.")
    patience_seconds: float = Field(
        30.0, ge=0, description="Secondes sans changement avant de mettre de côté un fichier illisible ou incomplet."
    )
    rescan_seconds: float = Field(30.0, gt=0, description="Relecture complète des dossiers, en secondes.")
    taken_days: int = Field(30, ge=1, description="Jours de conservation des originaux dans taken/.")
    max_hours: float = Field(4.0, gt=0, description="Durée au-delà de laquelle un enregistrement attend une personne.")
    max_megabytes: int = Field(2000, gt=0, description="Taille au-delà de laquelle un fichier attend une personne.")
    max_channels: int = Field(8, ge=1, description="Nombre de voies au-delà duquel un fichier attend une personne.")
    max_rate: int = Field(96_000, gt=0, description="Échantillons par seconde au-delà desquels il attend de même.")
    decode_megabytes: int = Field(1500, ge=500, description="Mémoire laissée à la lecture d'un fichier sonore.")
    roots: tuple[WatchedRoot, ...] = Field((), description="Autres dossiers surveillés.")
    rules: tuple[IntakeRule, ...] = Field((), description="Ce que disent un nom de fichier, un dossier, un dictaphone.")


class Speech(Section):
    """How recordings are listened to."""

    model: str = Field("base", description="Modèle : « base », un nom faster-whisper ou un dossier.")
    allow_downloads: bool = Field(False, description="Autoriser le téléchargement d'un modèle nommé.")
    threads: int = Field(0, ge=0, description="Cœurs de calcul utilisés ; 0 : tous.")
    timeout_factor: float = Field(10.0, gt=0, description="Temps maximal, en multiples de la durée du son.")
    listenings: int = Field(
        3,
        ge=1,
        le=3,
        description="Combien de fois chaque enregistrement est écouté : 3 est le plus sûr, 1 le plus rapide.",
    )
    transcriber: str = Field("whisper", description="« whisper » ou « module:Classe ».")


class ReviewRules(Section):
    """How drafts are proofread."""

    stops_per_100_words: float = Field(8.0, gt=0, description="Nombre d'arrêts proposés pour 100 mots.")
    lease_minutes: int = Field(30, ge=1, description="Minutes sans action après lesquelles un document est libéré.")
    urgent_minutes: int = Field(15, ge=1, description="Délai de frappe d'un courrier urgent, en minutes.")
    delay_hours: float = Field(24.0, gt=0, description="Délai de frappe ordinaire, si le modèle n'en dit rien.")


class Web(Section):
    """The pages."""

    host: str = Field("127.0.0.1", description="Adresse d'écoute. 127.0.0.1 : cette machine seulement.")
    port: int = Field(8642, ge=0, le=65535, description="Port d'écoute.")
    session_hours: float = Field(10.0, gt=0, description="Durée d'une connexion, en heures.")
    names: tuple[str, ...] = Field((), description="Autres noms de cette machine auxquels les pages répondent.")
    certificate: str = Field("", description="Certificat des pages (copiste certificate) ; vide : sans chiffrement.")
    certificate_key: str = Field("", description="Clé de ce certificat.")
    behind_proxy: bool = Field(False, description="Un serveur de l'établissement chiffre devant Copiste.")


class Storage(Section):
    """Where things are kept. Empty: in the practice folder."""

    database: str = Field("", description="Base de travail : vide, ou postgresql+psycopg://…")
    vault: str = Field("", description="Base des clés : vide, ou postgresql+psycopg://…")
    store: str = Field("", description="Objets chiffrés : vide, un dossier, ou s3://…")
    reserve_megabytes: int = Field(1000, ge=0, description="Place libre sous laquelle plus aucun fichier n'est pris.")


class Work(Section):
    """How jobs are done."""

    processes: int = Field(1, ge=1, le=32, description="Transcriptions menées de front par « copiste work ».")
    stop_seconds: float = Field(30.0, ge=0, description="À l'arrêt, secondes laissées aux travaux en cours.")


class AccessRules(Section):
    """Who sees what, beyond the roles."""

    doctors_share_archive: bool = Field(True, description="Tout médecin du cabinet lit l'archive de ses confrères.")
    glass_hours: float = Field(4.0, gt=0, le=72, description="Durée d'un accès exceptionnel, en heures.")
    log_years: float = Field(3.0, ge=0.5, description="Années de conservation du relevé des consultations.")


class Logs(Section):
    """What the program writes of its own work."""

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="Détail des journaux.")
    megabytes: float = Field(2.0, gt=0, description="Taille d'un journal avant d'en commencer un autre.")
    files: int = Field(5, ge=1, description="Journaux gardés.")


class Metrics(Section):
    """Figures for a supervision tool."""

    port: int = Field(0, ge=0, le=65535, description="Port des mesures Prometheus, sur 127.0.0.1 ; 0 : fermé.")


class Backups(Section):
    """Where and when the practice is copied."""

    folder: str = Field("", description="Dossier des sauvegardes (autre disque) ; vide : aucune d'office.")
    keys_folder: str = Field("", description="Dossier de la copie des clés, ailleurs que les sauvegardes si possible.")
    every_hours: float = Field(24.0, gt=0, description="Heures entre deux sauvegardes.")
    keep: int = Field(14, ge=2, description="Sauvegardes gardées.")


class Settings(Section):
    """The practice's settings."""

    timezone: str = Field("Europe/Paris", description="Fuseau horaire du cabinet.")
    schedule: Literal["trente", "cabinet", "etablissement"] = Field(
        "trente", description="Durées de conservation : « trente », « cabinet » (20 ans) ou « etablissement »."
    )
    engine: str = Field("dbos", description="« dbos » ou « module:Classe ».")
    signer: str = Field("pades", description="« pades » ou « module:Classe ».")
    practice: PracticeIdentity = PracticeIdentity()
    intake: Intake = Intake()
    speech: Speech = Speech()
    review: ReviewRules = ReviewRules()
    web: Web = Web()
    storage: Storage = Storage()
    work: Work = Work()
    access: AccessRules = AccessRules()
    logs: Logs = Logs()
    metrics: Metrics = Metrics()
    backup: Backups = Backups()

    @field_validator("timezone")
    @classmethod
    def _zone_exists(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"fuseau horaire inconnu : {name}") from error
        return name

    @property
    def zone(self) -> ZoneInfo:
        """The practice's time zone: civil dates are read in it."""
        return ZoneInfo(self.timezone)


def load(home: Path) -> Settings:
    """Read the practice's settings; SettingsError says in French, one line each, what is wrong."""
    path = home / FILE_NAME
    try:
        return read(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return parse({})
    except UnicodeDecodeError as error:
        raise SettingsError("unreadable settings file", advice=f"{FILE_NAME} est mal écrit : {error}") from error


def read(text: str) -> Settings:
    """Settings from the text of a file, as `load` does."""
    try:
        return parse(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError("unreadable settings file", advice=f"{FILE_NAME} est mal écrit : {error}") from error


def parse(values: dict[str, Any]) -> Settings:
    """Settings from plain values, as `load` does from the file."""
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        lines = [_sentence(problem["loc"], problem["type"], problem["msg"]) for problem in error.errors()]
        raise SettingsError(f"{len(lines)} bad settings", advice="\n".join(lines)) from None


def _sentence(loc: tuple[int | str, ...], kind: str, message: str) -> str:
    name = ".".join(str(part) for part in loc)
    if kind != "extra_forbidden":
        return f"Réglage {name} : {message.removeprefix('Value error, ')}."
    near = difflib.get_close_matches(name, [known for known, _, _ in every()], n=1)
    return f"Réglage inconnu : {name}" + (f" ; vouliez-vous {near[0]} ?" if near else ".")


def every(section: type[Section] = Settings, prefix: str = "") -> Iterator[tuple[str, Any, str]]:
    """Each setting as (dotted name, default, French description), in the order of the file."""
    for name, field in section.model_fields.items():
        default = field.get_default(call_default_factory=True)
        if isinstance(default, Section):
            yield from every(type(default), f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", default, field.description or ""


def commented(*, practice_name: str = "") -> str:
    """The settings file `copiste init` writes: every setting at its default, commented out, with its sentence."""
    lines = ["# Réglages de Copiste. Enlevez le « # » devant une ligne pour la changer.", ""]
    table = ""
    for name, default, sentence in every():
        head, _, key = name.rpartition(".")
        if head != table:
            lines += [f"[{head}]"]
            table = head
        known = practice_name if name == "practice.name" else ""
        lines += [f"# {sentence}", f"{key} = {written(known)}" if known else f"# {key} = {written(default)}", ""]
    return "\n".join(lines)


def value(values: dict[str, Any], name: str) -> Any:
    """The value of a setting by its dotted name."""
    for part in name.split("."):
        values = values[part]
    return values


def written(value: object) -> str:
    """A plain value as it is written in the file: what JSON and TOML have in common is enough here."""
    return json.dumps(value, ensure_ascii=False)


def plugged(name: str) -> Any:
    """The class that a setting of the form "module:Class" names."""
    module, _, attribute = name.partition(":")
    try:
        return getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise SettingsError(f"no {name}", advice=f"Réglage : « {name} » ne désigne rien de connu.") from error
