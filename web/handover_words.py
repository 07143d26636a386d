"""The words for hand-overs: how they stand, what they need, why one cannot be sent or taken."""

from __future__ import annotations

from web.translation import lazy_gettext as _
from web.words import Words

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
    "kept_out": _("l'ente che lo aveva non può averlo: il servizio è stato affidato a un altro"),
}
# Why something cannot be done with a hand-over as things stand.
REFUSED: Words = {
    "basis_missing": _(
        "Manca ciò che permette di dirlo a questo ente: la sua adesione per questa finalità, oppure il percorso è in "
        "pausa. Il passo resta da passare."
    ),
    "lane_taken": _("In questo servizio il caso ce l'ha già un altro ente."),
    "handover_to_send": _("Il caso non è ancora stato passato: prima va inviato a un ente."),
    "handover_not_here": _("Nel frattempo il passaggio è cambiato: è stato inviato, accolto, rifiutato o richiamato."),
    "handover_under_way": _("Per questo passo il caso è ancora da passare, o da accogliere."),
}
