"""What is said of the terms of a step: dates that are not known."""

from __future__ import annotations

from collections.abc import Mapping

from web.translation import lazy_gettext as _

DONE: Mapping[str, object] = {
    "ricalcolo": _("Il ricalcolo è ordinato: si fa da solo, un caso alla volta."),
    "proroga-chiesta": _("La proroga è chiesta: la decide un'altra persona, che riceve un avviso."),
    "proroga-decisa": _("La decisione è registrata: chi ha chiesto la proroga riceve un avviso."),
    "orologio-fermo": _(
        "Il tempo è fermo: riparte da solo, o quando lo fate ripartire. Tutti gli enti del caso ricevono un avviso."
    ),
    "orologio-ripreso": _("Il tempo corre di nuovo, con ciò che ne restava."),
    "data-nota": _("La data è registrata: il termine decorre da lì."),
}
NOTICES: Mapping[str, object] = {
    "extension_asked": _("Si chiede di prorogare una scadenza: serve una decisione"),
    "extension_approved": _("La proroga che avevate chiesto è approvata"),
    "extension_refused": _("La proroga che avevate chiesto è rifiutata"),
    "term_earlier": _("Una scadenza di un vostro passo è stata anticipata: sono cambiati gli orari o una durata"),
    "clock_paused": _("Una scadenza del caso è ferma, per un motivo del protocollo"),
    "clock_resumed": _("Una scadenza del caso che era ferma corre di nuovo"),
    "date_unknown": _("Un termine non decorre perché manca una data: serve saperla"),
}
EVENTS: Mapping[str, object] = {
    "extension_asked": _("Chiesta la proroga di una scadenza"),
    "extension_approved": _("Scadenza prorogata da una seconda persona"),
    "extension_refused": _("Proroga rifiutata da una seconda persona"),
    "clock_paused": _("Scadenza fermata, per un motivo del protocollo"),
    "clock_resumed": _("Scadenza ripartita con ciò che ne restava"),
    "term_moved": _("Scadenza ricalcolata: sono cambiati gli orari o una durata"),
    "date_stated": _("Registrata la data da cui decorre un termine"),
}
VALUES: Mapping[tuple[str, str], object] = {
    ("reason", "not_allowed"): _("Scegliere un motivo fra quelli che il protocollo ammette per questa scadenza."),
    ("to", "not_later"): _("Indicare giorno e ora dopo la scadenza di adesso, entro un anno."),
    ("dates", "required"): _("Scrivere la data."),
    ("dates", "not_a_date"): _("La data non è scritta bene, o manca l'ora."),
    ("dates", "not_asked"): _("Questa data non serve a nessun termine del passo: forse nel frattempo si è saputa."),
    ("dates", "too_far_away"): _("La data è lontana più di dieci anni."),
}
CONFLICTS: Mapping[str, object] = {
    "no_such_term": _("Questa scadenza non decorre più: il passo è andato avanti."),
    "term_of_law": _("Un termine di legge non si proroga qui."),
    "term_over": _("La scadenza è già passata: fermarla non cancella il ritardo."),
    "pause_used": _("Per questo motivo la scadenza è già stata ferma una volta."),
    "not_paused": _("La scadenza non è ferma."),
    "extension_under_way": _("Una proroga di questa scadenza aspetta già una decisione."),
    "extension_over": _("La proroga è già decisa, o la scadenza è finita in altro modo."),
    "nobody_decides": _("Nell'ente non c'è un'altra persona che possa decidere."),
    "recount_changed": _("Nel frattempo è cambiato quante scadenze si sposterebbero: guardare di nuovo i numeri."),
    "recount_under_way": _("Un altro ricalcolo è ancora in corso: aspettare che finisca."),
}
