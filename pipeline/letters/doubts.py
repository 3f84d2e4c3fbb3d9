"""What is said where it is not sure whose letter this is: a cut to make or to confirm, a patient taken from elsewhere.

Only a person settles these: recognising somebody in the register answers none of them.
"""

CUT_HERE = "Un second patient est nommé ici : couper ?"
CUT_UNSAID = "Un second patient est nommé ici : le courrier a été coupé sans que la dictée le dise. Vérifiez."
CUT_SAID = "Changement de courrier entendu ici : couper si c'est un autre courrier."
SAME_SAID = "Même patient que le courrier précédent, d'après la dictée : vérifiez."
SAME_SUPPOSED = "Patient repris du courrier précédent, sans que la dictée le dise : confirmez."
SAME_DENIED = "Dit du même patient que le courrier précédent, mais un autre est nommé : vérifiez de qui il s'agit."
NAMED_LATE = "Le patient n'est nommé qu'ici : vérifiez que tout le texte le concerne."

WHOSE = (CUT_HERE, CUT_UNSAID, CUT_SAID, SAME_SAID, SAME_SUPPOSED, SAME_DENIED, NAMED_LATE)
"""All of them."""
SUPPOSED = (SAME_SUPPOSED, SAME_DENIED, NAMED_LATE)
"""Those with which nobody is sure enough to be linked."""
