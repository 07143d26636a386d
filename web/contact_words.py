"""What is said of addresses: how people are reached outside the pages."""

from __future__ import annotations

from collections.abc import Mapping

from web.translation import lazy_gettext as _

Words = Mapping[str, object]

MEDIA: Words = {
    "email": _("Posta elettronica"),
    "sms": _("Messaggi sul cellulare"),
    "voice": _("Chiamata al telefono"),
    "push": _("Avviso sul dispositivo"),
}
DONE: Words = {
    "codice-inviato": _("Il codice è partito: scrivetelo qui quando arriva."),
    "recapito": _("Recapito confermato."),
    "recapito-tolto": _("Recapito tolto."),
    "recapito-scritto": _("Il codice è partito: la persona lo conferma nella sua pagina Recapiti."),
    "prova-partita": _("La prova è partita: chi risponde si vede qui."),
    "quiete": _("Ore di quiete salvate."),
    "dispositivo": _("Da adesso gli avvisi arrivano anche qui."),
    "dispositivo-tolto": _("Tolto: lì non arriva più nulla."),
    "calendario-tolto": _("Tolto: l'indirizzo del calendario non vale più."),
}
VALUES: Mapping[tuple[str, str], object] = {
    ("email", "not_carried"): _("Questa installazione non manda posta."),
    ("sms", "invalid_telephone"): _("Scrivere un numero di cellulare, con il prefisso se non è italiano (+41...)."),
    ("sms", "not_carried"): _("Questa installazione non manda messaggi."),
    ("voice", "invalid_telephone"): _("Scrivere un numero di telefono, con il prefisso se non è italiano (+41...)."),
    ("voice", "not_carried"): _("Questa installazione non telefona."),
    ("device", "invalid_device"): _("Il browser ha dato un indirizzo che non si può usare: riprovate."),
    ("code", "code_wrong"): _("Il codice non è questo: controllatelo e riprovate."),
    ("code", "code_expired"): _("Questo codice non vale più: chiedetene uno nuovo."),
    ("quiet", "invalid_hours"): _("Scrivere da che ora a che ora, come 22:00 e 07:00, o lasciare vuoto."),
}
LACKS: Words = {
    "none": _("nessun numero"),
    "unproved": _("numero non ancora confermato"),
    "broken": _("al numero non arriva più nulla"),
    "not_carried": _("questa installazione non telefona e non manda messaggi"),
}
NOTICES: Words = {
    "push_device_gone": _("Un vostro dispositivo non riceve più avvisi: aggiungetelo di nuovo, se serve"),
    "on_call_unanswered": _("Qualcuno non ha risposto alla prova della reperibilità"),
}
CONFLICTS: Words = {
    "just_tested": _("Una prova è partita da meno di un giorno: le risposte si vedono qui."),
    "code_just_sent": _("Un codice è partito meno di un minuto fa: aspettate che arrivi."),
    "no_push": _("Su questa installazione i dispositivi non ricevono avvisi."),
    "too_many_devices": _("Avete già cinque dispositivi: toglietene uno."),
    "no_feed": _("Qui non c'è (più) nessun calendario."),
    "no_such_contact": _("Qui non c'è (più) nessun recapito."),
}
ACTIONS: Words = {
    "contact.set": _("Recapito di una persona scritto"),
    "contact.verified": _("Recapito confermato con un codice"),
    "contact.removed": _("Recapito tolto"),
    "roster.tested": _("Prova della reperibilità mandata"),
    "push.device_added": _("Dispositivo per gli avvisi aggiunto"),
    "push.device_removed": _("Dispositivo per gli avvisi tolto"),
    "feed.made": _("Calendario delle proprie scadenze creato"),
    "feed.revoked": _("Calendario delle proprie scadenze tolto"),
    "feed.read": _("Calendario delle scadenze letto da un programma"),
    "contact.quiet_hours": _("Ore di quiete cambiate"),
}
