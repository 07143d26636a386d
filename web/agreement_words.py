"""What is said of her answers: what is wrong with a value that records one, how she said it, in which language."""

from __future__ import annotations

from collections.abc import Mapping

from web.translation import lazy_gettext as _

NOTICES: Mapping[str, object] = {
    "path_paused": _("Percorso in pausa per sua scelta: non chiamare"),
    "path_ended": _("Percorso terminato per sua scelta: non chiamare"),
    "path_resumed": _("Il percorso riprende: i tempi dei passi ripartono da dove erano"),
    "agreement_withdrawn": _(
        "La donna ha ritirato un'adesione che riguarda il vostro ente: non chiamare per quella finalità"
    ),
    "vital_interest": _("Interesse vitale: un ente viene informato senza adesione. Va rivisto"),
}
EVENTS: Mapping[str, object] = {
    "agreement_recorded": _("Registrato che cosa ha risposto a una richiesta di adesione"),
    "agreement_withdrawn": _("Ha ritirato un'adesione"),
    "vital_interest_invoked": _("Dichiarato un interesse vitale"),
    "vital_interest_reviewed": _("Interesse vitale rivisto"),
    "path_paused": _("Percorso in pausa per sua scelta"),
    "path_ended": _("Percorso terminato per sua scelta"),
    "path_resumed": _("Percorso ripreso"),
}
# By the field and code of engine.errors.InvalidValue.
VALUES: Mapping[tuple[str, str], object] = {
    ("agency_id", "required"): _("Scegliere l'ente di cui le avete parlato."),
    ("agency_id", "unknown_agency"): _("L'ente scelto non è (più) nella rete."),
    ("agency_id", "no_agency_for_this_purpose"): _("Questa finalità non riguarda un ente: lasciare vuoto."),
    ("purpose", "unknown_purpose"): _("Scegliere la finalità."),
    ("language", "unknown_language"): _("Scegliere una lingua dell'elenco."),
    ("text_version", "unknown_text"): _("In questa lingua non c'è un testo per questa finalità: sceglierne un'altra."),
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

MANNERS: Mapping[str, object] = {
    "a_voce": _("a voce"),
    "per_iscritto": _("per iscritto"),
    "per_telefono": _("per telefono"),
}
LEGAL_BASES: Mapping[str, object] = {
    "consenso": _("consenso (GDPR art. 6.1.a, 9.2.a)"),
    "interesse_pubblico": _("interesse pubblico (GDPR art. 6.1.e, 9.2.g)"),
    "obbligo_legale": _("obbligo di legge (GDPR art. 6.1.c)"),
    "interesse_vitale": _("interesse vitale (GDPR art. 6.1.d, 9.2.c)"),
}
ENDS: Mapping[str, object] = {
    "withdrawn": _("ritirata"),
    "answered_again": _("ha risposto di nuovo"),
    "path_ended": _("ha terminato il percorso"),
}
SPOKEN: Mapping[str, object] = {
    "it": _("italiano"),
    "en": _("inglese"),
    "ar": _("arabo"),
    "bn": _("bengalese"),
    "es": _("spagnolo"),
    "fr": _("francese"),
    "pa": _("punjabi"),
    "pt": _("portoghese"),
    "ro": _("rumeno"),
    "ru": _("russo"),
    "sq": _("albanese"),
    "ti": _("tigrino"),
    "uk": _("ucraino"),
    "ur": _("urdu"),
    "wo": _("wolof"),
    "zh": _("cinese"),
}

DONE: Mapping[str, object] = {
    "adesione": _("Risposta registrata."),
    "adesione-ritirata": _("Ritiro registrato: da adesso non si invia più nulla su questa adesione."),
    "interesse-vitale": _("Interesse vitale registrato: il coordinamento è avvisato."),
    "pausa": _("Pausa registrata: gli enti sono avvisati di non chiamare."),
    "fine": _("Fine registrata: gli enti sono avvisati di non chiamare."),
    "ripresa": _("Il percorso riprende: gli enti sono avvisati."),
    "interesse-rivisto": _("Revisione registrata: la legge chi ha dichiarato l'interesse vitale."),
    "testo": _("Testo in vigore: vale per le prossime risposte."),
}

READ_ALOUD = (
    _("Decide lei: può dire sì o no a ogni ente, uno per uno. Un no non le toglie l'aiuto che riceve."),
    _("A chi dice sì raccontiamo solo ciò che serve per quello scopo, e nient'altro."),
    _(
        "Può cambiare idea quando vuole: ritirare un sì, fermarsi per un po', finire qui. "
        "Basta dirlo, anche per telefono."
    ),
    _("Alcune cose la legge ci obbliga a farle comunque. Prima di chiederle qualcosa le diciamo quali."),
)
"""Four sentences to say to her before she is asked anything."""
