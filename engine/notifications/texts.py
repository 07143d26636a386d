"""What people are told outside the pages: a code, a neutral word for the step, a link; in Italian or English.

Nothing else may ever stand here: such a message is read over somebody's shoulder, by whoever holds her telephone, and
by everybody who carries it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.participants.models import Language

_LADDER, _OTHER = "ladder", "other"
_LABELS = {
    Language.IT: {"reminder": "un passo da fare", _LADDER: "un passo in ritardo", _OTHER: "un avviso"},
    Language.EN: {"reminder": "a step to be done", _LADDER: "a step that is late", _OTHER: "a notice"},
}
_WORDS = {
    Language.IT: {
        "subject": "Staffetta: avviso",
        "urgent": "Staffetta: avviso urgente",
        "case": "caso",
        "more": "e altri {}",
        "open": "Per aprire: {}",
        "answer": "Per dire che ve ne occupate: {}",
        "reply": "Rispondere 1 per dire che ve ne occupate, o {}",
        "code": "Staffetta: il codice di conferma è {}",
        "code subject": "Staffetta: codice di conferma",
        "test": "Staffetta: prova della reperibilità. Nessuna urgenza.",
        "test subject": "Staffetta: prova della reperibilità",
        "answer test": "Per rispondere alla prova: {}",
        "reply test": "Rispondere 1, o {}",
        "spoken": "Staffetta. Avviso urgente: un passo aspetta.",
        "press": "Premere 1 per dire che ve ne occupate.",
        "spoken test": "Staffetta. Prova della reperibilità, nessuna urgenza.",
        "press test": "Premere 1 per rispondere.",
        "spoken code": "Staffetta. Il codice di conferma è: {}. Ripeto: {}.",
        "thanks": "Registrato. Grazie.",
        "silence": "Nessuna risposta.",
    },
    Language.EN: {
        "subject": "Staffetta: notice",
        "urgent": "Staffetta: urgent notice",
        "case": "case",
        "more": "and {} more",
        "open": "To open: {}",
        "answer": "To say that you take care of it: {}",
        "reply": "Reply 1 to say that you take care of it, or {}",
        "code": "Staffetta: the confirmation code is {}",
        "code subject": "Staffetta: confirmation code",
        "test": "Staffetta: on-call test. Nothing urgent.",
        "test subject": "Staffetta: on-call test",
        "answer test": "To answer the test: {}",
        "reply test": "Reply 1, or {}",
        "spoken": "Staffetta. Urgent notice: a step is waiting.",
        "press": "Press 1 to say that you take care of it.",
        "spoken test": "Staffetta. On-call test, nothing urgent.",
        "press test": "Press 1 to answer.",
        "spoken code": "Staffetta. The confirmation code is: {}. Again: {}.",
        "thanks": "Recorded. Thank you.",
        "silence": "No answer.",
    },
}
_MOST = 3
"""Cases that a text message names; of more it gives the number."""


@dataclass(frozen=True, slots=True)
class Told:
    """One notice as it is told outside: the code of its case, its kind, whether a clock runs for it."""

    case_code: str | None
    kind: str
    by_clock: bool


@dataclass(frozen=True, slots=True)
class Content:
    """What a message is made of. `answer_url` leads to the button that acknowledges, None where nothing is asked."""

    language: Language
    purpose: str
    urgent: bool = False
    told: Sequence[Told] = ()
    code: str = ""
    open_url: str = ""
    answer_url: str | None = None


def subject(content: Content) -> str:
    """Give the subject of an e-mail."""
    words = _WORDS[content.language]
    if content.purpose != "notices":
        return words[f"{content.purpose} subject"]
    return words["urgent" if content.urgent else "subject"]


def letter(content: Content) -> str:
    """Give the text of an e-mail."""
    words = _WORDS[content.language]
    if content.purpose == "code":
        return f"{words['code'].format(content.code)}\n"
    if content.purpose == "test":
        return f"{words['test']}\n\n{words['answer test'].format(content.answer_url)}\n"
    lines = [_line(content.language, each) for each in content.told]
    links = [words["open"].format(content.open_url)]
    if content.answer_url:
        links.append(words["answer"].format(content.answer_url))
    return "\n".join(["Staffetta", "", *lines, "", *links]) + "\n"


def lines(content: Content) -> str:
    """Give what a device shows beneath the subject."""
    return "\n".join(_line(content.language, each) for each in content.told)


def short(content: Content) -> str:
    """Give a text message."""
    words = _WORDS[content.language]
    if content.purpose == "code":
        return words["code"].format(content.code)
    if content.purpose == "test":
        return f"{words['test']} {words['reply test'].format(content.answer_url)}"
    said = [_line(content.language, each) for each in content.told[:_MOST]]
    if len(content.told) > _MOST:
        said.append(words["more"].format(len(content.told) - _MOST))
    link = words["reply"].format(content.answer_url) if content.answer_url else content.open_url
    return f"Staffetta: {'; '.join(said)}. {link}"


def spoken(content: Content) -> str:
    """Give what is said in a call."""
    words = _WORDS[content.language]
    if content.purpose == "code":
        digits = " ".join(content.code)
        return words["spoken code"].format(digits, digits)
    test = " test" if content.purpose == "test" else ""
    said = words[f"spoken{test}"]
    return f"{said} {words[f'press{test}']}" if content.answer_url else said


def thanks(language: Language) -> str:
    """Give what is said when an answer has been recorded."""
    return _WORDS[language]["thanks"]


def silence(language: Language) -> str:
    """Give what is said in a call that nobody answers by a digit."""
    return _WORDS[language]["silence"]


def neutral(kind: str, *, by_clock: bool) -> str:
    """Give the one of the neutral words that may be said of a notice of a kind."""
    if kind in _LABELS[Language.IT]:
        return kind
    return _LADDER if by_clock else _OTHER


def label(language: Language, kind: str) -> str:
    """Say one of the neutral words."""
    return _LABELS[language][kind]


def about_case(language: Language, code: str) -> str:
    """Say that there is something to be done in a case."""
    return f"Staffetta: {_WORDS[language]['case']} {code}: {label(language, 'reminder')}"


def _line(language: Language, told: Told) -> str:
    label_ = label(language, neutral(told.kind, by_clock=told.by_clock))
    return f"{_WORDS[language]['case']} {told.case_code}: {label_}" if told.case_code else label_
