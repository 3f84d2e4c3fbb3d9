"""`copiste review …` and `copiste sign`: what people do with a document, from a terminal."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.terminal import HOME, Home, Json, Who, actor, answer, practice, reader, secret

if TYPE_CHECKING:
    from pipeline.review import Opened

app = typer.Typer(help="Relire : lister, prendre, couper, joindre, terminer, rendre.", no_args_is_help=True)
Document = Annotated[str, typer.Argument(metavar="ID", help="Identifiant du document.")]


@app.command("list")
def list_documents(who: Who = "", home: Home = HOME, as_json: Json = False) -> None:
    """Les documents en cours, le plus pressé d'abord."""
    from pipeline import review
    from pipeline.states import label

    place = practice(home)
    found = review.listing(place, reader(place, who))
    lines = [
        f"{one['id']}  {label(one['state'])} · {one['kind']} · {one['doctor'] or 'médecin à préciser'}"
        f" · {one['patient'] or 'patient à choisir'} · {one['to_check']} à vérifier"
        for one in found
    ]
    answer(found, as_json=as_json, text="\n".join(lines) or "Rien à relire.")


@app.command()
def show(document: Document, who: Who = "", home: Home = HOME, as_json: Json = False) -> None:
    """Le texte d'un document et ses passages à vérifier."""
    from pipeline import review

    place = practice(home)
    opened = review.show(place, reader(place, who), document)
    answer(_shown(opened), as_json=as_json, text=_page(opened))


def _shown(opened: "Opened") -> dict[str, Any]:
    from pipeline.contracts import flag_json, patient_json

    flags = opened.review.checked.flags
    return {
        "id": opened.row["id"],
        "state": opened.row["state"],
        "version": opened.row["version"],
        "kind": opened.row["kind"],
        "text": opened.review.text,
        "patient": patient_json(opened.patient),
        "candidates": [patient_json(one.patient) for one in opened.candidates],
        "flags": [
            flag_json(flags[i]) | {"index": i, "start": at[0], "end": at[1]}
            for i, at in enumerate(opened.places)
            if at is not None
        ],
    }


def _page(opened: "Opened") -> str:
    lines = [opened.review.text, ""]
    for index in opened.stops:
        flag = opened.review.checked.flags[index]
        lines.append(f"[{index}] « {flag.text} » : {flag.reason}")
    return "\n".join(lines if opened.stops else [*lines, "Aucun passage signalé : cela ne veut pas dire sans erreur."])


@app.command()
def take(
    document: Document,
    who: Who = "",
    home: Home = HOME,
    over: Annotated[bool, typer.Option("--over", help="Prendre la suite de quelqu'un.")] = False,
    as_json: Json = False,
) -> None:
    """Prendre un document pour le relire."""
    from pipeline import review

    place = practice(home)
    version = review.take(place, actor(place, who, role="secretary"), document, over=over)
    answer({"id": document, "version": version}, as_json=as_json, text=f"Document {document} : à vous.")


@app.command()
def finish(
    document: Document,
    who: Who = "",
    home: Home = HOME,
    patient: Annotated[str, typer.Option(help="Identifiant du patient, s'il n'est pas encore choisi.")] = "",
    doctor: Annotated[str, typer.Option(help="Identifiant du médecin, si le dossier ne l'a pas dit.")] = "",
    text: Annotated[typer.FileText | None, typer.Option(help="Fichier du texte corrigé.")] = None,
    heard: Annotated[list[int] | None, typer.Option(help="Passage entendu et juste (répétable).")] = None,
    as_json: Json = False,
) -> None:
    """Terminer la relecture d'un document que l'on a pris."""
    from pipeline import review
    from pipeline.engine import open_engine

    place = practice(home)
    person = actor(place, who, role="secretary")
    opened = review.show(place, person, document)
    version = opened.row["version"]
    if text is not None or heard:
        body = text.read().strip() if text else opened.review.text
        version = review.save(place, person, document, version=version, text=body, heard=heard or ())
    if patient:
        version = review.choose_patient(place, person, document, version=version, patient=patient)
    if doctor:
        version = review.choose_doctor(place, person, document, version=version, doctor=doctor)
    version = review.finish(place, person, document, version=version, submit=open_engine(place).submit)
    answer({"id": document, "version": version}, as_json=as_json, text=f"Document {document} : relecture terminée.")


