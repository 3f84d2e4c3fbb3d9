"""Every error of the product.

CopisteError
├── SettingsError               the settings file cannot be used
├── FolderError                 the practice folder is missing, newer than this program, or on a network share
├── FileRefused                 a file that was dropped cannot be taken
│   ├── EmptyFile
│   ├── NotAudio
│   ├── TruncatedAudio
│   ├── EncryptedAudio
│   ├── UnknownAudio            looks like a dictaphone's file, but of a variant we cannot read
│   ├── WrongPassword           none of the passwords known for this doctor opens the recording
│   ├── SilentAudio             nothing can be heard in it: a person decides
│   ├── DecodingFailed          reading it takes too long, too much memory, or ends the program that reads it
│   └── OversizedAudio          longer, bigger or odder than the settings allow: a person decides
├── LeftBehind                  something in a watched folder that cannot be taken, or not removed
│   ├── LinkLeft · OtherNameLeft · NotAFileLeft · UnreadableLeft · UnremovedLeft · FolderLeft · DamagedLeft
├── RootAway                    a watched folder cannot be read
├── RootClosed                  nothing can be removed from a watched folder
├── ModelMissing                the recogniser's files are absent or altered
├── TranscriptionStopped        the recogniser took too long or died (tried again)
├── WorkAbandoned               a file or a document ended the program itself, several times running
├── TemplateError               a Word template or its description cannot be used
├── RenditionRefused            the PDF does not say what the Word document says
├── ReviewRefused               what was asked of a draft cannot be done now
│   ├── HeldByOther
│   ├── Outdated
│   └── StillToCheck
├── AccessDenied
├── NotFound
├── SigningRefused              wrong code, no key
├── VocabularyError             wraps vocab's
└── ArchiveError                wraps archive's

Errors that one module alone raises are written there, each with a code of its own: E01x settings, folder, processes;
E02x files; E03x recogniser; E04x templates; E05x review; E06x and E16x rights and people; E10x keys; E11x backups;
E12x the machine; E13x several machines.

`str()` is English and goes to the log; `advice` is French and goes to people. Neither ever carries a patient's
name or a word of a dictation: a message is not a place for health data.
"""

import re
from typing import Any, ClassVar


class CopisteError(Exception):
    """An error that a person can do something about."""

    code: ClassVar[str] = "E000"
    exit_code: ClassVar[int] = 1
    retry: ClassVar[bool] = False
    advice: str = "Une erreur inattendue est survenue. Consultez le journal, puis recommencez."

    def __init__(self, message: str = "", *, advice: str = "") -> None:
        super().__init__(f"[{self.code}] {message or type(self).__name__}")
        if advice:
            self.advice = advice


class SettingsError(CopisteError):
    """The settings file cannot be used."""

    code = "E010"
    exit_code = 10
    advice = "Le fichier copiste.toml ne peut pas être utilisé."


class FolderError(CopisteError):
    """The practice folder cannot be used."""

    code = "E011"
    exit_code = 11
    advice = "Ce dossier n'est pas un dossier de cabinet. Créez-le avec « copiste init DOSSIER »."


class FileRefused(CopisteError):
    """A dropped file cannot be taken; it is kept aside with this advice."""

    code = "E020"
    exit_code = 20
    advice = "Ce fichier n'a pas pu être pris : demandez au médecin de le déposer à nouveau."


class EmptyFile(FileRefused):
    """The file has no content."""

    code = "E021"
    advice = "Ce fichier est vide : demandez au médecin de le transférer à nouveau depuis son dictaphone."


class NotAudio(FileRefused):
    """The file is not a recording, whatever its name says."""

    code = "E022"
    advice = "Ce fichier n'est pas un enregistrement sonore : vérifiez que le bon fichier a été déposé."


class TruncatedAudio(FileRefused):
    """The recording is shorter than its own header declares."""

    code = "E023"
    advice = "Cet enregistrement est incomplet : transférez-le à nouveau depuis le dictaphone."


class EncryptedAudio(FileRefused):
    """The recording is protected by a password."""

    code = "E024"
    advice = "Cet enregistrement est protégé par un mot de passe : demandez-le au médecin, puis saisissez-le."


