"""What is said of the work of a data-protection officer."""

from __future__ import annotations

from collections.abc import Mapping

from web.translation import lazy_gettext as _

KINDS: Mapping[str, object] = {
    "requests": _("Richieste di chi vuole sapere quali dati si conservano"),
    "breaches": _("Possibili violazioni dei dati da valutare"),
    "emergencies": _("Accessi di emergenza non ancora esaminati dall'ente che tiene il caso"),
    "vital_interests": _("Interessi vitali da rivedere"),
    "erasures": _("Cancellazioni da decidere"),
}
PAGES: Mapping[str, str] = {
    "requests": "data_requests.page",
    "breaches": "breaches.page",
    "emergencies": "emergency.page",
    "vital_interests": "vital_interests.page",
    "erasures": "erasure.due",
}
