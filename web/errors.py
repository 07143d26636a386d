"""The one table from what goes wrong to the page that says so: what happened, that nothing was changed, a way on."""

from __future__ import annotations

import logging
import secrets
import traceback
from dataclasses import dataclass
from http import HTTPStatus

from flask import Flask, Response, g, jsonify, make_response, render_template, request, url_for
from werkzeug.exceptions import HTTPException, InternalServerError, MethodNotAllowed

from engine import db, errors
from engine.bpmn.way_back import NoWayBack
from engine.cases import exclusion_page
from web import (
    acts,
    breach_words,
    call_words,
    contact_words,
    data_request_words,
    handover_words,
    hiding,
    ladder_words,
    networks,
    question_words,
    referral_words,
    roster_words,
    sessions,
    term_words,
    timing_words,
    way_back_words,
    webhook_words,
)
from web.api import identity, problems
from web.translation import lazy_gettext as _

_log = logging.getLogger("staffetta.web")


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, title and explanation of an error page; `retry_after` are the seconds after which to try again."""

    status: int
    title: object
    text: object
    retry_after: int | None = None


@dataclass(frozen=True, slots=True)
class WayOn:
    """A link that leads on from an error page."""

    label: object
    address: str


_ABSENT = Answer(
    404,
    _("Non trovato"),
    _("Questa pagina non esiste, oppure non fa parte di ciò che il vostro ente può vedere."),
)

# By class; the nearest ancestor that is listed answers.
REFUSALS: dict[type[errors.StaffettaError], Answer] = {
    errors.NotFound: _ABSENT,
    errors.Forbidden: Answer(
        403,
        _("Non consentito"),
        _("Il vostro ruolo non permette questa operazione. Chi può farla: il responsabile del vostro ente lo sa."),
    ),
    errors.TaskNotOpen: Answer(
        409,
        _("Attività già chiusa"),
        _("Nel frattempo l'attività è già stata completata o annullata. Ciò che è registrato resta com'è."),
    ),
    errors.TaskTaken: Answer(
        409,
        _("Attività già presa in carico"),
        _("Un'altra persona ha preso in carico l'attività prima di voi."),
    ),
    errors.AnotherStepFirst: Answer(
        409,
        _("Un passo alla volta"),
        _("Di questi passi se ne fa uno alla volta: prima va completato, o ceduto, quello che è già in corso."),
    ),
    errors.TaskNotYours: Answer(
        409,
        _("Attività non in carico a voi"),
        _("Per lavorarci bisogna prima prenderla in carico, oppure nel frattempo è passata a un'altra persona."),
    ),
    errors.StaleRevision: Answer(
        409,
        _("Pagina non più attuale"),
        _("L'attività è cambiata da quando avete aperto la pagina: riapritela e controllate, poi inviate di nuovo."),
    ),
    errors.CaseClosed: Answer(
        409,
        _("Caso chiuso"),
        _("Il caso è chiuso o annullato: si può leggere ma non più modificare."),
    ),
    errors.PathHeld: Answer(
        409,
        _("Percorso in pausa"),
        _(
            "La donna ha chiesto di fermarsi: questo passo aspetta e i suoi tempi sono sospesi. Si può registrare solo "
            "ciò che è stato fatto prima, indicando quando."
        ),
    ),
    errors.MustBeAnotherPerson: Answer(
        409,
        _("Serve un'altra persona"),
        _("Questo passo deve farlo una persona diversa da chi ha fatto il passo precedente."),
    ),
    errors.ToConfirm: Answer(
        409,
        _("Passo da confermare"),
        _(
            "Il passo è già compilato e aspetta una seconda persona: si conferma com'è, o si rimanda a chi l'ha "
            "compilato."
        ),
    ),
    errors.NobodyWaits: Answer(409, _("Nessuno attende"), _("Nessun caso attende questo messaggio.")),
    errors.NeverOpen: Answer(
        409,
        _("Mancano gli orari"),
        _("L'ente che deve fare il passo non apre mai: chi amministra scrive i suoi orari di apertura, poi riprovate."),
    ),
    errors.DuplicateName: Answer(409, _("Nome già usato"), _("Esiste già qualcosa con questo nome.")),
    errors.Conflict: Answer(409, _("Non più possibile"), _("Nel frattempo la situazione è cambiata.")),
    errors.LaneWithoutAgency: Answer(
        422,
        _("Manca un ente"),
        _("Per un servizio del protocollo va indicato un ente che lo offra; se non ce n'è, deve provvedere la rete."),
    ),
    errors.InvalidProcess: Answer(422, _("Protocollo rifiutato"), _("Il protocollo contiene errori.")),
    errors.InvalidAnswer: Answer(422, _("Risposte da correggere"), _("Alcune risposte non sono accettabili.")),
    errors.InvalidValue: Answer(422, _("Valore da correggere"), _("Un valore inviato non è accettabile.")),
    errors.Invalid: Answer(422, _("Dati da correggere"), _("I dati inviati non sono accettabili.")),
    errors.Refused: Answer(409, _("Non possibile"), _("L'operazione non è possibile in questo momento.")),
    errors.DatabaseUnavailable: Answer(
        503,
        _("Servizio per ora non disponibile"),
        _("L'archivio dei dati non risponde. Riprovate tra un minuto: non è stato registrato nulla."),
        retry_after=60,
    ),
    errors.Busy: Answer(
        503,
        _("Qualcun altro ci sta lavorando"),
        _("Qualcun altro sta lavorando su questo caso: riprovate tra poco. Non è stato registrato nulla."),
        retry_after=5,
    ),
}

_IN_DOUBT = Answer(
    503,
    _("Collegamento interrotto"),
    _(
        "Il collegamento con l'archivio si è interrotto durante la registrazione: può essere riuscita oppure no. "
        "Controllate se risulta, prima di ripetere."
    ),
)
_CSRF = Answer(
    400,
    _("Pagina non più valida"),
    _("Per sicurezza la pagina da cui avete inviato non vale più: riapritela e inviate di nuovo."),
)

_SCOPE = Answer(
    403,
    _("Il token non basta"),
    _("Questo token non vale per l'operazione richiesta: chi lo crea sceglie per quali vale."),
)

# By HTTP status, for what the web itself refuses.
HTTP: dict[int, Answer] = {
    400: Answer(400, _("Richiesta non valida"), _("La richiesta non è completa o non è comprensibile.")),
    401: Answer(401, _("Accesso necessario"), _("Per continuare bisogna accedere.")),
    403: Answer(
        403,
        _("Richiesta rifiutata"),
        _("La richiesta non viene da una pagina di questo servizio: per sicurezza è stata rifiutata."),
    ),
    404: _ABSENT,
    405: Answer(405, _("Operazione non prevista"), _("Questo indirizzo non prevede l'operazione richiesta.")),
    408: Answer(408, _("Tempo scaduto"), _("I dati non sono arrivati in tempo. Riprovate.")),
    413: Answer(
        413,
        _("Troppo grande"),
        _("Ciò che avete inviato è troppo grande: al massimo 256 kB per un modulo e 1 MB per un protocollo."),
    ),
    415: Answer(415, _("Formato non previsto"), _("Il formato di ciò che avete inviato non è previsto.")),
    422: Answer(422, _("Dati da correggere"), _("I dati inviati non sono accettabili.")),
    429: Answer(429, _("Troppi tentativi"), _("Troppi tentativi in poco tempo: aspettate e riprovate.")),
}

_BROKEN = Answer(
    500,
    _("Errore del servizio"),
    _("Qualcosa non ha funzionato da parte nostra. Riprovate; se succede ancora, comunicate il codice qui sotto."),
)

# What stands in the way of an act, by its code: the act, and why.
_CONFLICTS = {
    code: (title, text)
    for title, table in (
        (_("Passaggio di consegne"), handover_words.REFUSED),
        (_("Caso sbagliato"), breach_words.CONFLICTS),
        (_("Domanda chiusa"), question_words.CONFLICTS),
        (_("Rinvio a un'altra rete"), referral_words.CONFLICTS),
        (_("Richiesta sui dati"), data_request_words.CONFLICTS),
        (_("Tempi delle persone"), timing_words.CONFLICTS),
        (_("Recapiti"), contact_words.CONFLICTS),
        (_("Reperibilità"), roster_words.CONFLICTS),
        (_("Termini"), term_words.CONFLICTS),
        (_("Passo in ritardo"), ladder_words.CONFLICTS),
        (_("Chiamata"), call_words.CONFLICTS),
        (_("Webhook"), webhook_words.CONFLICTS),
    )
    for code, text in table.items()
}


def install(app: Flask) -> None:
    """Answer every error with its page."""
    app.register_error_handler(errors.StaffettaError, _engine_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(InternalServerError, _while_answering)
    app.register_error_handler(Exception, _unexpected)


def answer_for(error: errors.StaffettaError) -> Answer:
    """Return the page for an error of the engine: its class's, or that of the nearest listed ancestor."""
    if isinstance(error, errors.DatabaseUnavailable) and error.in_doubt:
        return _IN_DOUBT
    if isinstance(error, NoWayBack):
        return Answer(409, _("Non si può più tornare a questo passo"), way_back_words.REASONS[error.code])
    if isinstance(error, errors.Conflict) and error.code in _CONFLICTS:
        title, text = _CONFLICTS[error.code]
        return Answer(409, title, text)
    return next((REFUSALS[kind] for kind in type(error).__mro__ if kind in REFUSALS), _BROKEN)