class UnknownAudio(FileRefused):
    """A dictaphone's file of a variant that cannot be read."""

    code = "E025"
    advice = "Cet enregistrement vient d'un dictaphone que Copiste ne sait pas encore lire : gardez-le et signalez-le."


class OversizedAudio(FileRefused):
    """The recording is longer or bigger than the settings allow: a person decides."""

    code = "E026"
    advice = (
        "Cet enregistrement dépasse la durée ou la taille admise d'office : si c'est bien une dictée, "
        "faites-le transcrire quand même, sinon retirez-le de la liste."
    )


class WrongPassword(FileRefused):
    """None of the passwords known for this doctor opens the recording."""

    code = "E027"
    advice = (
        "Aucun mot de passe connu pour ce médecin n'ouvre cet enregistrement : demandez-lui celui de son dictaphone, "
        "puis saisissez-le."
    )


class SilentAudio(FileRefused):
    """Nothing can be heard in the recording: a person decides."""

    code = "E028"
    advice = (
        "On n'entend rien dans cet enregistrement : demandez au médecin si son micro était coupé, "
        "ou faites-le transcrire quand même."
    )


class DecodingFailed(FileRefused):
    """Reading the recording takes too long, too much memory, or ends the program that reads it."""

    code = "E029"
    advice = (
        "Cet enregistrement n'a pas pu être lu sans risque pour la machine : demandez au médecin de le transférer "
        "à nouveau, et gardez celui-ci pour votre assistance."
    )


class LeftBehind(CopisteError):
    """Something in a watched folder that cannot be taken; it is left where it is."""

    code = "E170"
    exit_code = 170
    advice = "Ce qui a été déposé ne peut pas être pris : retirez-le du dossier de dépôt."


class LinkLeft(LeftBehind):
    """A symbolic link."""

    code = "E171"
    advice = "Ceci est un raccourci, pas un enregistrement : déposez le fichier lui-même."


class OtherNameLeft(LeftBehind):
    """A file with a second name elsewhere."""

    code = "E172"
    advice = "Ce fichier a un autre nom ailleurs sur le disque : déposez-en une copie."


class NotAFileLeft(LeftBehind):
    """A device, a pipe, a socket."""

    code = "E173"
    advice = "Ceci n'est pas un fichier : retirez-le du dossier de dépôt."


class UnreadableLeft(LeftBehind):
    """A file that this account may not read."""

    code = "E174"
    advice = "Copiste n'a pas le droit de lire ce fichier : déposez-le à nouveau, ou faites corriger ses droits."


class UnremovedLeft(LeftBehind):
    """A file that was taken and could not be removed."""

    code = "E175"
    advice = "Cet enregistrement est bien pris, mais n'a pas pu être retiré du dossier de dépôt : retirez-le vous-même."


class FolderLeft(LeftBehind):
    """A sub-folder that this account may not read, or that lies too many levels deep."""

    code = "E179"
    advice = (
        "Copiste ne peut pas lire ce sous-dossier (droits manquants, ou trop de niveaux) : "
        "déplacez ses enregistrements plus haut, ou faites corriger ses droits."
    )


class DamagedLeft(LeftBehind):
    """A file that its own disk cannot read."""

    code = "E180"
    advice = (
        "Ce fichier ne peut pas être lu sur son disque : déposez-le à nouveau depuis le dictaphone, "
        "et faites vérifier la clé, la carte ou le partage."
    )


class RootAway(CopisteError):
    """A watched folder cannot be read."""

    code = "E176"
    exit_code = 176
    retry = True
    advice = (
        "Un dossier surveillé n'est pas accessible : vérifiez le réseau ou le disque ; rien n'est perdu, "
        "les dictées y seront prises dès son retour."
    )


class RootClosed(CopisteError):
    """Nothing can be removed from a watched folder."""

    code = "E190"
    exit_code = 190
    advice = (
        "Rien ne peut être retiré de ce dossier surveillé : les dictées y sont prises, mais y restent ; "
        "donnez au compte de Copiste le droit d'y écrire."
    )


class ModelMissing(CopisteError):
    """The recogniser's files are absent or altered."""

    code = "E030"
    exit_code = 30
    advice = "Le modèle de reconnaissance est absent ou altéré. Installez-le avec « pip install 'copiste[model]' »."


