"""Why a case stands still, in words; as in `words` a code without any raises."""

from __future__ import annotations

from web.translation import gettext
from web.translation import lazy_gettext as _
from web.words import CLOCKS, Words

# Why a case stands still; what stops the setting of a clock comes with the clock's name before it.
INCIDENTS: Words = {
    "ladder_process_not_started": _("la scala doveva avviare un processo che ora non si può avviare da sé"),
    "never_open": _("l'ente che deve fare il passo non apre mai: mancano i suoi orari di apertura"),
    "parameter_of_a_calendar": _("un tempo del protocollo usa un parametro che conta giorni di calendario o di lavoro"),
    "activities_unknown": _("l'elenco dei passi da cominciare nomina passi che non ci sono"),
    "beyond_the_calendar": _("una durata o una data porta fuori dal calendario"),
    "called_process_unknown": _("il protocollo da richiamare non è fra quelli previsti"),
    "cardinality_not_a_number": _("quante volte si deve fare un passo non è un numero"),
    "collection_not_a_list": _("un passo da fare per ciascuno non ha un elenco su cui farlo"),
    "condition_not_boolean": _("una condizione non è né vera né falsa: manca una risposta da cui dipende"),
    "date_unknown": _("la data da cui parte non è nota: si chiede ogni giorno a chi deve fare il passo"),
    "decision_without_result": _("una decisione non ha dato nessun risultato"),
    "due_work_failed": _("un lavoro automatico non è riuscito, e viene ritentato"),
    "endless_loop": _("il percorso gira su se stesso senza che nessuno debba fare qualcosa"),
    "expression_limit": _("un'espressione del protocollo è troppo pesante da calcolare"),
    "join_never_completed": _("un punto di ricongiunzione aspetta un ramo che non può più arrivare"),
    "service_failed": _("un passo automatico non è riuscito, dopo averci provato più volte"),
    "lane_without_agency": _("un'espressione conta sull'orario di una corsia che nel caso non svolge nessun ente"),
    "lane_rule_failed": _("la regola che sceglie l'ente non si può calcolare: lo sceglie chi deve passare il caso"),
    "lane_rule_none": _("la regola non trova nessun ente a cui passare il caso: lo sceglie chi deve passarlo"),
    "lane_rule_several": _("la regola trova più enti a cui passare il caso: lo sceglie chi deve passarlo"),
    "message_without_basis": _("un messaggio per un altro ente aspetta la sua adesione: si registra in Adesioni"),
    "message_values_wrong": _("un messaggio porta valori che il protocollo che lo aspetta non dichiara"),
    "nested_too_deep": _("i protocolli si richiamano l'un l'altro troppe volte"),
    "no_condition_holds": _("nessuna delle sue condizioni vale"),
    "no_correlation_key": _("l'attesa di un messaggio non sa di quale caso"),
    "no_way_on": _("a un bivio nessuna delle vie è quella giusta"),
    "no_ladder": _("la rete non ha la scala della sua classe: va caricata o decisa dal coordinamento"),
    "not_a_cycle": _("un tempo che si ripete non dice ogni quanto"),
    "not_a_duration": _("un tempo del protocollo non è una durata"),
    "not_an_instant": _("un tempo del protocollo non è una data con ora"),
    "script_without_result": _("un calcolo non ha dato nessun risultato: manca una risposta da cui dipende"),
    "step_never_begun": _("un passo che comincia dopo più arrivi ne aspetta che non possono più venire"),
    "too_many_instances": _("un passo andrebbe fatto più di 200 volte insieme"),
    "uncaught_error": _("si è verificata un'eccezione per cui il protocollo non prevede una via"),
    "value_unusable": _("un'espressione del protocollo dà un valore che un caso non può conservare"),
    "unknown_parameter": _("il protocollo usa un parametro che la rete non ha"),
    "worker_died": _("il servizio si è fermato più volte su un lavoro automatico, che viene ritentato"),
}
# Why a decision failed, after "decision_".
DECISIONS: Words = {
    "different_results": _("le righe che valgono danno risultati diversi"),
    "input_not_allowed": _("un valore in ingresso non è tra quelli ammessi"),
    "limit": _("il calcolo è troppo pesante"),
    "no_function": _("si chiama una funzione che non c'è"),
    "not_a_list": _("serve una lista, e il valore non lo è"),
    "not_boolean": _("una condizione non è né vera né falsa"),
    "not_summable": _("i risultati non si possono sommare"),
    "output_not_allowed": _("un risultato non è tra quelli ammessi"),
    "several_rules": _("più righe valgono insieme, e deve valerne una"),
    "wrong_arguments": _("una funzione riceve valori che non sono i suoi"),
    "wrong_type": _("un valore è di un altro tipo da quello atteso"),
}


def incident(code: str) -> str:
    """Say why a case stands still: a step that cannot go on, a clock that could not be set, a decision that failed."""
    for clock, name in CLOCKS.items():
        why = code.removeprefix(f"deadline_{clock}_")
        if why != code:
            return gettext("%(clock)s: l'orologio non è partito, %(why)s", clock=name, why=INCIDENTS[why])
    why = code.removeprefix("decision_")
    if code not in INCIDENTS and why != code:
        return gettext("una decisione non è riuscita: %(why)s", why=DECISIONS[why])
    return str(INCIDENTS[code])
