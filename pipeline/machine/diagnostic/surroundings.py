"""What is around the practice: the clock, the service, the pages on the network, the reports of past errors."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from pipeline.machine import certificate
from pipeline.machine import service as services
from pipeline.machine.certificate import RENEW_DAYS, CertificateRefused
from pipeline.machine.diagnostic.findings import Finding, Ground, fix, watch, well

RECENT = timedelta(days=7)


def clock(ground: Ground) -> Iterator[Finding]:
    """Whether the clock can be believed, and whether the practice's time zone is the machine's."""
    if ground.settings is None:
        return
    here = ground.now.astimezone().utcoffset()
    there = ground.now.astimezone(ground.settings.zone).utcoffset()
    local = f"il est {ground.now.astimezone(ground.settings.zone):%d/%m/%Y %H h %M} ({ground.settings.timezone})."
    if here != there:
        todo = "Les dates des courriers suivent le réglage timezone ; vérifiez qu'il est celui du cabinet."
        yield watch("Horloge", f"{local} La machine est réglée sur un autre fuseau.", todo)
    else:
        yield well("Horloge", local)
    yield from _against_the_past(ground)


def _against_the_past(ground: Ground) -> Iterator[Finding]:
    """Whether the clock agrees with what the practice already dated."""
    if ground.practice is None:
        return
    from pipeline import clock as clocks

    for reading in clocks.findings(ground.practice):
        said = clocks.sentence(reading, ground.practice.settings.zone)
        if reading.verdict == "back":
            yield fix("Horloge", said, "Réglez l'heure de cette machine, puis relancez « copiste diagnostic ».")
        else:
            yield watch("Horloge", said, "Vérifiez l'heure de cette machine.")


def service(ground: Ground) -> Iterator[Finding]:
    """Whether Copiste starts with the machine."""
    about, units = "Démarrage avec la machine", services.installed(ground.home)
    if not units:
        yield watch(about, "Copiste n'est pas installé comme service.", "copiste service install")
    for unit in units:
        found = services.state(unit)
        todo = f"systemctl {'--user ' if unit.own else ''}start {unit.name}"
        yield (
            watch(about, f"{unit.name} : {found}.", todo)
            if "arrêté" in found
            else well(about, f"{unit.name} : {found}.")
        )


def pages(ground: Ground) -> Iterator[Finding]:
    """Whether the pages are in clear on the network, and how long their certificate lasts."""
    about = "Pages sur le réseau"
    if ground.settings is None:
        return
    web = ground.settings.web
    if not web.certificate:
        yield _in_clear(about, ground)
        return
    try:
        end = certificate.expiry(ground.home / web.certificate)
    except CertificateRefused as error:
        yield fix(about, "le certificat des pages ne peut pas être lu.", error.advice)
        return
    todo = "Refaites-le avec « copiste certificate », puis redémarrez Copiste."
    if end < ground.now:
        yield fix(about, f"le certificat des pages est arrivé à son terme le {end:%d/%m/%Y}.", todo)
    elif end < ground.now + timedelta(days=RENEW_DAYS):
        yield watch(about, f"le certificat des pages se termine le {end:%d/%m/%Y}.", todo)
    else:
        yield well(about, f"elles sont chiffrées ; leur certificat se termine le {end:%d/%m/%Y}.")


def _in_clear(about: str, ground: Ground) -> Finding:
    assert ground.settings  # the caller looked
    web = ground.settings.web
    if certificate.is_loopback(web.host):
        return well(about, "elles ne s'ouvrent que sur cette machine.")
    if web.behind_proxy:
        return well(about, "un serveur de l'établissement chiffre devant Copiste.")
    return fix(about, "elles seraient en clair sur le réseau : Copiste refuse de les ouvrir.", "copiste certificate")


def crashes(ground: Ground) -> Iterator[Finding]:
    """Reports of errors that nobody foresaw, in the last days."""
    about, folder = "Rapports d'erreur", ground.home / "logs"
    if not folder.is_dir():
        return
    since = (ground.now - RECENT).timestamp()
    found = sorted(path for path in folder.glob("crash-*.txt") if path.stat().st_mtime > since)
    if found:
        last = datetime.fromtimestamp(found[-1].stat().st_mtime, ground.now.tzinfo)
        todo = f"Transmettez-les à qui s'occupe de Copiste : ils ne contiennent aucune donnée de patient ({folder})."
        yield watch(about, f"{len(found)} cette semaine, le dernier le {last:%d/%m/%Y}.", todo)
    else:
        yield well(about, "aucun cette semaine.")
