"""Why a completed step cannot be opened again."""

from __future__ import annotations

from collections.abc import Mapping

from web.translation import lazy_gettext as _

Words = Mapping[str, object]

REASONS: Words = {
    "breached": _("Uno dei passi che ne sono nati ha già superato la scadenza."),
    "cannot_be_undone": _("Con questo passo è partito un messaggio, o si è chiuso il passo di altri."),
    "case_closed": _("Il caso è chiuso."),
    "gone_on": _(
        "Il caso è già andato avanti da qui: un passo è stato fatto, un tempo è scattato o un messaggio è arrivato."
    ),
    "instance_ended": _("Il protocollo è finito."),
    "lane_handed_over": _("Con questo passo una parte del caso è passata a un altro ente."),
    "not_completed": _("Il passo non è completato."),
    "not_remembered": _("Da allora si sono fatti troppi altri passi, o il protocollo è passato a una nuova versione."),
    "others_went_on": _("Nel frattempo qualcos'altro del caso è andato avanti, e potrebbe dipenderne."),
    "scope_ended": _("La parte del protocollo in cui stava è finita."),
    "taken": _("Uno dei passi che ne sono nati è già stato preso in carico."),
    "time_is_up": _("Il tempo di questo passo è scaduto."),
    "written_since": _("Un altro passo ha poi cambiato una delle sue risposte."),
}
