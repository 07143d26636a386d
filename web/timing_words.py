"""What is said of how long workers take, and of the agreement without which nobody is shown it."""

from __future__ import annotations

from collections.abc import Mapping

from web.translation import lazy_gettext as _

DONE: Mapping[str, object] = {
    "tempi-accesi": _("Registrato: le responsabili vedono i tempi delle proprie persone, da adesso in poi."),
    "tempi-spenti": _("Spento: nessuno vede più questi tempi."),
}
VALUES: Mapping[tuple[str, str], object] = {
    ("number", "required"): _("Scrivere il numero dell'accordo."),
    ("number", "too_long"): _("Una riga, al massimo 200 caratteri."),
    ("signed_on", "required"): _("Scrivere quando è stato firmato."),
    ("signed_on", "in_the_future"): _("Un accordo vale da quando è firmato: la data è nel futuro."),
    ("signed_by", "required"): _("Scrivere chi lo ha firmato."),
    ("signed_by", "too_long"): _("Una riga, al massimo 200 caratteri."),
    ("document_sha256", "no_digest"): _(
        "L'impronta SHA-256 ha 64 cifre da 0 a 9 e da a a f: si calcola sul documento firmato."
    ),
}
CONFLICTS: Mapping[str, object] = {
    "timing_on": _("È già acceso, con un accordo."),
    "timing_off": _("È già spento."),
}
