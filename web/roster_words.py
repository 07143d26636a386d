"""What is said of rosters and who is on call."""

from __future__ import annotations

from collections.abc import Mapping

from web.translation import lazy_gettext as _

Words = Mapping[str, object]

ACTIONS: Words = {
    "roster.set_up": _("Servizio con reperibilità aggiunto"),
    "roster.changed": _("Reperibilità di un servizio cambiata"),
    "roster.published": _("Turni di reperibilità pubblicati"),
    "shift.added": _("Turno di reperibilità scritto"),
    "shift.replaced": _("Cambio di reperibilità messo"),
    "swap.asked": _("Scambio di turno chiesto"),
    "swap.answered": _("Scambio di turno: risposta"),
    "shift.withdrawn": _("Turno di reperibilità tolto"),
    "codes.reserved": _("Codici di caso riservati per il foglio di turno"),
}
DONE: Words = {
    "reperibilita": _("Il servizio ha la sua reperibilità: qui si scrivono i turni."),
    "reperibilita-cambiata": _("Modifica salvata."),
    "turno": _("Turno scritto in bozza: vale quando è pubblicato."),
    "cambio": _("Cambio registrato: vale da subito."),
    "turni-pubblicati": _("Turni pubblicati."),
    "scambio-chiesto": _("Richiesta mandata: il turno resta vostro finché la collega non accetta."),
    "scambio-fatto": _("Scambio fatto: vale da subito."),
    "scambio-rifiutato": _("Scambio rifiutato: il turno resta com'era."),
    "turni-importati": _("Turni importati, in bozza: valgono quando sono pubblicati."),
    "nota": _("Nota registrata: la legge chi prende il passo."),
    "codici": _("Codici riservati: stampate il foglio."),
    "turno-tolto": _("Turno tolto."),
}
NOTICES: Words = {
    "shift_swap_asked": _("Una collega vi chiede uno scambio di turno"),
    "shift_swap_accepted": _("Lo scambio di turno che avevate chiesto è accettato"),
    "shift_swap_declined": _("Lo scambio di turno che avevate chiesto è rifiutato: il turno resta vostro"),
    "roster_gap": _("Reperibilità scoperta nei prossimi sette giorni: serve qualcuno"),
    "roster_gap_near": _("Reperibilità scoperta entro un giorno: serve qualcuno"),
    "shift_note_asked": _("Il vostro turno sta per finire: lasciate una nota a un passo urgente che avete in carico"),
}
EVENTS: Words = {"shift_note": _("Nota per chi viene dopo")}
FAULTS: Words = {
    "gap": _("Nessuno è reperibile e gli uffici sono chiusi"),
    "overlap": _("Due turni insieme"),
    "two_places": _("In due turni allo stesso tempo"),
    "too_many_nights": _("Più di sette notti di seguito"),
    "not_of_the_service": _("Non lavora più per il servizio"),
    "cannot_be_woken": _("Non ha un numero verificato a cui arrivino SMS o chiamate: di notte non si sveglierebbe"),
    "lacks_capability": _("Nessuna delle due può ciò che serve"),
}
CONFLICTS: Words = {
    "nothing_to_publish": _("Fino a quel giorno non ci sono turni in bozza: non c'è niente da pubblicare."),
    "roster_has_faults": _("Ci sono buchi o altri problemi: leggeteli, poi pubblicate confermando di averli letti."),
    "shift_not_yours": _("Si scambiano solo i propri turni."),
    "shift_has_begun": _("Il turno è già cominciato: per questo serve un cambio, che scrive chi è responsabile."),
    "shift_changed": _("Nel frattempo il turno è cambiato: lo scambio non si può più fare."),
    "swap_asked_already": _("Per questo turno c'è già uno scambio chiesto che aspetta risposta."),
    "shift_is_over": _("Il turno è già finito: resta com'è."),
}
TAKEN: Words = {"roster_taken": _("Questo servizio ha già la sua reperibilità, in questo ambito.")}
CAPABILITIES: Words = {"auto": _("automobile"), "minori": _("minori")}
VALUES: Mapping[tuple[str, str], object] = {
    ("number", "too_many"): _("I codici riservati e non ancora usati sono già tanti: usate prima quelli."),
    ("reserved_code", "mistyped"): _("Il codice non è scritto bene: controllatelo sul foglio."),
    ("reserved_code", "not_reserved"): _("Questo codice non è tra quelli riservati per il vostro ente."),
    ("reserved_code", "already_used"): _("Con questo codice è già stato registrato un caso: cercatelo."),
    ("reserved_code", "expired"): _(
        "Questo codice è scaduto: avviate il caso senza, e scrivete il nuovo codice sul foglio."
    ),
    ("happened_at", "required"): _("Scrivere quando il caso è cominciato, come sta sul foglio."),
    ("happened_at", "before_the_reservation"): _(
        "Allora questo codice non era ancora riservato: controllare data e ora."
    ),
    ("service", "nobody_offers_it"): _("Nessun ente della rete offre questo servizio."),
    ("area", "unknown"): _("Questo ambito non c'è (più)."),
    ("capabilities", "unknown"): _("Scegliere tra le capacità elencate."),
    ("languages", "no_codes"): _("Le lingue si scrivono con il codice di due lettere: ar, es, fr."),
    ("starts_at", "no_local_time"): _("Scrivere da quando: data e ora."),
    ("ends_at", "no_local_time"): _("Scrivere fino a quando: data e ora."),
    ("first", "required"): _("Scegliere chi è prima reperibile."),
    ("until", "no_date"): _("Scrivere il giorno."),
    ("until", "row_too_long"): _("Si scrivono insieme al massimo i turni di un mese."),
    ("ends_at", "not_after_the_beginning"): _("Il turno finisce prima di cominciare."),
    ("ends_at", "is_over"): _("Questo turno è già finito."),
    ("ends_at", "shift_too_long"): _("Un turno dura al massimo sette giorni."),
    ("first", "not_of_the_service"): _("Chi è prima reperibile deve lavorare in un ente che offre il servizio."),
    ("second", "not_of_the_service"): _("Chi è seconda reperibile deve lavorare in un ente che offre il servizio."),
    ("second", "the_same_person"): _("La seconda reperibile deve essere un'altra persona."),
}
