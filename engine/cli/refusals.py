"""Refusals at the command line, in sentences.

The code stands behind the sentence in parentheses, for programs and for whoever asks for help.
"""

from __future__ import annotations

from collections.abc import Iterable

import click

from engine.cli import speech
from engine.errors import InvalidValue, Problem, Refused

# By the code, or by the field and the code: Italian, English. Names in braces are the refusal's own ids.
_SENTENCES: dict[str, tuple[str, str]] = {
    "agency_not_found": (
        "nella rete non c'è un ente con questo nome: `staffetta agency list` dice quali ci sono",
        "the network has no agency of this name: `staffetta agency list` says which there are",
    ),
    "agency_taken": (
        "nella rete c'è già un ente con questo nome: `staffetta agency list` dice quali servizi ha",
        "the network has an agency of this name already: `staffetta agency list` says which services it has",
    ),
    "user_not_found": ("non c'è un account con questo nome utente", "there is no account of this user name"),
    "user_account_taken": ("questo nome utente è già usato", "this user name is taken"),
    "membership_taken": ("la persona ha già questo ruolo", "the person has this role already"),
    "user_not_in_network": ("la persona non ha un ruolo in questa rete", "the person has no role in this network"),
    "network_not_found": ("non c'è una rete con questa chiave", "there is no network with this key"),
    "network_taken": ("c'è già una rete con questa chiave", "there is a network with this key already"),
    "parameters.not_toml": ("i parametri non sono un file TOML", "the parameters are no TOML file"),
    "invalid_reminders": (
        'i promemoria del parametro non stanno nella sua durata: per esempio reminders = ["50%", "PT40H"]',
        'the reminders of the parameter do not lie within its length: for instance reminders = ["50%", "PT40H"]',
    ),
    "invalid_ladder": (
        "la scala non è scritta bene: vedi processes/ladders.toml",
        "the ladder is not well written: see processes/ladders.toml",
    ),
    "invalid_ladder_step": (
        "un gradino ha solo at, to e do: vedi processes/ladders.toml",
        "a step has at, to and do, and nothing else: see processes/ladders.toml",
    ),
    "invalid_ladder_at": (
        'quando scatta il gradino si scrive "50%", "PT24H", "-P30D", "breach" o "+PT1H"',
        'when a step is climbed is written "50%", "PT24H", "-P30D", "breach" or "+PT1H"',
    ),
    "unknown_ladder_target": (
        "un gradino non può raggiungere chi è scritto qui: i destinatari possibili stanno in processes/ladders.toml",
        "a step cannot reach who is written here: whom it can reach stands in processes/ladders.toml",
    ),
    "unknown_ladder_action": (
        "un gradino non può fare ciò che è scritto qui: le azioni possibili stanno in processes/ladders.toml",
        "a step cannot do what is written here: what it can do stands in processes/ladders.toml",
    ),
    "ladder_without_breach": (
        'la scala deve avere un gradino "breach", e uno solo',
        'the ladder must have one step "breach", and one only',
    ),
    "ladder_order": (
        'i gradini vanno scritti in ordine: prima della scadenza, "breach", e poi ciò che segue, sempre più tardi',
        'the steps stand in their order: before the end, "breach", then what follows it, each later than the last',
    ),
    "unknown_class": ("le classi sono E0, E1, E2 ed E3", "the classes are E0, E1, E2 and E3"),
    "another_class": ("la scala scritta è di un'altra classe", "the ladder that is written is of another class"),
    "invalid_parameter": (
        "il parametro non è scritto bene: vedi processes/parameters.toml",
        "the parameter is not well written: see processes/parameters.toml",
    ),
    "version_not_found": (
        "nella rete non c'è questa versione di un protocollo",
        "the network has no such version of a protocol",
    ),
    "token_not_found": ("nella rete non c'è un token con questo id", "the network has no token with this id"),
    "parameter_not_found": (
        "non c'è un parametro con questo nome: `staffetta parameter list` dice quali ci sono",
        "there is no parameter of this name: `staffetta parameter list` says which there are",
    ),
    "last_administrator": (
        "è l'ultima persona che amministra la rete: prima date il ruolo a un'altra",
        "this is the last person who administers the network: first give the role to another",
    ),
    "services.unknown_service": (
        "nessun protocollo ha questo servizio (`staffetta service list`); per uno nuovo ripetere con --new-service",
        "no protocol has this service (`staffetta service list`); for a new one repeat with --new-service",
    ),
    "services.invalid_characters": (
        "un servizio ha solo lettere minuscole, cifre e _, e comincia con una lettera",
        "a service has only lower-case letters, digits and _, and begins with a letter",
    ),
    "key.invalid_characters": (
        "la chiave ha solo lettere minuscole, cifre e _, e comincia con una lettera",
        "the key has only lower-case letters, digits and _, and begins with a letter",
    ),
    "username.invalid_characters": (
        "il nome utente ha solo lettere minuscole, cifre, punto, trattino, _, @ e +",
        "a user name has only lower-case letters, digits, full stop, hyphen, _, @ and +",
    ),
    "name.invalid_name": ("serve un nome, al massimo 200 caratteri", "a name is needed, 200 characters at most"),
    "telephone.invalid_telephone": (
        "il telefono ha solo cifre, spazi e + ( ) / . -",
        "a telephone number has only digits, spaces and + ( ) / . -",
    ),
    "email.invalid_email": ("non è un indirizzo e-mail", "this is no e-mail address"),
    "password.too_short": ("la password ha meno di 12 caratteri", "the password has fewer than 12 characters"),
    "password.too_long": ("la password ha più di 128 caratteri", "the password has more than 128 characters"),
    "length.invalid_length": (
        "non è una durata, ad esempio PT2H, PT30M o P3D",
        "this is no duration, for example PT2H, PT30M or P3D",
    ),
    "length.not_a_length": (
        "questo parametro si accende o si spegne con `staffetta parameter approve`",
        "this parameter is turned on or off by `staffetta parameter approve`",
    ),
    "name.not_a_switch": (
        "questo parametro è una durata: `staffetta parameter set`",
        "this parameter is a duration: `staffetta parameter set`",
    ),
    "approved_by.required": ("serve chi l'ha deciso (--by)", "who has decided it is needed (--by)"),
    "valid_from.in_the_past": (
        "non può valere da prima di adesso: le scadenze già partite restano come sono",
        "it cannot be valid from before now: deadlines that run already stay as they are",
    ),
}
_OTHER = ("non è possibile", "this is not possible")


def sentence(refused: Refused) -> str:
    """Say why a command was refused, in one line."""
    keys = [refused.code]
    if isinstance(refused, InvalidValue):
        keys = [f"{refused.field}.{refused.code}", refused.code]
    found = next((_SENTENCES[key] for key in keys if key in _SENTENCES), _OTHER)
    italian, english = found
    said = speech.either(f"rifiutato: {italian}", f"refused: {english}")
    return f"staffetta: {said} ({refused})"


def tell(problems: Iterable[Problem]) -> None:
    """Print what is wrong with protocols, a line each."""
    for problem in spoken(problems):
        kind = speech.either("avvertimento: ", "warning: ") if problem.warns else ""
        click.echo(f"{problem.place}: {kind}{problem.reason} {problem.way_out}", err=True)


def spoken(problems: Iterable[Problem]) -> list[Problem]:
    """Give problems in the language of this command."""
    return [problem.in_language(speech.language()) for problem in problems]
