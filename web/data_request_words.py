"""What is said of requests to know what is kept, and of what is handed over."""

from __future__ import annotations

from collections.abc import Mapping

from web.translation import lazy_gettext as _

Words = Mapping[str, object]

STATES: Words = {
    "open": _("da rileggere"),
    "proposed": _("aspetta la seconda lettura"),
    "approved": _("da consegnare"),
    "made": _("pacco fatto, consegna da registrare"),
    "delivered": _("consegnata"),
    "refused": _("respinta"),
}
ASKED_BY: Words = {
    "interessata": _("la donna stessa"),
    "delegato": _("chi lei ha incaricato, per iscritto (avvocata, familiare, amministratrice di sostegno)"),
    "altri": _("un'altra persona, anche lui: riceve una risposta, mai un pacco da qui"),
}
CHECKED: Words = {
    "documento": _("con un documento"),
    "conosciuta": _("la conosciamo di persona"),
    "delega": _("con l'incarico scritto e i documenti di tutte e due"),
}
DELIVERIES: Words = {
    "di_persona": _("a lei, di persona"),
    "delegato": _("a chi ha l'incarico scritto"),
    "presso_ente": _("a lei, presso un altro ente che ha scelto"),
}
WITHHELD: Words = {
    "altri": _("riguarda altre persone (art. 15, par. 4, GDPR)"),
    "pericolo": _("saperlo, o averlo con sé, la metterebbe in pericolo"),
    "indagini": _("un'indagine o un processo ne avrebbe danno (art. 2-undecies Codice privacy)"),
    "segreto": _("è coperto da segreto professionale o di chi lo ha confidato"),
}
KINDS: Words = {
    "answer": _("Modulo"),
    "question": _("Domanda tra enti"),
    "exclusion": _("Persona esclusa dal caso"),
    "handover": _("Comunicato a un altro ente"),
    "history": _("Storia del caso"),
    "agreement": _("Adesione"),
    "decision": _("Proposta calcolata con le tabelle"),
    "draft": _("Bozza non inviata"),
    "fiscal_code": _("Codice fiscale"),
    "breach": _("Un modulo di un altro caso è stato in questo per errore"),
    "access": _("Chi ha aperto i dati"),
}
NAMES: Words = {
    "question": _("Domanda"),
    "answer": _("Risposta"),
    "excluded": _("Chi"),
    "interpreter": _("Interprete"),
    "reason": _("Motivo"),
    "note": _("Nota"),
    "agency": _("Ente"),
    "given": _("Ha detto di sì"),
    "language": _("Lingua"),
    "inputs": _("Da che cosa"),
    "result": _("Risultato"),
    "code": _("Codice fiscale"),
    "since": _("Da quando"),
    "authority": _("Se ne informa il Garante"),
    "purpose": _("Per quale servizio"),
    "last": _("L'ultima volta"),
    "times": _("Quante volte"),
}
SAID: Words = {
    "reach": _("Come si può raggiungere senza pericolo"),
    "through": _("Tramite chi"),
    "extension": _("Perché serve più tempo"),
    "returned": _("Rimandata alla rilettura"),
    "refusal": _("Perché è respinta"),
    "again": _("Pacco rifatto"),
}
DONE: Words = {
    "richiesta-registrata": _("Richiesta registrata: chi risponde della protezione dei dati è avvisato, e ha un mese."),
    "rilettura-salvata": _("Salvato. Restano voci da rileggere."),
    "rilettura-finita": _("Riletto tutto: ora guarda una seconda persona."),
    "seconda-lettura": _("Registrato: si può consegnare."),
    "richiesta-rimandata": _("Rimandata a chi rilegge, con il motivo."),
    "prorogata": _("Termine prorogato."),
    "richiesta-respinta": _("Richiesta respinta, con il motivo."),
    "consegnata": _("Consegna registrata."),
}
NOTICES: Words = {
    "request_recorded": _("Una persona ha chiesto di sapere quali dati conservate: c'è un mese"),
    "request_due": _("Il termine per rispondere a una richiesta sui dati si avvicina"),
    "request_late": _("Il termine per rispondere a una richiesta sui dati è passato"),
}
VALUES: Mapping[tuple[str, str], object] = {
    ("code", "required"): _("Scrivere il codice del caso."),
    ("code", "nothing_kept"): _("Non c'è un caso con questo codice di cui questo ente conservi qualcosa."),
    ("controller", "required"): _("Scegliere a chi è stato chiesto."),
    ("controller", "not_yours"): _("Scegliere un ente per cui potete registrare la richiesta."),
    ("asked_by", "required"): _("Scegliere chi ha chiesto."),
    ("checked", "required"): _("Scegliere come si è verificato chi è."),
    ("reach", "required"): _("Chiedetelo a lei, e scrivete come si può raggiungere senza pericolo."),
    ("reach", "too_long"): _("Il testo è troppo lungo."),
    ("through", "too_long"): _("Il testo è troppo lungo."),
    ("entries", "unknown"): _("La pagina non è più quella di prima: riaprite i dati e rileggete."),
    ("passphrase", "weak"): _("La frase si prende dalla pagina, com'è."),
    ("delivery", "required"): _("Scegliere come è stato consegnato."),
}
CONFLICTS: Words = {
    "request_open": _("Per questo caso c'è già una richiesta aperta allo stesso ente."),
    "request_moved_on": _("Nel frattempo la richiesta è andata avanti: guardare a che punto è."),
    "request_extended": _("Si proroga una volta sola, ed entro il primo mese."),
    "request_of_others": _("Ha chiesto un'altra persona: i dati di lei non si aprono. Si risponde con il motivo."),
}
