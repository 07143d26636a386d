"""The words for cases that go over to another version of their protocol."""

from __future__ import annotations

from web.translation import lazy_gettext as _
from web.words import Words

# What would become of something of a case in another version of its protocol.
THINGS: Words = {
    "task": _("passo"),
    "draft": _("bozza"),
    "clock": _("orologio"),
    "timer": _("tempo"),
    "message": _("attesa di un messaggio"),
    "signal": _("attesa di un segnale"),
}
FATES: Words = {
    "kept": _("resta com'è"),
    "other_form": _("cambia modulo: restano le risposte alle domande che ci sono ancora"),
    "falls_away": _("cade"),
    "begins": _("comincia"),
    "due_at_once": _("scatta subito"),
}
