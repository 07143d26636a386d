"""What is said of people and agencies that a case keeps out."""

from __future__ import annotations

from collections.abc import Mapping

from web.translation import lazy_gettext as _

FIELDS: Mapping[str, object] = {
    "subject": _("Chi escludere"),
    "reason": _("Motivo"),
    "alternate": _("Chi viene avvisato"),
    "lane": _("Passi rimasti senza ente"),
}
VALUES: Mapping[tuple[str, str], object] = {
    ("subject", "one_of_three"): _(
        "Scegliere una persona, oppure un ente, oppure scrivere un'interprete: una cosa sola."
    ),
    ("subject", "oneself"): _("Per voi stessa c'è «Mi astengo», nella pagina del caso."),
    ("subject", "own_agency"): _("Il vostro ente non si può escludere da qui."),
    ("subject", "unknown"): _("Questa persona o questo ente non c'è nella rete."),
    ("alternate", "not_of_the_holder"): _("Scegliere una persona dell'ente che segue il caso, che non sia esclusa."),
    ("lane", "required"): _("Scegliere l'ente."),
    ("lane", "not_free"): _("Questi passi hanno già un ente."),
}
