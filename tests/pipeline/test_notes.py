import pytest

from pipeline.letters import compose
from pipeline.types import Letter
from tests.pipeline.speech import transcript

HEAD = "Consultation patient Durand Paul né le 12 mars 1954. "


def letter(said: str) -> Letter:
    (made,) = compose(transcript(HEAD + said))
    return made


@pytest.mark.parametrize(
    "note",
    [
        "Note à la secrétaire joindre le dernier bilan point", "Pour le secrétariat appelez le laboratoire point",
        "Claire tu peux joindre les résultats point", "Sandrine appelez le service point",
        "Merci de joindre le compte rendu opératoire point", "Pensez à joindre l'ordonnance point",
        "Il faudra vérifier l'orthographe du nom point", "Message pour la secrétaire classer ce dossier point",
    ],
)  # fmt: skip
def test_what_is_said_to_the_secretary_is_a_note_wherever_it_is_said(note: str) -> None:
    made = letter(f"Asthme équilibré point. {note}. Contrôle dans un mois point.")
    assert made.text.endswith("Asthme équilibré. Contrôle dans un mois.")
    assert len(made.notes) == 1
    assert not made.urgent


def test_a_long_note_ends_where_the_doctor_says_it_ends() -> None:
    made = letter(
        "Asthme point. Note à la secrétaire appeler le labo point. Redemander la CRP point. Fin de note. Suivi point."
    )
    assert made.text.endswith("Asthme. Suivi.")
    assert "Redemander la CRP" in " ".join(made.notes)


def test_a_note_begun_without_a_stop_is_taken_from_there_on() -> None:
    made = letter("Asthme équilibré note à la secrétaire appeler le laboratoire point. Suivi point.")
    assert made.text.endswith("Asthme équilibré. Suivi.")


@pytest.mark.parametrize(
    "said",
    [
        "Merci de le revoir dans un mois", "Tu trouveras ci-joint son bilan", "Lina peut reprendre l'école",
        "Merci d'organiser un scanner thoracique", "Il faut surveiller le potassium",
        "Vous pouvez reprendre le travail",
        "Pensez à contrôler la créatinine", "Monique va bien", "Merci de vous présenter à jeun",
    ],
)  # fmt: skip
def test_what_a_colleague_or_the_patient_is_asked_stays_in_the_letter(said: str) -> None:
    made = letter(f"Asthme point. {said} point. Suivi point.")
    assert said in made.text
    assert made.notes == ()


@pytest.mark.parametrize(
    "said", ["Urgent", "C'est très urgent", "Courrier urgent", "À taper en urgence", "Urgent s'il vous plaît"]
)
def test_urgent_is_heard_wherever_it_is_said(said: str) -> None:
    made = letter(f"Asthme point. {said} point. Suivi point.")
    assert made.urgent
    assert "rgen" not in made.text


@pytest.mark.parametrize(
    "said",
    [
        "Avis urgent demandé",
        "Il a été adressé aux urgences",
        "Chirurgie en urgence",
        "Ce n'est pas urgent",
        "Rien d'urgent",
    ],
)
def test_an_urgent_care_is_not_an_urgent_letter(said: str) -> None:
    assert not letter(f"Asthme point. {said} point. Suivi point.").urgent


def test_urgent_said_before_the_letter_begins() -> None:
    (made,) = compose(
        transcript("Bonjour Sylvie. Urgent. Consultation patient Durand Paul né le 12 mars 1954. Asthme point.")
    )
    assert made.urgent
    assert made.text.startswith("Consultation\n\nPatient : DURAND Paul")


@pytest.mark.parametrize(
    "opening",
    [
        "Bonjour,", "Bonjour Sylvie, alors", "Bonjour c'est le docteur Lambert.", "Ici le docteur Lambert,",
        "Alors voilà,",
        "Bonjour, dictée du docteur Lambert,", "Docteur Lambert à l'appareil.", "Nous sommes le 12 mars 2026.",
        "Bonjour à toutes, je commence.", "Première dictée.", "Bonjour Sylvie, voici une",
    ],
)  # fmt: skip
def test_what_is_said_before_the_letter_is_not_in_it(opening: str) -> None:
    (made,) = compose(transcript(f"{opening} consultation patient Durand Paul né le 12 mars 1954. Asthme point."))
    assert made.text.startswith("Consultation")
    assert made.text.split("\n\n")[1] == "Patient : DURAND Paul, né le 12/03/1954"


