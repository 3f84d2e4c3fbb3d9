"""Every error of the archive.

ArchiveError
├── ObjectMissing          the object is not in the store
├── ObjectAltered          its bytes are not those that were stored
├── KeyMissing             its key is not in the vault: it was destroyed, or the vault is another one
├── KeyUnusable            the practice key does not open it
├── StoreFailed            the store cannot be reached or written (tried again)
│   ├── StoreAway          nothing answers, or not in time: worth waiting for
│   └── StoreRefused       it answers, and refuses this program
├── StoreUnusable          its address or its credentials cannot be used
├── PracticeKeyMissing     there is no practice key file, or it holds no key
├── PracticeKeyExposed     the practice key file can be read by others
├── PracticeKeyChanged     the practice key in use is another one than this file's
├── PatientUnknown         no patient has this id
├── PatientConflict        this would put one person's document or file under another's
├── RecordUnknown          no record has this id
├── AlreadyFiled           this id was filed with other content
├── AlreadyReplaced        the document named as replaced already has a newer version
├── DepositRefused         what is offered is not a signed document
├── HoldUnknown            there is no such hold, or it was released already
├── ClockWentBack          the machine's clock is behind what the journal says was done (tried again)
└── ScheduleUnknown        no retention schedule has this name and version

`str()` is English and goes to the log; `advice` is French and goes to people. Neither ever carries a patient's name.
"""

from typing import ClassVar


class ArchiveError(Exception):
    """The archive refused an operation."""

    code: ClassVar[str] = "A000"
    retry: ClassVar[bool] = False
    advice: str = "L'archive a refusé l'opération."

    def __init__(self, message: str = "", *, advice: str = "") -> None:
        super().__init__(f"[{self.code}] {message or type(self).__name__}")
        if advice:
            self.advice = advice


class ObjectMissing(ArchiveError):
    """The object is not in the store."""

    code = "A010"
    advice = "Un document archivé est introuvable. Lancez « copiste archive verify » et prévenez le responsable."


class ObjectAltered(ArchiveError):
    """The object's bytes are not those that were stored."""

    code = "A011"
    advice = "Un document archivé a été altéré : ne vous en servez pas. Restaurez-le depuis la sauvegarde."


class KeyMissing(ArchiveError):
    """The object's key is not in the vault: it was destroyed, or this is not the vault it was stored with."""

    code = "A012"
    advice = "La clé de ce document est absente : il a été détruit, ou le coffre des clés n'est pas le bon."


class KeyUnusable(ArchiveError):
    """The practice key does not open this object."""

    code = "A013"
    advice = "La clé du cabinet n'ouvre pas ce document. Vérifiez que la bonne clé a été restaurée."


class StoreFailed(ArchiveError):
    """The store cannot be reached or written."""

    code = "A014"
    retry = True
    advice = "Le dossier d'archivage n'est pas accessible, ou le disque est plein. Rien n'a été perdu ; réessayez."


class StoreAway(StoreFailed):
    """The store does not answer, or not in time: it is worth waiting for, and no fault of what was to be stored."""

    code = "A017"
    advice = "Le stockage commun ne répond pas. Rien n'a été perdu ; le travail reprendra quand il répondra."


class StoreRefused(StoreFailed):
    """The store answers and refuses: credentials expired or without the right, or a clock far off."""

    code = "A015"
    advice = (
        "Le stockage refuse l'accès à Copiste. Vérifiez ses identifiants, leurs droits et l'heure de cette machine. "
        "Rien n'a été perdu."
    )


class StoreUnusable(ArchiveError):
    """The store's address or its credentials cannot be used as they are written."""

    code = "A016"
    advice = "L'adresse ou les identifiants du stockage ne peuvent pas être utilisés. Vérifiez [storage] store."


class PracticeKeyMissing(ArchiveError):
    """There is no practice key file, or it holds no key."""

    code = "A020"
    advice = (
        "La clé du cabinet est introuvable. Sans elle, aucun document ne peut être ouvert : remettez-la avec deux "
        "feuilles de secours (copiste keys recover)."
    )


class PracticeKeyExposed(ArchiveError):
    """The practice key file can be read by other accounts of this machine."""

    code = "A021"
    advice = "La clé du cabinet peut être lue par d'autres comptes. Retirez-leur ce droit (chmod 600)."


class PracticeKeyChanged(ArchiveError):
    """The practice key in use is another one than this machine's."""

    code = "A022"
    advice = (
        "La clé du cabinet a changé : copiez le nouveau fichier practice.key depuis la machine où elle a été changée, "
        "puis relancez Copiste ici."
    )


class PatientUnknown(ArchiveError):
    """No patient has this id."""

    code = "A030"
    advice = "Ce patient est inconnu. Cherchez-le, ou ajoutez-le au fichier des patients."


class PatientConflict(ArchiveError):
    """This would put one person's document or file under another's."""

    code = "A031"
    advice = "Ce document ou ce dossier appartient peut-être à quelqu'un d'autre : vérifiez l'identité du patient."


class RecordUnknown(ArchiveError):
    """No record has this id."""

    code = "A040"
    advice = "Ce document n'est pas dans l'archive. Vérifiez son identifiant."


class AlreadyFiled(ArchiveError):
    """This id was filed with other content: a filed document never changes."""

    code = "A041"
    advice = "Ce document est déjà classé avec un autre contenu. Faites un rectificatif : il portera son propre numéro."


class AlreadyReplaced(ArchiveError):
    """The document named as replaced already has a newer version."""

    code = "A042"
    advice = "Ce document a déjà été remplacé. Faites le rectificatif à partir de sa dernière version."


class DepositRefused(ArchiveError):
    """What is offered is not a signed document."""

    code = "A043"
    advice = "Ce qui devait être classé n'est pas un document signé. Reprenez à la signature."


class HoldUnknown(ArchiveError):
    """There is no such hold, or it was released already."""

    code = "A050"
    advice = "Ce gel n'existe pas ou a déjà été levé."


class ScheduleUnknown(ArchiveError):
    """No retention schedule has this name and version."""

    code = "A051"
    advice = "Cette règle de conservation n'existe pas. Choisissez « trente », « cabinet » ou « etablissement »."


class ClockWentBack(ArchiveError):
    """The machine's clock is behind the last moment that was written down: nothing is dated until it is right."""

    code = "A060"
    retry = True
    advice = (
        "L'horloge de cette machine retarde sur ce qui a déjà été daté : rien n'est signé ni classé tant qu'elle "
        "n'est pas à l'heure. Mettez la machine à l'heure ; si elle l'est, lancez « copiste clock --right »."
    )
