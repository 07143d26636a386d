"""The words for hand-overs: how they stand, what they need, why one cannot be sent or taken."""

from __future__ import annotations

from collections.abc import Mapping

from web.translation import lazy_gettext as _

Words = Mapping[str, object]

DONE: Words = {
    "passato": _("Il caso è stato passato: si aspetta la risposta dell'ente."),
    "proposto": _("Il caso è stato proposto: lo riceve il primo ente che lo accoglie, gli altri vengono avvisati."),
    "accolto": _("Avete accolto il caso: il passo è in carico a voi."),
    "rifiutato": _("Avete rifiutato il caso: chi lo ha mandato riceve un avviso con il motivo."),
    "richiamato": _("Il passaggio è stato richiamato: è di nuovo da passare."),
    "revocato": _("Il passaggio è stato revocato: ciò che era aperto è di nuovo da passare."),
}
NOTICES: Words = {
    "handover_sent": _("Vi viene passato un caso: va accolto o rifiutato"),
    "handover_accepted": _("Un caso che avete passato è stato accolto"),
    "handover_declined": _("Un caso che avete passato è stato rifiutato: è di nuovo da passare"),
    "handover_asked_back": _("Un caso che vi era stato passato è stato richiamato: non c'è più nulla da fare"),
    "handover_offered": _("Un caso è proposto al vostro ente e ad altri: lo riceve il primo che lo accoglie"),
    "handover_gone": _("Un caso che vi era stato proposto lo ha accolto un altro ente: non c'è più nulla da fare"),
    "handover_unwanted": _("Un caso che avete proposto non lo vuole nessuno: è da passare"),
    "handover_came_back": _("Un caso che avevate passato è tornato da voi: è di nuovo da passare"),
    "message_without_basis": _("Un messaggio per un altro ente aspetta la sua adesione: registratela, e parte da sé"),
    "handover_silent": _("Un caso che avete passato non è stato ancora accolto, e la scadenza è superata"),
}
EVENTS: Words = {
    "handover_to_send": _("Di nuovo da passare"),
    "handover_sent": _("Passaggio inviato"),
    "handover_accepted": _("Passaggio accolto"),
    "handover_declined": _("Passaggio rifiutato"),
    "handover_asked_back": _("Passaggio richiamato"),
    "handover_revoked": _("Passaggio revocato"),
}
VALUES: Mapping[tuple[str, str], object] = {
    ("to_agency", "required"): _("Scegliere l'ente."),
    ("to_agency", "no_id"): _("L'ente scelto non è tra quelli proposti."),
    ("to_agency", "own_agency"): _("Il vostro ente ha già il caso: sceglierne un altro."),
    ("to_all", "not_by_offer"): _("Il protocollo non prevede di proporre il caso a tutti: va scelto un ente."),
    ("to_agency", "declined_before"): _("Questo ente ha già rifiutato: per chiederglielo di nuovo va confermato."),
}

# How a hand-over stands.
HANDOVERS: Words = {
    "prepare": _("da passare"),
    "sent": _("inviato: si aspetta una risposta"),
    "accepted": _("accolto"),
    "declined": _("rifiutato"),
    "asked_back": _("richiamato"),
    "revoked": _("revocato"),
    "done": _("concluso"),
    "lapsed": _("non serve più"),
}
# What stands before the name of a step in the inbox, while the case is handed over for it.
BATONS: Words = {"prepare": _("Da passare"), "sent": _("Passaggio da accogliere")}
# What a hand-over needs, and what allows it towards an agency.
NEEDS: Words = {
    "adesione": _("Serve la sua adesione, per quell'ente e per questa finalità."),
    "obbligo": _("Lo impone la legge: la sua adesione non serve, e va detto a lei prima."),
    "compito": _("È un compito della rete: l'ente non viene a sapere nulla di lei."),
}
BASES: Words = {
    "adesione": _("c'è la sua adesione"),
    "obbligo": _("per obbligo di legge"),
    "compito": _("compito della rete"),
    "interesse_vitale": _("per interesse vitale"),
}
# Why a hand-over came back of which no person has said why.
CAME_BACK: Words = {
    "withdrawn": _("lei ha ritirato la sua adesione"),
    "answered_again": _("le è stato chiesto di nuovo, e ha detto no"),
    "path_ended": _("lei ha chiuso il percorso"),
    "lapsed": _("è finito il tempo dell'interesse vitale, e la sua adesione non c'è"),
    "lane_given_away": _("il servizio è stato dato a un altro ente"),
    "kept_out": _("l'ente che lo aveva non può averlo: il servizio è stato affidato a un altro"),
}
# Why something cannot be done with a hand-over as things stand.
REFUSED: Words = {
    "basis_missing": _(
        "Manca ciò che permette di dirlo a questo ente: la sua adesione per questa finalità, oppure il percorso è in "
        "pausa. Il passo resta da passare."
    ),
    "offer_gone": _("Il caso lo ha già accolto un altro ente, o non serve più: non c'è più nulla da fare."),
    "lane_taken": _("In questo servizio il caso ce l'ha già un altro ente."),
    "handover_to_send": _("Il caso non è ancora stato passato: prima va inviato a un ente."),
    "handover_not_here": _("Nel frattempo il passaggio è cambiato: è stato inviato, accolto, rifiutato o richiamato."),
    "handover_under_way": _("Per questo passo il caso è ancora da passare, o da accogliere."),
}
