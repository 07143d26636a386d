"""What kinds of secret, and what they are opened for, are called on a page."""

from __future__ import annotations

from collections.abc import Mapping

from web.translation import lazy_gettext as _

Words = Mapping[str, object]

SECRETS: Words = {
    "identita": _("Identità e recapiti"),
    "clinico": _("Salute e violenza"),
    "giudiziario": _("Dati giudiziari"),
    "luogo": _("Luoghi"),
    "libero": _("Testi liberi e file"),
}
PURPOSES: Words = {
    "contatto": _("contattarla"),
    "colloquio": _("preparare o fare un colloquio"),
    "protezione": _("metterla in sicurezza"),
    "atti": _("scrivere una relazione o un atto"),
    "rettifica": _("controllare o rettificare"),
}
# What one knows of the woman whose case one looks for.
SEARCHED: Words = {
    "codice": _("il codice del caso"),
    "nome": _("nome e cognome"),
    "telefono": _("un numero di telefono"),
    "codice_fiscale": _("il codice fiscale"),
}
FISCAL_PURPOSES: Words = {
    "prestazione": _("una prestazione o un beneficio che lo chiede"),
    "atto": _("un atto che lo chiede"),
    "controllo": _("controllare che sia giusto"),
}
FISCAL_CONTROLS: Words = {
    "codice": _("Codice fiscale"),
    "scopo": _("A che cosa serve"),
    "motivo": _("Perché ne ha bisogno"),
}
VALUES: Mapping[tuple[str, str], object] = {
    ("purpose", "required"): _("Dire a che cosa serve aprire questi dati."),
    ("purpose", "unknown"): _("Scegliere uno degli scopi dell'elenco."),
    ("kinds", "required"): _("Scegliere che cosa aprire."),
    ("kind", "required"): _("Scegliere che cosa conoscete."),
    ("fiscal_code", "required"): _("Scrivere il codice."),
    ("fiscal_code", "fiscal_code_form"): _(
        "Non è un codice fiscale: sono sedici lettere e cifre (undici cifre se è provvisorio), "
        "oppure un codice STP o ENI."
    ),
    ("fiscal_code", "fiscal_code_check"): _("Una lettera o una cifra non torna: confrontarlo con la tessera."),
    ("reason", "in_use"): _("È già consentito a questo ente."),
    ("text", "too_many"): _("Avete cercato molte volte nell'ultima ora: riprovate più tardi."),
    ("ground", "required"): _("Scegliere perché cancellare."),
    ("authority", "required"): _("Scegliere chi chiede di conservare tutto."),
    ("kinds", "unknown"): _("Scegliere che cosa aprire fra quanto c'è."),
}
GROUNDS: Words = {
    "termine": _("è passato il termine di conservazione"),
    "richiesta": _("lo ha chiesto lei"),
    "errore": _("non doveva esserci"),
}
AUTHORITIES: Words = {
    "tribunale": _("un tribunale"),
    "procura": _("la procura"),
    "garante": _("il Garante per la protezione dei dati"),
    "ente": _("l'ente, per un procedimento in corso"),
}
# What stands in the way of an erasure.
OBSTACLES: Words = {
    "erasure_held": _("Il caso è bloccato: nulla di esso si può cancellare finché il blocco non è tolto."),
    "erasure_asked": _("La cancellazione è già stata chiesta o decisa."),
    "request_pending": _("Ha chiesto di sapere che cosa si conserva di lei: prima si risponde."),
    "erasure_too_early": _("Il vostro ente lavora ancora al caso: si cancella quando la sua parte è finita."),
}
DONE: Words = {
    "cancellazione-chiesta": _("Cancellazione chiesta: la decide un'altra persona."),
    "cancellato": _("Cancellato per sempre."),
    "cancellazione-rifiutata": _("Richiesta respinta: non è stato cancellato nulla."),
    "codice-fiscale": _("Codice scritto. Lo apre la responsabile dell'ente."),
    "codice-fiscale-tolto": _("Codice tolto per sempre."),
    "codice-fiscale-acceso": _("Da adesso l'ente può scrivere il codice fiscale."),
    "codice-fiscale-spento": _("Da adesso l'ente non può più scriverlo, aprirlo né cercarlo."),
    "blocco": _("Blocco messo: nulla di questo caso si può cancellare."),
    "blocco-tolto": _("Blocco tolto."),
}
