"""What can go wrong with a backup, a restoration or an upgrade, and what to do then."""

from pipeline.errors import CopisteError


class BackupFailed(CopisteError):
    """The backup could not be made; the ones before it are whole."""

    code = "E111"
    exit_code = 111
    retry = True
    advice = (
        "La sauvegarde n'a pas pu se faire. Les précédentes sont intactes. Vérifiez que le disque de sauvegarde est "
        "branché et qu'il y reste de la place, puis relancez « copiste backup »."
    )


class BackupDamaged(CopisteError):
    """A backup was read again and does not hold all that it should."""

    code = "E112"
    exit_code = 112
    advice = (
        "Cette sauvegarde est abîmée ou incomplète : elle ne permettrait pas de tout retrouver. Gardez les autres, "
        "changez de disque de sauvegarde, et relancez « copiste backup »."
    )


class BackupRunning(CopisteError):
    """Another process is making a backup of this practice."""

    code = "E113"
    exit_code = 113
    retry = True
    advice = "Une sauvegarde est déjà en cours. Attendez qu'elle se termine."


class BackupMissing(CopisteError):
    """There is no backup where one was looked for."""

    code = "E114"
    exit_code = 114
    advice = "Aucune sauvegarde de Copiste ne se trouve dans ce dossier. Vérifiez le dossier et le disque."


class WrongKey(CopisteError):
    """The key that was given is not the one this backup is closed to."""

    code = "E115"
    exit_code = 115
    advice = (
        "Cette clé n'ouvre pas la sauvegarde. Si la clé du cabinet a été changée depuis, il faut les feuilles "
        "de secours de maintenant, et celles du jour de la sauvegarde avec « --former-sheet »."
    )


class RestoreRefused(CopisteError):
    """A restoration would overwrite something."""

    code = "E116"
    exit_code = 116
    advice = "Ce dossier n'est pas vide. Restaurez dans un dossier vide : rien ne doit être écrasé."


class UpgradeFailed(CopisteError):
    """The databases could not be brought to this version; they are as they were."""

    code = "E117"
    exit_code = 117
    advice = (
        "La mise à jour n'a pas pu se faire et rien n'a été changé. Reprenez la version précédente de Copiste et "
        "signalez ce problème."
    )


class DiskAway(CopisteError):
    """Backups were made in this folder, and nothing of them is there: the disk is not plugged in."""

    code = "E119"
    exit_code = 119
    retry = True
    advice = (
        "Les sauvegardes précédentes ne sont pas dans ce dossier : le disque n'est sans doute pas branché. "
        "Branchez-le, puis relancez « copiste backup ». Si c'est un disque neuf, lancez « copiste backup --new »."
    )


class FolderUnfit(CopisteError):
    """The folder that was chosen cannot hold this practice's backups."""

    code = "E118"
    exit_code = 118
    advice = "Ce dossier contient les sauvegardes d'un autre cabinet. Choisissez-en un autre."
