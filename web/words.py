"""What codes of the engine are called on a page. A code without words is a mistake in this program, so it raises."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.calendars.opening import DAYS
from engine.errors import Conflict, InvalidValue
from web import (
    agreement_words,
    breach_words,
    call_words,
    colleague_words,
    contact_words,
    data_request_words,
    exclusion_words,
    handover_words,
    ladder_words,
    question_words,
    referral_words,
    roster_words,
    secret_words,
    term_words,
    timing_words,
    webhook_words,
)
from web.translation import lazy_gettext as _

Words = Mapping[str, object]

_PARTS = (
    agreement_words,
    breach_words,
    call_words,
    colleague_words,
    contact_words,
    data_request_words,
    exclusion_words,
    handover_words,
    ladder_words,
    question_words,
    referral_words,
    roster_words,
    secret_words,
    term_words,
    timing_words,
    webhook_words,
)


def _gathered(name: str) -> dict[Any, object]:
    """Give what the parts say under one name; most have words of a few kinds only. Two parts must not share a code."""
    said: dict[Any, object] = {}
    for part in _PARTS:
        words: Words = getattr(part, name, {})
        if twice := said.keys() & words.keys():
            raise ValueError(f"{part.__name__}.{name} says again what another part says: {sorted(map(str, twice))}")
        said |= words
    return said


LOGIN_REASONS: Words = {
    "scaduta": _("La sessione è scaduta: accedete di nuovo per continuare."),
    "scaduta-invio": _(
        "La sessione è scaduta prima dell'invio: ciò che era scritto nella pagina non è stato registrato. "
        "Se avevate salvato una bozza, c'è ancora: la ritrovate dopo l'accesso.",
    ),
    "scaduta-tenuta": _(
        "La sessione è scaduta prima dell'invio. Ciò che avevate scritto è da parte per un'ora: accedete con lo stesso "
        "account e lo ritrovate nella pagina, da controllare e inviare.",
    ),
    "serve": _("Per questa operazione bisogna accedere. Non è stato registrato nulla."),
    "uscita": _("Siete usciti. Su un computer condiviso chiudete anche il browser."),
}

DONE: Words = {
    **_gathered("DONE"),
    "presa": _("L'attività è in carico a voi."),
    "ceduta": _("L'attività è tornata tra quelle da prendere."),
    "subentro": _("L'attività ora è in carico a voi."),
    "bozza": _("Bozza salvata."),
    "conclusa": _("Attività completata."),
    "avviato": _("Caso avviato."),
    "gia_avviato": _("Il caso era già stato aperto: da questo modulo non ne è nato un altro."),
    "annullato": _("Caso annullato."),
    "astenuta": _("Vi siete astenuta: il caso non è più tra i vostri."),
    "esclusa": _("Esclusione registrata: vale da adesso."),
    "riammissione-chiesta": _("Richiesta registrata: riammette una seconda persona."),
    "riammessa": _("L'esclusione è finita."),
    "sostituta": _("Scelta registrata."),
    "affidati-ente": _("Registrato: i passi vanno all'ente scelto, o sono da passare a quell'ente."),
    "emergenza": _("Il caso è aperto a voi in sola lettura. Il coordinamento e chi lo tiene sono stati avvisati."),
    "esaminato": _("Esame registrato."),
    "riaperto": _("Il passo è di nuovo aperto, in carico a chi lo aveva."),
    "ritorno-chiesto": _("Richiesta registrata: chi può decidere è avvisato."),
    "rettificata": _("Rettifica registrata. Chi ha ricevuto il modulo viene avvisato."),
    "letto": _("Avviso segnato come letto."),
    "seguito": _("Il passo è seguito da voi per il coordinamento: l'ente viene avvisato."),
    "annotato": _("Nota registrata."),
    "filtro": _("Filtro salvato: lo trovate sopra le attività."),
    "filtro-tolto": _("Filtro tolto."),
    "affidato": _("L'attività è tornata tra quelle da prendere, affidata alla collega indicata."),
    "rinunciata": _("Registrato: l'attività resta da prendere per tutte."),
    "affidati": _("I passi scelti sono tornati tra quelli da prendere, affidati alla collega indicata."),
    "riprovato": _("Il caso ha riprovato ad andare avanti."),
    "passati": _("I casi scelti sono passati alla nuova versione."),
    "caricato": _("Protocollo caricato: i nuovi casi seguono la nuova versione."),
    "caricato_con_avvertimenti": _(
        "Protocollo caricato: i nuovi casi seguono la nuova versione. Ci sono avvertimenti da guardare."
    ),
    "ente": _("Ente creato."),
    "ente-cambiato": _("Ente modificato."),
    "ruolo": _("Ruolo dato."),
    "ruolo-tolto": _("Ruolo tolto."),
    "chiusa": _("Account chiuso."),
    "orari": _("Orari salvati: valgono per le scadenze che partono da adesso in poi."),
    "giorno": _("Giorno aggiunto."),
    "giorno-tolto": _("Giorno tolto."),
    "ambito": _("Ambito dell'ente salvato."),
    "ambito-creato": _("Ambito creato: qui si scrivono i suoi orari."),
    "uguale": _("Il protocollo era già in vigore identico: nessuna nuova versione."),
}

TABS: Words = {"to_take": _("Da prendere"), "mine": _("Mie"), "others": _("In attesa di altri")}
EMPTY_TABS: Words = {
    "to_take": _("Niente da prendere in carico."),
    "mine": _("Non avete attività in carico."),
    "others": _("Nessuna attività attende altri."),
}
DUE_FILTERS: Words = {
    "late": _("in ritardo"),
    "hour": _("scade entro 1 ora"),
    "four_hours": _("scade entro 4 ore"),
    "day": _("scade entro 24 ore"),
}
NO_SUCH_CODE = _("Nessuna attività in questa scheda per il codice cercato: controllate che sia scritto giusto.")

TASK_STATES: Words = {
    "open": _("da prendere in carico"),
    "claimed": _("in carico"),
    "completed": _("completata"),
    "cancelled": _("annullata"),
}
CASE_STATES: Words = {"open": _("aperto"), "closed": _("chiuso"), "cancelled": _("annullato")}
CLOCKS: Words = {"sending": _("Invio"), "reception": _("Presa in carico"), "conclusion": _("Conclusione")}
NATURES: Words = {
    "legge": _("Termine di legge"),
    "protocollo": _("Termine del protocollo"),
    "interno": _("Termine interno"),
}
# What a length counts; elapsed time needs no words.
COUNTED: Words = {
    "H": "",
    "GC": _("giorni di calendario, fino alle 24:00 dell'ultimo"),
    "GCL": _("giorni di legge: se l'ultimo è domenica o festa nazionale, passa al primo giorno dopo"),
    "GL": _("orario di apertura dell'ente"),
}
WEEKDAYS: Words = {
    "monday": _("lunedì"),
    "tuesday": _("martedì"),
    "wednesday": _("mercoledì"),
    "thursday": _("giovedì"),
    "friday": _("venerdì"),
    "saturday": _("sabato"),
    "sunday": _("domenica"),
}
HOURS_FROM: Words = {
    "agency": _("Valgono gli orari scritti per questo ente."),
    "area": _("Valgono gli orari dell'ambito."),
    "network": _("Valgono gli orari della rete."),
    "default": _(
        "Nessuno ha ancora scritto gli orari: valgono quelli predefiniti, dal lunedì al venerdì dalle 9:00 alle 17:00."
    ),
}
DAYS_FROM: Words = {
    "agency": _("giorno dell'ente"),
    "area": _("giorno dell'ambito"),
    "network": _("giorno della rete"),
}
CHANNELS: Words = {"portale": _("portale"), "telefono": _("telefono"), "pec": _("PEC")}
BY_WHAT: Words = {"inbox": _("avviso nel portale")}
NOTICES: Words = {
    **_gathered("NOTICES"),
    "corrected": _("Un modulo del caso è stato rettificato"),
    "reopening_asked": _("Si chiede di tornare a un passo del vostro ente: serve una decisione"),
    "reopened": _("Un passo che avevate completato è di nuovo aperto"),
    "step_withdrawn": _("Un passo del vostro ente è stato ritirato: chi lo aveva mandato è tornato indietro"),
    "followed": _("Il coordinamento segue un passo in ritardo del vostro ente"),
    "case_cancelled": _("Un caso con un passo del vostro ente è stato annullato: non c'è più nulla da fare"),
    "part_ended": _("La parte del vostro ente in un caso è finita"),
    "request_declined": _("Una richiesta del vostro ente è stata declinata: si cerca un altro ente"),
    "request_reassigned": _("Una richiesta del vostro ente è stata affidata di nuovo a un ente"),
    "offered": _("Un passo vi è stato affidato: va preso in carico"),
    "attempted": _("Qualcuno che è escluso dal caso ha provato ad aprirlo"),
    "without_agency": _("Un passo è rimasto senza ente: va affidato a un altro"),
    "offer_declined": _("La collega a cui avevate affidato un passo non può farlo: è di tutte"),
    "taken_over": _("Un passo che avevate in carico è passato a un'altra persona"),
    "emergency_opened": _("Accesso di emergenza: una persona di un altro ente ha aperto un caso"),
    "emergency_review": _("Un accesso di emergenza va esaminato oggi"),
    "emergency_unreviewed": _("Un accesso di emergenza non è stato esaminato nel suo giorno"),
}
EVENTS: Words = {
    **_gathered("EVENTS"),
    "case_opened": _("Caso aperto"),
    "case_closed": _("Caso chiuso"),
    "case_cancelled": _("Caso annullato"),
    "instance_started": _("Protocollo avviato"),
    "instance_ended": _("Protocollo concluso"),
    "instance_migrated": _("Protocollo passato a un'altra versione"),
    "task_opened": _("Passo aperto"),
    "task_claimed": _("Preso in carico"),
    "task_released": _("Ceduto"),
    "task_returned": _("Tornato tra quelli da prendere"),
    "task_taken_over": _("Subentro"),
    "task_offered": _("Affidato a una collega"),
    "task_offer_declined": _("La collega non può farlo: resta da prendere"),
    "task_completed": _("Completato"),
    "task_reopening_asked": _("Chiesto di tornare al passo"),
    "task_reopened": _("Passo riaperto"),
    "task_cancelled": _("Passo annullato"),
    "step_undone": _("Fatto e poi annullato"),
    "answer_corrected": _("Modulo rettificato"),
    "timer_fired": _("Tempo scaduto"),
    "escalation_caught": _("Segnalazione interna: il percorso segue la via prevista"),
    "condition_met": _("Condizione avverata: il percorso segue la via prevista"),
    "service_done": _("Passo automatico fatto"),
    "message_sent": _("Messaggio mandato"),
    "message_waits": _("Un messaggio per un altro ente aspetta la sua adesione"),
    "message_lapsed": _("Nessuno ha aspettato un messaggio: non vale più"),
    "signal_thrown": _("Segnale lanciato a tutti i protocolli del caso"),
    "signal_caught": _("Segnale ricevuto: il percorso segue la via prevista"),
    "error_caught": _("Eccezione: il percorso segue la via prevista"),
    "coordination_follows": _("Passo in ritardo preso in carico dal coordinamento"),
    "coordination_note": _("Nota del coordinamento"),
    "lane_handed_over": _("Passato a un altro ente"),
    "message_received": _("Messaggio ricevuto"),
    "decision_made": _("Proposta calcolata con le tabelle"),
    "emergency_opened": _("Accesso di emergenza di una persona di un altro ente"),
    "emergency_reviewed": _("Accesso di emergenza esaminato"),
    "incident_raised": _("Guasto: il caso si è fermato"),
    "incident_resolved": _("Guasto risolto"),
}
# What one person is, where ROLES are those who are told.
HELD: Words = {
    "operatrice": _("Operatrice"),
    "responsabile": _("Responsabile"),
    "coordinamento": _("Coordinamento"),
    "progettista": _("Progettista"),
    "amministratore": _("Amministratore"),
    "dpo": _("Responsabile della protezione dei dati"),
}
ROLES: Words = {
    "operatrice": _("operatrici"),
    "responsabile": _("responsabile"),
    "coordinamento": _("coordinamento della rete"),
    "progettista": _("progettista"),
    "amministratore": _("amministratore"),
    "dpo": _("responsabile della protezione dei dati"),
}
# What is wrong with a value, by the field and code of engine.errors.InvalidValue.
_NO_HOURS = _(
    "Un orario non è scritto bene: da che ora a che ora, ad esempio 9:00-13:00 14:00-18:00. Gli intervalli non si "
    "sovrappongono e non passano la mezzanotte."
)
VALUES: Mapping[tuple[str, str], object] = {
    **_gathered("VALUES"),
    ("code", "case_is_yours"): _("Questo caso potete già aprirlo: lo trovate tra i vostri."),
    ("review", "required"): _("Dire se era giustificato."),
    ("happened_at", "in_the_future"): _("Il momento indicato è nel futuro."),
    ("happened_at", "too_far_back"): _(
        "Il momento indicato è più di 30 giorni fa. Indicarne uno più recente, oppure lasciare vuoto (vale adesso) "
        "e scrivere nel modulo quando è stato fatto."
    ),
    ("happened_at", "before_the_step"): _(
        "Questo passo è arrivato %(since)s. Se allora era già fatto, indicare quel momento; altrimenti uno successivo."
    ),
    ("happened_at", "before_the_taking"): _(
        "La presa in carico risulta %(since)s: indicare un momento successivo. Se è quella a essere sbagliata, cedere "
        "l'attività e riprenderla indicando quando era stata presa."
    ),
    ("happened_at", "before_the_answer"): _("Una rettifica viene dopo la risposta che corregge: indicare quando."),
    ("happened_at", "no_local_time"): _("Non è una data con ora. Esempio: 24/11/2026 03:45."),
    ("late_reason", "required"): _(
        "È stato fatto più di un'ora fa: scrivere perché si registra solo ora. Resta nella storia del caso."
    ),
    ("late_reason", "too_long"): _("Il motivo è troppo lungo."),
    ("decided_by", "required"): _("Scrivere chi ha deciso in quell'ente: nome o ruolo."),
    ("decided_by", "invalid_name"): _("Un nome o un ruolo su una riga, al massimo 200 caratteri."),
    ("decided_by", "only_on_behalf"): _("Si dice chi ha deciso solo quando si registra per conto di un altro ente."),
    ("decided_by", "must_be_another_person"): _(
        "È la persona del passo da cui questo va tenuto distinto: deve decidere un'altra. Se è un'altra con lo stesso "
        "ruolo, scriverlo in modo che si distingua."
    ),
    ("note", "required"): _("Scrivere che cosa si è concordato."),
    ("note", "too_long"): _("La nota è troppo lunga."),
    ("filter", "narrows_nothing"): _("Scegliere almeno una cosa: la scadenza, l'ente o il protocollo."),
    ("filter", "unknown"): _("L'ente o il protocollo del filtro non c'è (più): scegliere di nuovo."),
    ("filter", "too_many"): _("I filtri salvati sono già dieci: toglierne uno."),
    ("to", "required"): _("Scegliere a chi affidare i passi."),
    ("to", "not_of_the_agency"): _(
        "La persona scelta non può prendere passi di questo ente. A un altro ente si passa solo con il passo previsto "
        "dal protocollo."
    ),
    ("to", "has_it_already"): _("La persona scelta ha già il passo in carico."),
    ("tasks", "required"): _("Scegliere almeno un passo."),
    ("reason", "required"): _("Scrivere il motivo."),
    ("cases", "required"): _("Scegliere almeno un gruppo di casi."),
    ("confirmed", "required"): _("Confermare di aver letto il piano."),
    ("names", "not_a_pair"): _("Ogni riga ha la forma: elemento di prima = elemento nuovo."),
    ("reason", "too_long"): _("Il motivo è troppo lungo."),
    ("on_behalf_of", "not_the_owing_agency"): _("Si può registrare solo per l'ente a cui spetta il passo."),
    ("username", "invalid_characters"): _("Il nome utente ha caratteri non ammessi: lettere, cifre, punto, trattino."),
    ("telephone", "invalid_telephone"): _("Il telefono ha solo cifre, spazi e + ( ) / . -, ad esempio 06 1234567."),
    ("email", "invalid_email"): _("Non è un indirizzo e-mail. Esempio: centro@esempio.it."),
    ("name", "invalid_name"): _("Scrivere un nome, al massimo 200 caratteri."),
    ("services", "invalid_characters"): _(
        "Un servizio ha solo lettere minuscole, cifre e _, e comincia con una lettera."
    ),
    **dict.fromkeys([(day, "invalid_hours") for day in (*DAYS, "hours")], _NO_HOURS),
    ("week", "never_open"): _(
        "Almeno un giorno della settimana deve avere un orario: altrimenti nessun termine finirebbe."
    ),
    ("week", "not_its_own"): _("Avete scritto degli orari: per salvarli scegliete che valgono i suoi."),
    ("out_of_hours", "invalid_text"): _("Chi risponde fuori orario si dice su una riga, al massimo 200 caratteri."),
    ("reason", "invalid_text"): _("Scrivere perché quel giorno è diverso, su una riga, al massimo 200 caratteri."),
    ("day", "no_date"): _("Non è una data. Esempio: 24/06/2026."),
    ("day", "too_many"): _("I giorni sono già cento: togliere quelli passati."),
    ("agency", "required"): _("Scegliere l'ente."),
    ("start", "required"): _("Scegliere da dove si comincia."),
    ("start", "no_such_start"): _("Questo inizio non c'è (più): scegliere di nuovo da dove si comincia."),
    ("agency", "not_yours"): _("Scegliere un ente per cui lavorate."),
    ("start_key", "required"): _("La pagina era incompleta. Controllate le risposte e inviate di nuovo."),
    ("on_behalf_of", "agency_uses_the_portal"): _("Questo ente registra da sé."),
}
TAKEN: Words = {
    **roster_words.TAKEN,
    "exclusion_taken": _("È già esclusa da questo caso."),
    "day_taken": _("Questo giorno c'è già: toglietelo, poi aggiungetelo di nuovo."),
    "area_taken": _("Nella rete c'è già un ambito con questo nome."),
    "agency_taken": _("Nella rete c'è già un ente con questo nome."),
    "user_account_taken": _("Questo nome utente è già usato."),
    "last_role": _("È l'ultimo ruolo di questa persona: per togliere anche quello chiudete l'account."),
    "last_administrator": _("È l'ultima persona che amministra la rete: prima date il ruolo a un'altra."),
    "membership_taken": _("La persona ha già questo ruolo in questo ente."),
}
LANGUAGES: Words = {"it": _("italiano"), "en": _("inglese")}
# Why a protocol has not begun by itself.
START_FAILURES: Words = {
    "lane_without_agency": _(
        "Non è cominciato: una corsia non ha un ente, o potrebbero svolgerla più enti. Si riprova da sé."
    ),
    "start_failed": _(
        "Non è cominciato per un guasto: chi gestisce il servizio trova il motivo nel registro. Si riprova da sé."
    ),
}
VALUE_WRONG = _("Questo valore non è accettabile.")


def wrong(refused: InvalidValue, **known: str) -> str:
    """Say what is wrong with a value, also with one that no page of ours would send; `known` fills places in words."""
    said = of_value(refused.field, refused.code)
    return said % known if known else said


def of_value(field: str, code: str) -> str:
    """Say what is wrong with the value of a field."""
    return str(VALUES.get((field, code), VALUE_WRONG))


def refused(error: InvalidValue | Conflict) -> object:
    """Say what is wrong with what was typed, or what of it is there already."""
    return wrong(error) if isinstance(error, InvalidValue) else TAKEN[error.code]
