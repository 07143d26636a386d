"""Small protocols for tests, drawn in a few lines each: every construct that can wait, and the clocks on it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from xml.sax.saxutils import quoteattr

PARAMETERS = "\n".join(
    f"""
["{name}"]
length = "{length}"
clock = "{clock}"
nature = "interno"
tag = "D"
title.it = "Durata di prova {name}"
title.en = "Length for tests {name}"
"""
    for name, length, clock in [
        ("T.ora", "PT1H", "H"),
        ("T.giorno", "PT24H", "H"),
        ("T.mese", "P30D", "H"),
        ("T.lavoro", "P1D", "GL"),
        ("T.legge", "P3D", "GCL"),
    ]
)

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:staffetta="urn:staffetta:bpmn:1"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" targetNamespace="urn:prova">"""

Flow = tuple[str, str] | tuple[str, str, str]


def start(key: str, *, name: str = "", form: str = "") -> str:
    named = f'<bpmn:extensionElements><zeebe:formDefinition formId="{form}"/></bpmn:extensionElements>' if form else ""
    return f'<bpmn:startEvent id="{key}" name="{name}">{named}</bpmn:startEvent>'


def message_start(key: str, message: str) -> str:
    return f'<bpmn:startEvent id="{key}"><bpmn:messageEventDefinition messageRef="{message}"/></bpmn:startEvent>'


def end(key: str) -> str:
    return f'<bpmn:endEvent id="{key}"/>'


def xor(key: str, default: str = "") -> str:
    chosen = f' default="{key}__{default}"' if default else ""
    return f'<bpmn:exclusiveGateway id="{key}"{chosen}/>'


def both(key: str) -> str:
    return f'<bpmn:parallelGateway id="{key}"/>'


def catch(key: str, message: str) -> str:
    return (
        f'<bpmn:intermediateCatchEvent id="{key}"><bpmn:messageEventDefinition messageRef="{message}"/>'
        "</bpmn:intermediateCatchEvent>"
    )


def timer(key: str, on: str, after: str, *, interrupting: bool = True) -> str:
    return (
        f'<bpmn:boundaryEvent id="{key}" attachedToRef="{on}" cancelActivity="{str(interrupting).lower()}">'
        f"<bpmn:timerEventDefinition><bpmn:timeDuration>{after}</bpmn:timeDuration></bpmn:timerEventDefinition>"
        "</bpmn:boundaryEvent>"
    )


def deadline(
    clock: str,
    parameter: str,
    escalation: str = "E1",
    *,
    condition: str = "",
    starts: str = "",
    nature: str = "interno",
) -> str:
    optional = {"condition": condition, "start": starts, "class": escalation}
    attributes = " ".join(f"{name}={quoteattr(value)}" for name, value in optional.items() if value)
    return f'<staffetta:deadline clock="{clock}" parameter="{parameter}" nature="{nature}" {attributes}/>'


def task(key: str, *deadlines: str, form: str = "", separate_from: str = "", familiar: str = "") -> str:
    named = f'<zeebe:formDefinition formId="{form}"/>' if form else ""
    separate = f'<staffetta:separateFrom task="{separate_from}"/>' if separate_from else ""
    separate += f'<staffetta:retainFamiliar task="{familiar}"/>' if familiar else ""
    return (
        f'<bpmn:userTask id="{key}" name="Passo {key}"><bpmn:extensionElements><zeebe:userTask/>{named}'
        f"{''.join(deadlines)}{separate}</bpmn:extensionElements></bpmn:userTask>"
    )


def handover(
    purpose: str = "protezione",
    *,
    basis: str = "adesione",
    duty: str = "",
    fields: str = "",
    send: str = "by_hand",
    until: str = "process",
) -> str:
    """Give the hand-over by which a step is reached; it stands among the deadlines of the step."""
    said = {"purpose": purpose, "basis": basis, "duty": duty, "fields": fields, "send": send, "until": until}
    return f"<staffetta:handover {' '.join(f'{name}={quoteattr(text)}' for name, text in said.items() if text)}/>"


URGENT = (deadline("reception", "T.ora", "E0"), deadline("conclusion", "T.giorno", "E1"))
HOUR_AND_DAY = (deadline("reception", "T.ora"), deadline("conclusion", "T.giorno"))
TASK_OF_THE_NETWORK = handover("coordinamento", basis="compito", send="automatic")


def inside(key: str, nodes: Iterable[str], flows: Iterable[Flow]) -> str:
    return f'<bpmn:subProcess id="{key}">{"".join(nodes)}{_flows(flows)}</bpmn:subProcess>'


