"""What is said of the terms of a step: dates that are not known."""

from __future__ import annotations

from collections.abc import Mapping

from web.translation import lazy_gettext as _

DONE: Mapping[str, object] = {
    "data-nota": _("La data è registrata: il termine decorre da lì."),
}
NOTICES: Mapping[str, object] = {
    "date_unknown": _("Un termine non decorre perché manca una data: serve saperla"),
}
EVENTS: Mapping[str, object] = {
    "date_stated": _("Registrata la data da cui decorre un termine"),
}
VALUES: Mapping[tuple[str, str], object] = {
    ("dates", "required"): _("Scrivere la data."),
    ("dates", "not_a_date"): _("La data non è scritta bene, o manca l'ora."),
    ("dates", "not_asked"): _("Questa data non serve a nessun termine del passo: forse nel frattempo si è saputa."),
    ("dates", "too_far_away"): _("La data è lontana più di dieci anni."),
}
