"""The demonstration's accounts: one per role, with random passwords kept in a file that only this user reads."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine import settings
from engine.participants import credentials
from engine.participants.directory import Contact
from engine.participants.models import Channel, Role

FILE = "demo-accounts.txt"


@dataclass(frozen=True, slots=True)
class DemoAgency:
    """An invented agency and what it offers."""

    name: str
    services: tuple[str, ...]
    channel: Channel = Channel.PORTALE
    contact: Contact | None = None
    week: tuple[str, ...] | None = None
    out_of_hours: str = ""


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """An invented person, known by her role only; `also`: further agencies in which she has it."""

    username: str
    display_name: str
    agency: str
    role: Role
    also: tuple[str, ...] = ()


CAV = "CAV dimostrativo"
OTHER_CAV = "CAV dimostrativo del territorio vicino"
COMUNE = "Comune capofila dimostrativo"
PRONTO_SOCCORSO = "Pronto soccorso dimostrativo"

OTHER_NETWORK = "Centro dimostrativo di un'altra provincia"

WEEK = ("09:00-17:00",) * 5 + ("", "")
"""The hours of the network; an agency without hours of its own has these."""

ALWAYS = ("00:00-24:00",) * 7

AGENCIES = (
    # Numbers that nobody has: the prefix 099999 is given to no town.
    DemoAgency(
        CAV,
        ("cav", "supervisione"),
        contact=Contact("099999 0101", "cav@esempio.invalid"),
        week=("09:00-18:00",) * 5 + ("", ""),
        out_of_hours="Reperibilità del CAV, 099999 0199",
    ),
    # So that a request which one centre declines can go to another.
    DemoAgency(OTHER_CAV, ("cav",), contact=Contact("099999 0105")),
    DemoAgency(
        COMUNE,
        ("capofila", "servizio_sociale"),
        contact=Contact("099999 0102", "comune@esempio.invalid"),
        week=(
            "08:30-12:30 14:00-17:00",
            "08:30-12:30",
            "08:30-12:30 14:00-17:00",
            "08:30-12:30",
            "08:30-12:30",
            "",
            "",
        ),
        out_of_hours="Pronto intervento sociale, 099999 0198",
    ),
    DemoAgency(PRONTO_SOCCORSO, ("pronto_soccorso",), contact=Contact("099999 0103"), week=ALWAYS),
    # Without a computer: what it does is recorded on its behalf.
    DemoAgency("Supervisione esterna dimostrativa", ("supervisione",), Channel.TELEFONO, Contact("099999 0104")),
)

# Of another network, so that a woman who moves can be referred.
NEIGHBOURS = (DemoAgency(OTHER_NETWORK, ("cav", "capofila", "supervisione"), contact=Contact("099999 0106")),)

PEOPLE = (
    DemoPerson("operatrice.cav", "Operatrice CAV", CAV, Role.OPERATRICE),
    DemoPerson("seconda.operatrice.cav", "Seconda operatrice CAV", CAV, Role.OPERATRICE),
    DemoPerson("responsabile.cav", "Responsabile CAV", CAV, Role.RESPONSABILE),
    DemoPerson("operatrice.altro.cav", "Operatrice dell'altro CAV", OTHER_CAV, Role.OPERATRICE),
    DemoPerson("responsabile.altro.cav", "Responsabile dell'altro CAV", OTHER_CAV, Role.RESPONSABILE),
    DemoPerson("assistente.sociale", "Assistente sociale", COMUNE, Role.OPERATRICE),
    DemoPerson("responsabile.comune", "Responsabile Comune", COMUNE, Role.RESPONSABILE),
    DemoPerson("coordinamento", "Coordinamento della rete", COMUNE, Role.COORDINAMENTO),
    DemoPerson("operatrice.ps", "Operatrice pronto soccorso", PRONTO_SOCCORSO, Role.OPERATRICE),
    DemoPerson("responsabile.ps", "Responsabile pronto soccorso", PRONTO_SOCCORSO, Role.RESPONSABILE),
    DemoPerson("progettista", "Progettista dei protocolli", COMUNE, Role.PROGETTISTA),
    DemoPerson("amministratore", "Amministratore", COMUNE, Role.AMMINISTRATORE),
    DemoPerson("operatrice.altra.rete", "Operatrice di un'altra rete", OTHER_NETWORK, Role.OPERATRICE),
    # One officer for several bodies (art. 37.3 GDPR).
    DemoPerson("dpo", "Responsabile della protezione dei dati", COMUNE, Role.DPO, also=(CAV, PRONTO_SOCCORSO)),
)

# Service, number, and who is on call, first and second, a week each.
ON_CALL = (
    (
        "cav",
        "099999 0199",
        (("operatrice.cav", "operatrice.altro.cav"), ("seconda.operatrice.cav", "responsabile.cav")),
    ),
    ("servizio_sociale", "099999 0198", (("assistente.sociale", None), ("responsabile.comune", None))),
)


def passwords(data_dir: Path) -> tuple[dict[str, str], bool]:
    """Return the password of each account, and whether the file with them had to be made.

    The file is written before the accounts: a start that is interrupted leaves no account whose password nobody knows.
    """
    path = data_dir / FILE
    known = _read(path)
    if all(person.username in known for person in PEOPLE):
        return known, False
    path.unlink(missing_ok=True)
    made = {person.username: known.get(person.username) or credentials.made_up() for person in PEOPLE}
    settings.write_private(path, "".join(f"{username} {password}\n" for username, password in made.items()))
    return made, True


def _read(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    lines = (line.split() for line in path.read_text(encoding="utf-8").splitlines())
    return {words[0]: words[1] for words in lines if len(words) == 2}  # noqa: PLR2004 - a name and a password
