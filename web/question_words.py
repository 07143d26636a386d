"""What is said of questions between agencies."""

from __future__ import annotations

from collections.abc import Mapping

from web.translation import lazy_gettext as _

DONE: Mapping[str, object] = {
    "chiesto": _("La domanda è stata inviata: la risposta arriva qui e tra gli avvisi."),
    "risposto": _("La risposta è stata inviata a chi ha chiesto."),
}
NOTICES: Mapping[str, object] = {
    "question_asked": _("Un altro ente vi ha fatto una domanda: si risponde in «Domande»"),
    "question_answered": _("Un altro ente ha risposto alla vostra domanda"),
    "question_due": _("Una domanda di un altro ente aspetta la vostra risposta"),
    "question_late": _("Una domanda tra enti è rimasta senza risposta oltre il termine"),
}
EVENTS: Mapping[str, object] = {
    "question_asked": _("Domanda a un altro ente"),
    "question_answered": _("Risposta a una domanda"),
}
VALUES: Mapping[tuple[str, str], object] = {
    ("to_agency", "not_taking_part"): _(
        "Questo ente non partecipa al caso: per dirgli di lei serve un passaggio, con la sua adesione."
    ),
    ("question", "required"): _("Scrivere la domanda."),
    ("question", "too_long"): _("La domanda è troppo lunga."),
    ("answer", "required"): _("Scrivere la risposta."),
    ("answer", "too_long"): _("La risposta è troppo lunga."),
}
CONFLICTS: Mapping[str, object] = {
    "question_over": _("La domanda ha già una risposta, o il passo è finito: non serve più rispondere."),
}
