"""The words of ladders: where a step of one lies, whom it reaches, what it tells. Neutral: nobody is ranked by them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.ladders.steps import read_target
from web.translation import gettext
from web.translation import lazy_gettext as _

Words = Mapping[str, object]

TOLD: Words = {
    "reminder": _("Promemoria"),
    "breach": _("Scadenza superata"),
    "escalation": _("Salita"),
}
ESCALATED: Words = {
    "reminder": _("promemoria inviato"),
    "breach": _("scadenza superata, avvisi inviati"),
    "escalation": _("salita"),
}
TARGETS: Words = {
    "assignee": _("chi deve farlo"),
    "on_call.first": _("prima reperibile"),
    "on_call.second": _("seconda reperibile"),
    "agency_lead": _("responsabile dell'ente"),
    "case_lead": _("responsabile dell'ente che ha il caso"),
    "coordinator": _("coordinamento della rete"),
    "lead_municipality": _("responsabile dell'ente capofila"),
    "technical_table": _("tavolo tecnico"),
}
DONE: Words = {
    "visto": _("Registrato: la scala è ferma per un po'. Poi va detto di nuovo, altrimenti riprende."),
}
CONFLICTS: Words = {
    "nothing_to_acknowledge": _("Per questo passo nessuno è stato avvisato, o è già fatto: non c'è niente da fermare."),
}
SEEN_BY: Words = {
    "page": _("dal portale"),
    "api": _("da un programma"),
    "reply": _("rispondendo al messaggio"),
    "link": _("dal collegamento ricevuto"),
}
NOTICES: Words = {
    "reminder": _("Promemoria: una scadenza si avvicina"),
    "breach": _("Scadenza superata in un passo"),
    "escalation": _("Scadenza superata: serve qualcuno che se ne occupi"),
}
EVENTS: Words = {
    "rung_reminder": _("Promemoria inviato"),
    "rung_breach": _("Scadenza superata, avvisi inviati"),
    "rung_escalation": _("Scadenza superata, salita al gradino seguente"),
    "rung_empty": _("A un gradino della scala non c'era nessuno: avvisato subito quello seguente"),
    "rung_acknowledged": _("Qualcuno ha detto di averlo visto: la scala è ferma per un po'"),
    "rung_coordination": _("Scadenza superata, avvisato il coordinamento"),
}


def aimed(targets: Iterable[str]) -> str:
    """Say whom a step of a ladder reaches."""
    return ", ".join(_aimed(target) for target in targets)


def _aimed(text: str) -> str:
    target, service = read_target(text)
    name = str(TARGETS[target])
    return name if service is None else gettext("%(who)s di %(service)s", who=name, service=service)