def process(
    key: str,
    nodes: Iterable[str],
    flows: Iterable[Flow],
    *,
    lanes: Mapping[str, str],
    variables: Mapping[str, str] | None = None,
    messages: Iterable[str] = (),
) -> bytes:
    """Give a diagram: `lanes` maps a lane to the ids of its nodes, separated by spaces."""
    declared = "".join(f'<staffetta:variable name="{n}" type="{t}"/>' for n, t in (variables or {}).items())
    swimming = "".join(
        f'<bpmn:lane id="{lane}">{"".join(f"<bpmn:flowNodeRef>{node}</bpmn:flowNodeRef>" for node in members.split())}'
        "</bpmn:lane>"
        for lane, members in lanes.items()
    )
    waiting = "".join(
        f'<bpmn:message id="{name}" name="{name}"><bpmn:extensionElements>'
        '<zeebe:subscription correlationKey="=case_code"/></bpmn:extensionElements></bpmn:message>'
        for name in messages
    )
    text = (
        f'{_HEAD}<bpmn:process id="{key}" name="Prova {key}" isExecutable="true">'
        f"<bpmn:extensionElements>{declared}</bpmn:extensionElements>"
        f'<bpmn:laneSet id="corsie">{swimming}</bpmn:laneSet>{"".join(nodes)}{_flows(flows)}</bpmn:process>'
        f"{waiting}</bpmn:definitions>"
    )
    return text.encode()


def _flows(flows: Iterable[Flow]) -> str:
    return "".join(_flow(*flow) for flow in flows)


def _flow(source: str, target: str, condition: str = "") -> str:
    guard = (
        f'<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">{condition}</bpmn:conditionExpression>'
        if condition
        else ""
    )
    ends = f'sourceRef="{source}" targetRef="{target}"'
    return f'<bpmn:sequenceFlow id="{source}__{target}" {ends}>{guard}</bpmn:sequenceFlow>'


def form(key: str, *components: Mapping[str, object]) -> bytes:
    return json.dumps({"id": key, "type": "default", "schemaVersion": 18, "components": list(components)}).encode()


def field(kind: str, key: str, *, routing: bool = False, required: bool = False, **more: object) -> dict[str, object]:
    properties = {"confidentiality": "ordinary", **({"routing": "true"} if routing else {})}
    label = {} if "dateLabel" in more else {"label": key}
    common = {"type": kind, "key": key, "id": f"campo_{key}", "properties": properties}
    return {**common, **label, "validate": {"required": required}, **more}


FORMS = {
    "prova": form(
        "prova",
        field("checkbox", "ancora", routing=True),
        field("number", "numero", routing=True),
        field(
            "datetime",
            "quando",
            routing=True,
            subtype="datetime",
            dateLabel="giorno",
            timeLabel="ora",
            timeSerializingFormat="utc_offset",
            timeInterval=15,
            use24h=True,
        ),
        field("textfield", "obbligatoria", required=True),
        field("textarea", "nota"),
    ),
    "giro": form("giro", field("checkbox", "ancora", routing=True)),
}

