"""What is said of referrals to other networks."""

from __future__ import annotations

from collections.abc import Mapping

from web.translation import lazy_gettext as _

Words = Mapping[str, object]

DONE: Words = {
    "rinviata": _("Il rinvio è stato inviato: si aspetta la risposta dell'altra rete."),
    "rinvio-richiamato": _("Il rinvio è stato richiamato: l'altra rete non può più leggere nulla."),
    "rinvio-visto": _("Registrato: di questo rinvio non si avvisa più nessuno."),
    "rinvio-accolto": _("Avete accolto il rinvio: questo è il caso nuovo della vostra rete."),
    "rinvio-rifiutato": _("Avete rifiutato il rinvio: l'altra rete riceve un avviso con il motivo."),
    "ricezione": _("Registrato: le altre reti possono rinviare alla vostra."),
    "ricezione-chiusa": _("Registrato: le altre reti non possono più rinviare alla vostra."),
}
NOTICES: Words = {
    "referral_received": _("Un'altra rete vi rinvia una donna: va accolta o rifiutata"),
    "referral_due": _("Un rinvio di un'altra rete aspetta la vostra risposta"),
    "referral_late": _("Un rinvio di un'altra rete è rimasto senza risposta oltre il termine"),
    "referral_taken_back": _("Un rinvio di un'altra rete non aspetta più risposta: non c'è più nulla da fare"),
    "referral_accepted": _("Un rinvio è stato accolto dall'altra rete"),
    "referral_declined": _("Un rinvio è stato rifiutato dall'altra rete: va deciso che cosa fare"),
    "referral_silent": _("Un'altra rete non ha ancora risposto a un rinvio, e il termine è superato"),
    "referral_expired": _("Un'altra rete non ha risposto a un rinvio: è scaduto, va deciso che cosa fare"),
    "referral_came_back": _("Un rinvio è tornato indietro e nessuno ha ancora deciso che cosa fare"),
    "referral_ended": _("Un rinvio non vale più: l'altra rete non può più leggere nulla"),
}
EVENTS: Words = {
    "referral_sent": _("Rinvio a un'altra rete"),
    "referral_accepted": _("Rinvio accolto dall'altra rete"),
    "referral_declined": _("Rinvio rifiutato dall'altra rete"),
    "referral_asked_back": _("Rinvio richiamato"),
    "referral_revoked": _("Rinvio revocato"),
    "referral_expired": _("Rinvio scaduto senza risposta"),
    "referral_received": _("Caso nato dal rinvio di un'altra rete"),
}
VALUES: Mapping[tuple[str, str], object] = {
    ("to_network", "not_receiving"): _("Questa rete non riceve rinvii, o non li riceve più."),
    ("reception_name", "required"): _("Scrivere con che nome le altre reti vedono la vostra."),
    ("reception_agency", "required"): _("Scegliere un ente della rete che lavora nel portale."),
    ("reception_process", "no_start_form"): _(
        "Scegliere un protocollo che si avvia da un solo inizio, con un modulo di avvio."
    ),
}
CONFLICTS: Words = {
    "referral_over": _("Il rinvio non aspetta più risposta: è stato accolto, rifiutato, richiamato, o è scaduto."),
    "referral_under_way": _("C'è già un rinvio di questo caso che aspetta risposta: prima va richiamato."),
    "referral_without_basis": _(
        "Manca ciò che permette di dirlo a quell'ente: la sua adesione per questa finalità, oppure il percorso è in "
        "pausa."
    ),
    "referral_outdated": _(
        "Il vostro protocollo è cambiato, e ciò che è stato inviato non basta più per cominciare: rifiutate il rinvio "
        "dicendo perché, e l'altra rete lo può rifare."
    ),
}
STATES: Words = {
    "sent": _("aspetta risposta"),
    "accepted": _("accolto"),
    "declined": _("rifiutato"),
    "asked_back": _("richiamato"),
    "revoked": _("non vale più"),
    "expired": _("scaduto senza risposta"),
}
