"""The practice's own rules of intake: whether each names a doctor and a kind of document that exist."""

from collections.abc import Iterator

from pipeline.machine.diagnostic.findings import Finding, Ground, fix, well


def rules(ground: Ground) -> Iterator[Finding]:
    """What [[intake.rules]] says wrong; nothing when there are no rules."""
    from pipeline import arrival

    about = "Règles de prise en charge"
    if ground.practice is None or not ground.practice.settings.intake.rules:
        return
    problems = arrival.rule_problems(ground.practice)
    for problem in problems:
        todo = "Corrigez cette règle dans copiste.toml (« copiste doctors list », « copiste templates list »)."
        yield fix(about, f"{problem} Cette partie n'est pas appliquée.", todo)
    if not problems:
        yield well(about, "chacune désigne un médecin et un type de document qui existent.")