@app.command("return")
def give_back(
    document: Document,
    who: Who = "",
    home: Home = HOME,
    reason: Annotated[str, typer.Option(help="Motif, pour la secrétaire.")] = "",
    as_json: Json = False,
) -> None:
    """Rendre un document : le remettre dans la liste, ou le renvoyer à corriger."""
    from pipeline import review

    place = practice(home)
    version = review.give_back(place, actor(place, who, role="secretary"), document, reason=reason)
    answer({"id": document, "version": version}, as_json=as_json, text=f"Document {document} : rendu.")


@app.command()
def cut(
    document: Document,
    at: Annotated[int, typer.Option(help="Où couper : nombre de caractères du texte avant la coupure.")],
    who: Who = "",
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Couper en deux un document que l'on a pris : ce qui suit devient un autre document."""
    from pipeline import review, seams

    place = practice(home)
    person = actor(place, who, role="secretary")
    version = review.show(place, person, document).row["version"]
    version, new = seams.cut(place, person, document, version=version, at=at)
    answer(
        {"id": document, "version": version, "new": new}, as_json=as_json,
        text=f"Document {document} coupé : la suite est le document {new}, dont le patient est à choisir.",
    )  # fmt: skip


@app.command()
def join(
    document: Document,
    other: Annotated[str, typer.Argument(metavar="AUTRE", help="Document qui en est la suite.")],
    who: Who = "",
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Joindre à un document que l'on a pris celui qui en est la suite : textes, passages et sons."""
    from pipeline import review, seams

    place = practice(home)
    person = actor(place, who, role="secretary")
    version = review.show(place, person, document).row["version"]
    version = seams.join(place, person, document, other, version=version)
    answer(
        {"id": document, "version": version, "joined": other}, as_json=as_json,
        text=f"Document {other} joint au document {document}.",
    )  # fmt: skip


@app.command()
def resume(
    dictation: Annotated[str, typer.Argument(metavar="ID", help="Identifiant de la dictée.")],
    who: Who = "",
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Reprendre une dictée dont la transcription a échoué."""
    from pipeline import arrival
    from pipeline.engine import open_engine

    place = practice(home)
    arrival.resume(place, actor(place, who, role="secretary"), dictation, open_engine(place).submit)
    answer({"id": dictation, "state": "received"}, as_json=as_json, text=f"Dictée {dictation} : reprise.")


@app.command()
def dismiss(
    dictation: Annotated[str, typer.Argument(metavar="ID", help="Identifiant du fichier à vérifier.")],
    who: Who = "",
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Retirer de la liste un fichier à vérifier, une fois l'affaire réglée."""
    from pipeline import arrival

    place = practice(home)
    arrival.dismiss(place, actor(place, who, role="secretary"), dictation)
    answer({"id": dictation}, as_json=as_json, text=f"Fichier {dictation} : retiré de la liste.")


def sign(
    document: Document,
    who: Who = "",
    home: Home = HOME,
    code: Annotated[str, typer.Option(help="Code de signature.", envvar="COPISTE_CODE", show_default=False)] = "",
    instead: Annotated[
        bool, typer.Option("--instead", help="Le faire d'abord préparer à son nom, à la place du médecin annoncé.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Signer un document prêt, avec le code du médecin."""
    from pipeline import review, store, tables
    from pipeline.engine import open_engine
    from pipeline.signature import with_code

    place = practice(home)
    with place.look() as connection:
        row = store.one(connection, tables.document, document)
    person = actor(place, who, role="doctor", doctor=row["signatory"] or row["doctor"])
    if instead:
        version = review.sign_instead(place, person, document, submit=open_engine(place).submit)
        text = f"Document {document} : en préparation à votre nom ; relisez-le, puis signez."
        answer({"id": document, "version": version}, as_json=as_json, text=text)
        return
    signature = with_code(place, secret(code, asked="Code de signature"))
    review.sign(place, person, document, signature=signature, submit=open_engine(place).submit)
    answer({"id": document, "state": "signed"}, as_json=as_json, text=f"Document {document} : signé.")
