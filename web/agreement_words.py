"""What is said of her answers: what is wrong with a value that records one, how she said it, in which language."""

from __future__ import annotations

from collections.abc import Mapping

from web.translation import lazy_gettext as _

# By the field and code of engine.errors.InvalidValue.
VALUES: Mapping[tuple[str, str], object] = {
    ("agency_id", "required"): _("Scegliere l'ente di cui le avete parlato."),
    ("agency_id", "unknown_agency"): _("L'ente scelto non è (più) nella rete."),
    ("agency_id", "no_agency_for_this_purpose"): _("Questo scopo non riguarda un ente: lasciare vuoto."),
    ("purpose", "unknown_purpose"): _("Scegliere lo scopo."),
    ("language", "unknown_language"): _("Scegliere una lingua dell'elenco."),
    ("text_version", "unknown_text"): _("In questa lingua non c'è un testo per questo scopo: sceglierne un'altra."),
    ("manner", "required"): _("Dire come lo ha detto: a voce, per iscritto o per telefono."),
    ("given", "required"): _("Dire che cosa ha risposto: sì o no."),
    ("interpreter", "too_long"): _("Il numero o il ruolo dell'interprete, al massimo 100 caratteri."),
    ("happened_at", "before_her_last_answer"): _("Dopo quel momento ha già risposto: indicarne uno successivo."),
    ("happened_at", "before_the_pause"): _("La pausa comincia dopo quel momento: indicarne uno successivo."),
    ("happened_at", "before_the_case"): _("Il caso è stato aperto dopo quel momento: indicarne uno successivo."),
    ("until", "not_ahead"): _(
        "Indicare una data futura, al massimo fra un anno. Senza data è una fine, non una pausa."
    ),
    ("text", "required"): _("Scrivere il testo."),
    ("text", "too_long"): _("Il testo è troppo lungo: si legge ad alta voce."),
    ("approved_by", "required"): _("Scrivere chi lo ha approvato, con la data."),
    ("legal_basis", "not_of_an_agreement"): _("Scegliere la base giuridica."),
}