def page(answer: Answer, *, reference: str | None = None) -> Response:
    """Render an error page; for a script only its words; while the session hides, nothing but what hides it."""
    if acts.by_script():
        return make_response(jsonify(said=f"{answer.title}. {answer.text}"), answer.status)
    if hiding.now():
        return make_response(hiding.cover(), answer.status)
    ways = _ways_on(answer)
    # Whoever hides or changes the language here goes on where the page leads: it does not repeat what was asked for.
    text = render_template("error.html", answer=answer, ways=ways, reference=reference, here=lambda: ways[0].address)
    return _in_time(make_response(text, answer.status), answer)


def _engine_error(error: errors.StaffettaError) -> Response:
    if isinstance(error, errors.NotFound):
        _note_attempt(error)
    answer = answer_for(error)
    if answer is _BROKEN:
        return _unexpected(error)
    if not identity.asked():
        return page(answer)
    return _in_time(problems.of_engine(error, answer.status, answer.title, answer.text), answer)


def _note_attempt(error: errors.NotFound) -> None:
    """Keep that somebody has asked for what is not there for him: it may be a case that keeps him out."""
    actor = g.get("actor")
    if actor is not None:
        with db.transaction() as session:
            exclusion_page.attempted(session, actor, error.ids)


def _in_time(response: Response, answer: Answer) -> Response:
    """Say after how long to try again, where that helps."""
    if answer.retry_after is not None:
        response.headers["Retry-After"] = str(answer.retry_after)
    return response


