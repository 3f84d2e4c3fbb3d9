"""What a doctor should know of how a dictation was recorded or came in: codes kept in a row, and their sentences.

A remark never stops a recording: it helps a person to understand a poor text, and a doctor to record better.
"""

from collections.abc import Iterable
from types import MappingProxyType

SENTENCES = MappingProxyType(
    {
        "clipped": "Le son est saturé : parlez moins fort ou éloignez le micro.",
        "quiet": "Le son est très faible : rapprochez le micro ou montez son volume.",
        "noisy": "Le bruit de fond couvre la voix : dictez dans un endroit plus calme.",
        "mostly-silent": "L'enregistrement est presque entièrement silencieux : arrêtez-le quand vous ne dictez pas.",
        "one-channel": "La voix n'est que sur une voie : vérifiez le branchement du micro.",
        "opposed-channels": "Les deux voies s'annulent : le micro ou son câble est mal branché.",
        "narrow": "Le son est de qualité téléphone : réglez le dictaphone sur la meilleure qualité.",
        "silent-end": "La fin de l'enregistrement est muette : vérifiez que la dictée est complète.",
        "unproven": "Rien dans ce fichier ne dit s'il est entier : vérifiez que la dictée est complète.",
        "damaged": "Des passages de l'enregistrement sont abîmés : écoutez-le en entier.",
        "two-doctors": "Le dossier de dépôt et le dictaphone ne désignent pas le même médecin : précisez lequel.",
    }
)
"""Each code and what people read."""


def sentences(codes: Iterable[str]) -> tuple[str, ...]:
    """What people read of those codes; one that this program does not know is left out."""
    return tuple(SENTENCES[code] for code in codes if code in SENTENCES)