class TranscriptionStopped(CopisteError):
    """The recogniser took too long or died."""

    code = "E031"
    exit_code = 31
    retry = True
    advice = "La transcription s'est interrompue. Elle sera reprise ; si cela se répète, écoutez l'enregistrement."


class WorkAbandoned(CopisteError):
    """A job ended the program that did it, several times running: it is not tried again by itself."""

    code = "E016"
    exit_code = 16
    advice = (
        "Ce travail a interrompu Copiste plusieurs fois de suite : il n'est plus repris d'office. "
        "Écoutez l'enregistrement ou ouvrez le document avant de le reprendre, et prévenez votre assistance."
    )


class TemplateError(CopisteError):
    """A Word template or its description cannot be used."""

    code = "E040"
    exit_code = 40
    advice = "Le modèle Word de ce document ne peut pas être utilisé. Corrigez-le ou revenez au modèle fourni."


class RenditionRefused(CopisteError):
    """The PDF does not say what the Word document says: it must not be signed."""

    code = "E041"
    exit_code = 41
    advice = "Le PDF obtenu n'est pas fidèle au document Word : il ne peut pas être signé. Simplifiez la mise en page."


class ReviewRefused(CopisteError):
    """What was asked of a draft cannot be done in its present state."""

    code = "E050"
    exit_code = 50
    advice = "Cette action n'est pas possible dans l'état actuel du document."


class HeldByOther(ReviewRefused):
    """Someone else has this draft."""

    code = "E051"
    exit_code = 51
    advice = "Une autre personne relit ce document. Vous pouvez le lui demander ou prendre la suite."


class Outdated(ReviewRefused):
    """The draft was changed since it was read."""

    code = "E052"
    exit_code = 52
    advice = "Ce document a été modifié entre-temps. Rechargez-le avant de continuer."


class StillToCheck(ReviewRefused):
    """Places that must be settled are still open."""

    code = "E053"
    exit_code = 53
    advice = "Il reste des passages à vérifier avant de terminer la relecture."


class AccessDenied(CopisteError):
    """This person may not do this."""

    code = "E060"
    exit_code = 60
    advice = "Vous n'avez pas le droit de faire cela."


class NotFound(CopisteError):
    """No such document, dictation, patient or account (or not for this person)."""

    code = "E061"
    exit_code = 61
    advice = "Introuvable. Vérifiez l'identifiant."


class SigningRefused(CopisteError):
    """The signature could not be made."""

    code = "E070"
    exit_code = 70
    advice = "La signature n'a pas pu être apposée. Vérifiez le code de signature."


class VocabularyError(CopisteError):
    """The vocabulary cannot be used."""

    code = "E080"
    exit_code = 80
    advice = "Le vocabulaire ne peut pas être chargé."


class ArchiveError(CopisteError):
    """The archive refused an operation."""

    code = "E090"
    exit_code = 90
    advice = "L'archive a refusé l'opération."


def known(error: BaseException) -> CopisteError | None:
    """The error as one of ours: the archive's and the vocabulary's are wrapped, the unforeseen gives None."""
    import archive.errors
    from vocab.lexicon import LexiconError

    if isinstance(error, CopisteError):
        return error
    if isinstance(error, archive.errors.ArchiveError):
        return ArchiveError(str(error), advice=error.advice)
    if isinstance(error, LexiconError):
        return VocabularyError(
            str(error), advice=f"Le fichier de vocabulaire {error.file} ne peut pas être lu, ligne {error.line}."
        )
    return None


def reason(kept: str) -> str:
    """Why something waits: what a person wrote, or the French advice of the code that the program kept."""
    return advice(kept) if is_code(kept) else kept


def is_code(kept: str) -> bool:
    """Whether a reason is one of our codes, rather than a person's words."""
    return re.fullmatch(r"[A-Z]\d{3}", kept) is not None


def advice(code: str) -> str:
    """The French advice of a code that was kept in a row."""
    import archive.errors

    kinds = [*_descendants(CopisteError), *_descendants(archive.errors.ArchiveError)]
    return next((kind.advice for kind in kinds if kind.code == code), CopisteError.advice)


def _descendants(kind: type[Any]) -> list[Any]:
    return [kind, *(deeper for child in kind.__subclasses__() for deeper in _descendants(child))]