def _http_error(error: HTTPException) -> Response:
    if error.code is not None and error.code < HTTPStatus.BAD_REQUEST:
        return make_response(error.get_response())
    answer = _CSRF if g.get("refusal") == "csrf" else HTTP.get(error.code or 500, HTTP[400])
    if identity.asked():
        if problems.lacks_scope():
            answer = _SCOPE
        return problems.of_http(error, answer.title, answer.text)
    response = page(answer)
    if isinstance(error, MethodNotAllowed):
        response.allow.update(error.valid_methods or ())
    return response


def _while_answering(error: InternalServerError) -> Response:
    """Answer what was raised while another error was being answered, or an answer finished, as what it is."""
    cause = error.original_exception
    if isinstance(cause, errors.StaffettaError):
        return _engine_error(cause)
    return _http_error(cause) if isinstance(cause, HTTPException) else _unexpected(cause or error)


def _unexpected(error: BaseException) -> Response:
    """Answer 500 and log where it happened, under a reference that people can pass on.

    The exception's own text stays out of the log: it may hold a value of a case.
    """
    reference = secrets.token_hex(4).upper()
    frames = traceback.extract_tb(error.__traceback__)
    where = " < ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in reversed(frames))
    _log.error("unexpected %s, reference %s, %s, at %s", type(error).__qualname__, reference, request.endpoint, where)
    if identity.asked():
        return problems.of_failure(_BROKEN.status, _BROKEN.title, _BROKEN.text, reference)
    return page(_BROKEN, reference=reference)


def _ways_on(answer: Answer) -> list[WayOn]:
    """Offer the thing itself when it still exists for the reader, and always the way home."""
    if g.get("actor") is None:
        return [WayOn(_("Vai all'accesso"), url_for("login.page"))]
    ways = []
    task_id = (request.view_args or {}).get("task_id")
    case_id = (request.view_args or {}).get("case_id")
    # A conflict is about something that is there; an absent thing must not be linked.
    if task_id and answer.status == HTTPStatus.CONFLICT:
        ways.append(WayOn(_("Guarda l'attività"), url_for("task.show", task_id=task_id)))
    if case_id and answer.status == HTTPStatus.CONFLICT:
        ways.append(WayOn(_("Guarda il caso"), url_for("case.show", case_id=case_id)))
    ways.append(WayOn(_("Torna alle attività"), url_for("inbox.page")))
    if answer is _ABSENT and networks.names():
        ways.append(WayOn(_("Cercatelo in un'altra vostra rete"), url_for("login.where", poi=sessions.here())))
    return ways
