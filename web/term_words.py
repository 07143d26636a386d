"""What is said of the terms of a step: dates that are not known."""

from __future__ import annotations

from collections.abc import Mapping

from web.translation import lazy_gettext as _

DONE: Mapping[str, object] = {
    "ricalcolo": _("Il ricalcolo è ordinato: si fa da solo, un caso alla volta."),
    "data-nota": _("La data è registrata: il termine decorre da lì."),
}
NOTICES: Mapping[str, object] = {
    "term_earlier": _("Una scadenza di un vostro passo è stata anticipata: sono cambiati gli orari o una durata"),
    "date_unknown": _("Un termine non decorre perché manca una data: serve saperla"),
}
EVENTS: Mapping[str, object] = {
    "term_moved": _("Scadenza ricalcolata: sono cambiati gli orari o una durata"),
    "date_stated": _("Registrata la data da cui decorre un termine"),
}
VALUES: Mapping[tuple[str, str], object] = {
    ("dates", "required"): _("Scrivere la data."),
    ("dates", "not_a_date"): _("La data non è scritta bene, o manca l'ora."),
    ("dates", "not_asked"): _("Questa data non serve a nessun termine del passo: forse nel frattempo si è saputa."),
    ("dates", "too_far_away"): _("La data è lontana più di dieci anni."),
}
CONFLICTS: Mapping[str, object] = {
    "recount_changed": _("Nel frattempo è cambiato quante scadenze si sposterebbero: guardare di nuovo i numeri."),
    "recount_under_way": _("Un altro ricalcolo è ancora in corso: aspettare che finisca."),
}
