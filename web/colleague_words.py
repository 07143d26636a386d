"""Words for what colleagues do for one another: confirming an answer, and standing in for who is away."""

from __future__ import annotations

from collections.abc import Mapping

from web.translation import lazy_gettext as _

Words = Mapping[str, object]

DONE: Words = {
    "da-confermare": _("Registrato: ora lo conferma una collega. Fino ad allora il caso non va avanti."),
    "confermata": _("Confermato: il passo è completato."),
    "rimandata": _("Rimandato a chi l'aveva compilato, che riceve un avviso."),
    "ripresa": _("Il passo è di nuovo in carico a voi, con le vostre risposte come bozza."),
}
NOTICES: Words = {
    "sent_back": _("Un passo che avevate compilato vi torna: una collega non lo ha confermato"),
}
EVENTS: Words = {
    "task_proposed": _("Compilato: lo conferma una seconda persona"),
    "task_sent_back": _("Non confermato: torna a chi l'aveva compilato"),
    "task_taken_back": _("Ripreso da chi l'aveva compilato"),
}
VALUES: Mapping[tuple[str, str], object] = {}