SOURCES = {
    # one step that a timer can take away: who comes first?
    "conteso.bpmn": process(
        "conteso",
        [
            start("inizio"),
            task("passo", deadline("reception", "T.giorno"), deadline("conclusion", "T.mese", "E2"), form="prova"),
            timer("scadenza", "passo", '=param("T.ora")'),
            task("recupero", deadline("conclusion", "T.giorno")),
            end("fatto"),
            end("recuperato"),
        ],
        [("inizio", "passo"), ("passo", "fatto"), ("scadenza", "recupero"), ("recupero", "recuperato")],
        lanes={"cav": "inizio passo recupero fatto recuperato"},
    ),
    # deadlines of every kind on one step
    "orologi.bpmn": process(
        "orologi",
        [
            start("inizio"),
            task(
                "passo",
                deadline("reception", "T.ora", "E0", condition='=urgenza = "alta"'),
                deadline("reception", "T.giorno", "E2"),
                deadline("conclusion", "T.giorno", "E1", condition='=urgenza = "alta"'),
                deadline("conclusion", "T.giorno", "E2", condition='=urgenza = "datata"', starts="=data"),
                deadline("conclusion", "T.mese", "", nature="legge"),
            ),
            end("fatto"),
        ],
        [("inizio", "passo"), ("passo", "fatto")],
        lanes={"cav": "inizio passo fatto"},
        variables={"urgenza": "string", "data": "date-time"},
    ),
    "soccorso.bpmn": process(
        "soccorso",
        [start("inizio"), task("passo", *URGENT, form="prova"), end("fatto")],
        [("inizio", "passo"), ("passo", "fatto")],
        lanes={"cav": "inizio passo fatto"},
    ),
    # a step whose clocks run on calendars
    "ufficio.bpmn": process(
        "ufficio",
        [
            start("inizio"),
            task("passo", deadline("reception", "T.lavoro", "E2"), deadline("conclusion", "T.legge", "E3")),
            end("fatto"),
        ],
        [("inizio", "passo"), ("passo", "fatto")],
        lanes={"cav": "inizio passo fatto"},
    ),
    # a loop through a step
    "giro.bpmn": process(
        "giro",
        [
            start("inizio"),
            xor("di_nuovo"),
            task("passo", deadline("conclusion", "T.giorno"), form="giro"),
            xor("ancora_uno", default="fatto"),
            end("fatto"),
        ],
        [
            ("inizio", "di_nuovo"),
            ("di_nuovo", "passo"),
            ("passo", "ancora_uno"),
            ("ancora_uno", "di_nuovo", "=ancora = true"),
            ("ancora_uno", "fatto"),
        ],
        lanes={"cav": "inizio di_nuovo passo ancora_uno fatto"},
    ),
    # a step of an agency without computers, then one that another person must do
    "telefonata.bpmn": process(
        "telefonata",
        [
            start("inizio"),
            task("apre", form="prova"),
            task("ospita", TASK_OF_THE_NETWORK, *HOUR_AND_DAY, form="prova"),
            task("controlla", separate_from="apre"),
            end("fatto"),
        ],
        [("inizio", "apre"), ("apre", "ospita"), ("ospita", "controlla"), ("controlla", "fatto")],
        lanes={"cav": "inizio apre controlla fatto", "associazioni": "ospita"},
    ),
    # second opinions of an agency without computers, which others type
    "pareri.bpmn": process(
        "pareri",
        [
            start("inizio"),
            task("propone"),
            task("parere", TASK_OF_THE_NETWORK, deadline("conclusion", "T.mese"), separate_from="propone"),
            task("riparere", separate_from="parere"),
            task("annota"),
            end("fatto"),
        ],
        [
            ("inizio", "propone"),
            ("propone", "parere"),
            ("parere", "riparere"),
            ("riparere", "annota"),
            ("annota", "fatto"),
        ],
        lanes={"cav": "inizio propone fatto", "associazioni": "parere riparere annota"},
    ),
    # two opinions at the same time, of two people
    "appaiati.bpmn": process(
        "appaiati",
        [
            start("inizio"),
            both("insieme"),
            task("primo"),
            task("secondo", separate_from="primo"),
            both("uniti"),
            end("fatto"),
        ],
        [
            ("inizio", "insieme"),
            ("insieme", "primo"),
            ("insieme", "secondo"),
            ("primo", "uniti"),
            ("secondo", "uniti"),
            ("uniti", "fatto"),
        ],
        lanes={"cav": "inizio insieme primo secondo uniti fatto"},
    ),
    # whoever received her is offered the next contact first
    "conosciuta.bpmn": process(
        "conosciuta",
        [
            start("inizio"),
            task("accoglie"),
            task("scrive"),
            task("richiama", deadline("reception", "T.giorno", "E2"), familiar="accoglie"),
            end("fatto"),
        ],
        [("inizio", "accoglie"), ("accoglie", "scrive"), ("scrive", "richiama"), ("richiama", "fatto")],
        lanes={"cav": "inizio accoglie scrive richiama fatto"},
    ),
    # everything that can wait, side by side and in loops
    "tutto.bpmn": process(
        "tutto",
        [
            start("inizio"),
            xor("giro"),
            both("insieme"),
            task("uno", deadline("reception", "T.ora"), deadline("conclusion", "T.giorno", "E2"), form="giro"),
            timer("avviso", "uno", "PT2H", interrupting=False),
            task("avvisata", deadline("conclusion", "T.ora", "E0")),
            end("avvisato"),
            inside(
                "dentro",
                [
                    start("dentro_inizio"),
                    task("due", deadline("conclusion", "T.giorno", "E1"), form="giro"),
                    timer("due_tardi", "due", "PT30M"),
                    catch("aspetta", "MSG_PROVA"),
                    end("dentro_fatto"),
                    end("dentro_tardi"),
                ],
                [
                    ("dentro_inizio", "due"),
                    ("due", "aspetta"),
                    ("aspetta", "dentro_fatto"),
                    ("due_tardi", "dentro_tardi"),
                ],
            ),
            timer("troppo", "dentro", '=param("T.giorno")'),
            xor("riunisci"),
            both("attese"),
            task("tre", deadline("conclusion", "T.giorno"), form="giro"),
            xor("ancora_uno", default="fatto"),
            end("fatto"),
        ],
        [
            ("inizio", "giro"),
            ("giro", "insieme"),
            ("insieme", "uno"),
            ("insieme", "dentro"),
            ("avviso", "avvisata"),
            ("avvisata", "avvisato"),
            ("dentro", "riunisci"),
            ("troppo", "riunisci"),
            ("riunisci", "attese"),
            ("uno", "attese"),
            ("attese", "tre"),
            ("tre", "ancora_uno"),
            ("ancora_uno", "giro", "=ancora = true"),
            ("ancora_uno", "fatto"),
        ],
        lanes={
            "cav": "inizio giro insieme uno avvisata avvisato riunisci attese tre ancora_uno fatto",
            "supervisione": "dentro",
        },
        messages=["MSG_PROVA"],
    ),
    # started by a message only
    "su_messaggio.bpmn": process(
        "su_messaggio",
        [message_start("inizio", "MSG_INIZIO"), task("passo", deadline("conclusion", "T.giorno")), end("fatto")],
        [("inizio", "passo"), ("passo", "fatto")],
        lanes={"cav": "inizio passo fatto"},
        variables={"motivo": "string"},
        messages=["MSG_INIZIO"],
    ),
}
