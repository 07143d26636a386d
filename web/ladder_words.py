"""The words of ladders: where a step of one lies, whom it reaches, what it tells. Neutral: nobody is ranked by them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from engine.errors import InvalidValue
from engine.ladders.steps import Act, Kind, read_action, read_at, read_target
from web.translation import gettext, ngettext
from web.translation import lazy_gettext as _

Words = Mapping[str, object]

_LENGTH = re.compile(r"P(?:([0-9]+)D)?(?:T(?:([0-9]+)H)?(?:([0-9]+)M)?)?", re.ASCII)

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
ACTIONS: Words = {
    "add_helper": _("può fare il passo anche chi viene avvisato"),
    "reoffer": _("il passo torna da prendere, se nessuno ci sta lavorando"),
    "open_task": _("chi ha il caso deve sollecitare"),
    "incident": _("si apre una segnalazione d'incidente"),
    "agenda": _("va all'ordine del giorno del tavolo tecnico"),
}
ITEM_KINDS: Words = {
    "solicitation": _("Sollecito"),
    "incident": _("Segnalazione d'incidente"),
    "agenda": _("Ordine del giorno del tavolo tecnico"),
}
ITEM_OUTCOMES: Words = {
    "done": _("Fatto"),
    "not_needed": _("Non serviva"),
}
CLASSES: Words = {
    "E0": _("vita"),
    "E1": _("urgente"),
    "E2": _("ordinaria"),
    "E3": _("sorvegliata"),
}
# When a step is climbed; the length of time fills the place.
_WHEN: Mapping[Kind, object] = {
    Kind.ELAPSED: _("%(time)s dopo l'inizio"),
    Kind.REMAINING: _("%(time)s prima della scadenza"),
    Kind.AFTER: _("%(time)s dopo la scadenza"),
}
# What is wrong with a ladder that was written, and how it is written well.
_WRONG: Words = {
    "not_toml": _("La scala non è scritta in TOML: controllate parentesi e virgolette."),
    "unknown_class": _("Le classi sono E0, E1, E2 ed E3."),
    "another_class": _("La scala scritta è di un'altra classe: ci va solo quella della classe scelta."),
    "invalid_ladder": _("Servono clock (H o GL) e i gradini; acknowledged e returned, se ci sono, come PT30M."),
    "invalid_ladder_step": _("Un gradino ha at e to, e se serve do: nient'altro."),
    "invalid_ladder_at": _("Quando scatta si scrive 50%, PT24H, -P30D, breach, +PT1H (o +P1D in tempo di lavoro)."),
    "unknown_ladder_target": _("A chi arriva: una o più delle parole della guida, ad esempio assignee o agency_lead."),
    "unknown_ladder_action": _(
        "Che cosa si fa oltre ad avvisare: add_helper, reoffer, open_task, incident, agenda, start_process:nome."
    ),
    "unknown_ladder_process": _(
        "Si può avviare solo un processo in uso nella rete, con un solo inizio e senza modulo."
    ),
    "ladder_without_breach": _("Ci vuole un gradino breach (la scadenza), e uno solo."),
    "ladder_order": _("I gradini vanno in ordine: promemoria, breach, poi ciò che segue, sempre più tardi."),
}
_OF_CHANGE: Mapping[str, object] = {
    "approved_by": _("Scrivere quale organo ha deciso la scala, e quando."),
    "reason": _("Scrivere il motivo, in non più di 2000 caratteri."),
}
DONE: Words = {
    "scala": _("Scala cambiata: vale per le scadenze che partono da adesso."),
    "chiuso": _("Chiuso: resta nella storia del caso, con chi l'ha fatto e quando."),
    "visto": _("Registrato: la scala è ferma per un po'. Poi va detto di nuovo, altrimenti riprende."),
}
CONFLICTS: Words = {
    "item_closed": _("È già stato chiuso da qualcun altro."),
    "nothing_to_acknowledge": _("Per questo passo nessuno è stato avvisato, o è già fatto: non c'è niente da fermare."),
}
SEEN_BY: Words = {
    "page": _("dal portale"),
    "api": _("da un programma"),
    "reply": _("rispondendo al messaggio"),
    "link": _("dal collegamento ricevuto"),
    "call": _("al telefono, lo dice chi ha chiamato"),
}
# How far something has come that was sent to somebody; an instant follows.
HOW_FAR: Words = {
    "waiting": _("parte"),
    "sent": _("mandato"),
    "arrived": _("consegnato"),
    "answered": _("ha risposto"),
    "failed": _("non riuscito"),
    "needless": _("non serviva più"),
}
NOTICES: Words = {
    "reminder": _("Promemoria: una scadenza si avvicina"),
    "breach": _("Scadenza superata in un passo"),
    "escalation": _("Scadenza superata: serve qualcuno che se ne occupi"),
    "item_opened": _("Un passo in ritardo vi lascia qualcosa da fare: guardate «Solleciti»"),
    "step_returned": _("Un passo che avevate in carico è tornato tra quelli da prendere"),
}
EVENTS: Words = {
    "solicitation_opened": _("Da sollecitare: lo fa chi ha il caso"),
    "incident_report_opened": _("Aperta una segnalazione d'incidente"),
    "agenda_item_opened": _("Messo all'ordine del giorno del tavolo tecnico"),
    "item_done": _("Sollecito o punto da trattare: fatto"),
    "item_not_needed": _("Sollecito o punto da trattare: non serve"),
    "helper_added": _("Può fare il passo anche un'altra persona, oltre a chi l'ha in carico"),
    "rung_reminder": _("Promemoria inviato"),
    "rung_breach": _("Scadenza superata, avvisi inviati"),
    "rung_escalation": _("Scadenza superata, salita al gradino seguente"),
    "rung_empty": _("A un gradino della scala non c'era nessuno: avvisato subito quello seguente"),
    "rung_acknowledged": _("Qualcuno ha detto di averlo visto: la scala è ferma per un po'"),
    "rung_coordination": _("Scadenza superata, avvisato il coordinamento"),
}


def rung_at(text: str) -> str:
    """Say when a step of a ladder is climbed."""
    at = read_at(text)
    if at.kind is Kind.BREACH:
        return gettext("Alla scadenza")
    if at.kind is Kind.SHARE:
        return gettext("Al %(percent)d%% del tempo", percent=at.percent)
    return str(_WHEN[at.kind]) % {"time": length(at.length)}


def length(text: str) -> str:
    """Say a length of time: days, hours, minutes; what else there is in it stays as it is written."""
    found = _LENGTH.fullmatch(text)
    if found is None:
        return text
    days, hours, minutes = (int(part or 0) for part in found.groups())
    said = [
        (days, ngettext("%(num)d giorno", "%(num)d giorni", days)),
        (hours, ngettext("%(num)d ora", "%(num)d ore", hours)),
        (minutes, ngettext("%(num)d minuto", "%(num)d minuti", minutes)),
    ]
    return " ".join(words for number, words in said if number)


def wrong(refused: InvalidValue) -> str:
    """Say which part of a ladder is wrong, what is wrong with it, and how it is written well."""
    if refused.code not in _WRONG:
        return str(_OF_CHANGE[refused.field])
    return f"{refused.field}: {_WRONG[refused.code]}"


def aimed(targets: Iterable[str]) -> str:
    """Say whom a step of a ladder reaches."""
    return ", ".join(_aimed(target) for target in targets)


def does(actions: Iterable[str]) -> str:
    """Say what a step of a ladder does besides telling; nothing where it only tells."""
    return "; ".join(_done(action) for action in actions if action != Act.TELL)


def _done(text: str) -> str:
    action, process = read_action(text)
    return str(ACTIONS[action]) if process is None else gettext("parte il processo %(process)s", process=process)


def _aimed(text: str) -> str:
    target, service = read_target(text)
    name = str(TARGETS[target])
    return name if service is None else gettext("%(who)s di %(service)s", who=name, service=service.replace("_", " "))


FILTERS = {"aimed": aimed, "does": does, "lasting": length, "rung_at": rung_at}
"""What templates say of ladders, by name."""
