"""The states of a dictation and of a document, and what people read for each."""

LABELS = {
    "received": "Reçue",
    "transcribing": "Transcription en cours",
    "to-review": "À relire",
    "in-review": "En relecture",
    "waiting": "En attente",
    "preparing": "Mise en forme",
    "to-sign": "À signer",
    "paper": "En signature papier",
    "to-correct": "À corriger",
    "signed": "Signé",
    "to-send": "À envoyer",
    "sent": "Envoyé",
    "undelivered": "Non remis",
    "filed": "Classé",
    "replaced": "Remplacé",
    "refused-file": "Fichier à vérifier",
}


def label(state: str) -> str:
    """What people read for a state."""
    return LABELS.get(state, state)