@pytest.mark.parametrize(
    "ending",
    [
        "Fin de dictée.", "C'est terminé, merci.", "Voilà c'est tout.", "Merci beaucoup.", "Bonne journée.",
        "J'ai terminé.", "Terminé.", "Fin.", "Au revoir.", "Voilà, merci.", "Fin du courrier, merci.",
        "Merci et bonne soirée.",
    ],
)  # fmt: skip
def test_what_ends_the_dictation_is_not_in_the_letter(ending: str) -> None:
    made = letter(f"Asthme point à la ligne. Bien confraternellement point. {ending}")
    assert made.text.endswith("Bien confraternellement.")


def test_a_last_sentence_that_ends_like_an_ending_stays() -> None:
    assert letter("Asthme point. Le cathéter est fin point.").text.endswith("Le cathéter est fin.")


def test_a_letter_that_goes_on_with_another_says_so() -> None:
    (made,) = compose(transcript("Suite du courrier de madame Petit. Contrôle dans trois mois point. Amitiés point."))
    assert made.continues
    assert made.patient.family_name == "PETIT"
    assert made.text == "Contrôle dans trois mois. Amitiés."
    (other,) = compose(transcript("Suites opératoires simples point. Contrôle dans trois mois point."))
    assert not other.continues


@pytest.mark.parametrize(
    "said",
    [
        "Elle est urgente", "À traiter en urgence", "Il faut l'envoyer en urgence", "Il faut traiter tout de suite",
        "Il faut joindre la famille en cas de malaise", "Merci de joindre le cardiologue en cas de douleur",
        "Léa vous est adressée pour une otite", "Pierre vous remercie de votre accueil", "Il faut agrafer la plaie",
        "Victor il faut surveiller la température", "Copieux épanchement drainé par le docteur Martin",
        "Consultation urgente refusée", "Pas d'urgence",
    ],
)  # fmt: skip
def test_what_is_said_of_the_patient_is_no_note_and_no_haste(said: str) -> None:
    made = letter(f"Asthme point. {said} point. Suivi point.")
    assert said in made.text
    assert (made.notes, made.urgent, made.addressees) == ((), False, ())


@pytest.mark.parametrize(
    ("note", "urgent"),
    [
        ("appeler l'infirmière virgule il n'y a pas d'urgence", False), ("c'est pas d'urgence", False),
        ("rappeler le patient qui a refusé la consultation urgente", False), ("c'est urgent", True),
        ("la consultation urgente est annulée, prévenir", False), ("à envoyer, n'oublie pas c'est urgent", True),
    ],
)  # fmt: skip
def test_a_note_is_urgent_when_it_asks_for_haste(note: str, urgent: bool) -> None:
    assert letter(f"Asthme point. Note à la secrétaire {note} point. Suivi point.").urgent is urgent


def test_a_note_reads_as_it_is_written() -> None:
    (note,) = letter(
        "Asthme point. Note à la secrétaire c'est pour l'infirmière virgule merci point. Suivi point."
    ).notes
    assert note == "Note à la secrétaire c'est pour l'infirmière, merci"


@pytest.mark.parametrize(
    ("title", "urgent"),
    [
        ("Courrier urgent pour le docteur Petit", True), ("Demande de scanner urgent", True),
        ("Compte rendu de consultation urgente", False), ("Lettre de sortie après chirurgie urgente", False),
    ],
)  # fmt: skip
def test_a_title_is_urgent_when_the_letter_is(title: str, urgent: bool) -> None:
    (made,) = compose(transcript(f"{title}. Patient Durand Paul né le 12 mars 1954. Asthme point."))
    assert made.urgent is urgent
