"""The small words that turn a medical sentence over: sides and negations, folded. Never guessed, never dropped."""

SIDES = frozenset(
    ["droit", "droite", "droits", "droites", "gauche", "gauches",
     "bilateral", "bilaterale", "bilateraux", "bilaterales"]
)  # fmt: skip
DENIALS = frozenset(["pas", "sans", "aucun", "aucune", "ni", "non", "jamais", "absence"])
