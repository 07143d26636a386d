"""The words of calls by telephone: to who is to answer for a step, and to her."""

from __future__ import annotations

from collections.abc import Mapping

from web.translation import lazy_gettext as _

Words = Mapping[str, object]

DONE: Words = {
    "non-risponde": _("Registrato: è stato avvisato subito chi viene dopo."),
    "chiamo-io": _("Registrato: le altre vedono che chiamate voi. Poi dite com'è andata."),
    "linea-libera": _("Registrato: la linea è libera."),
}
CONFLICTS: Words = {
    "already_climbed": _("È già stato avvisato chi viene dopo: guardate chi chiamare ora."),
    "call_under_way": _("La sta già chiamando un'altra persona: sulla pagina del passo si vede chi e da quando."),
    "no_call": _("Non risulta una vostra chiamata in corso: forse il tempo è finito. Se chiamate, ditelo di nuovo."),
    "no_call_here": _("In questo passo non è prevista una chiamata a lei."),
}
EVENTS: Words = {
    "rung_unanswered": _("Al telefono non rispondeva nessuno: avvisato subito il gradino seguente"),
    "her_call_begun": _("Chiamata a lei iniziata"),
    "her_call_answered": _("Chiamata a lei: ha risposto"),
    "her_call_unanswered": _("Chiamata a lei: non ha risposto"),
    "her_call_not_made": _("Chiamata a lei non fatta"),
}
