"""What the register of accesses says of an entry. What is a line of history too has its words there."""

from __future__ import annotations

from web import words
from web.translation import lazy_gettext as _
from web.words import Words

ACTIONS: Words = {
    "case.read": _("Caso aperto in lettura"),
    "case.found": _("Caso cercato con il codice e trovato"),
    "case.plan_read": _("Piano di passaggio del caso letto"),
    "case.due_work": _("Scadenze eseguite"),
    "case.attempted": _("Chi è escluso ha provato ad aprire il caso"),
    "case.alternate_chosen": _("Scelto chi viene avvisato al posto di altri"),
    "lane.entrusted": _("Passi di un ente escluso affidati a un altro"),
    "exclusion.put": _("Esclusione registrata"),
    "exclusion.abstained": _("Astensione registrata"),
    "exclusion.lifting_asked": _("Chiesto di riammettere"),
    "exclusion.lifted": _("Riammissione"),
    "exclusions.read": _("Elenco delle persone escluse letto"),
    "address.refused": _("Chiesto un indirizzo che non c'è"),
    "diagram.read": _("Diagramma del caso letto"),
    "task.read": _("Passo letto"),
    "late_step.read": _("Passo in ritardo letto"),
    "answer.opened": _("Dati riservati di un modulo aperti"),
    "answer.read": _("Modulo letto"),
    "agreements.read": _("Adesioni lette"),
    "vital_interest.read": _("Interesse vitale letto"),
    "consent_text.approved": _("Testo di un'adesione messo in vigore"),
    "draft.read": _("Bozza letta"),
    "draft.saved": _("Bozza salvata"),
    "decision.read": _("Motivi di una proposta letti"),
    "file.read": _("File scaricato"),
    "file.handed_in": _("File consegnato"),
    "file.discarded": _("File tolto prima dell'invio"),
    "function.called": _("Passo automatico eseguito"),
    "message.kept": _("Messaggio tenuto in attesa"),
    "search.done": _("Ricerca fra i dati sigillati"),
    "erasure.read": _("Ciò che l'ente conserva di un caso, letto"),
    "erasure.asked": _("Cancellazione chiesta"),
    "erasure.done": _("Cancellazione eseguita"),
    "erasure.refused": _("Cancellazione rifiutata"),
    "erasure.repeated": _("Cancellazione ripetuta dopo un ripristino"),
    "hold.set": _("Blocco della cancellazione messo"),
    "hold.lifted": _("Blocco della cancellazione tolto"),
    "emergency.refused": _("Accesso di emergenza a un caso che non c'è: respinto"),
    "emergency.report_read": _("Accessi di emergenza letti"),
    "register.read": _("Registro degli accessi letto"),
    "register.exported": _("Registro degli accessi scaricato"),
    "login.succeeded": _("Accesso riuscito"),
    "login.failed": _("Accesso non riuscito"),
    "network.created": _("Rete creata"),
    "agency.created": _("Ente creato"),
    "agency.changed": _("Ente cambiato"),
    "agency.placed": _("Ente messo in un ambito"),
    "area.created": _("Ambito creato"),
    "user.created": _("Account creato"),
    "user.disabled": _("Account chiuso"),
    "user.reopened": _("Account riaperto"),
    "user.password_changed": _("Password cambiata"),
    "membership.created": _("Ruolo dato"),
    "membership.ended": _("Ruolo tolto"),
    "links.read": _("Contatti collegati letti"),
    "case.linked": _("Due contatti collegati per volontà della donna"),
    "case.unlinked": _("Due contatti scollegati"),
    "task.substituted": _("Subentro come sostituta"),
    "substitution.set": _("Sostituzione registrata"),
    "substitution.ended": _("Sostituzione finita"),
    "token.created": _("Token creato"),
    "token.revoked": _("Token revocato"),
    "definition.deployed": _("Protocollo caricato"),
    "parameter.approved": _("Parametro approvato"),
    "parameter.changed": _("Parametro cambiato"),
    "timetable.changed": _("Orari cambiati"),
    "timetable.day_added": _("Giorno particolare aggiunto"),
    "timetable.day_removed": _("Giorno particolare tolto"),
}
WHAT: Words = {"readings": _("letture"), "changes": _("modifiche")}


def action(code: str) -> object:
    """Return the words for what was done."""
    return ACTIONS[code] if code in ACTIONS else words.EVENTS[code.replace(".", "_", 1)]
