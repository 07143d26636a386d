"""What the rules beside this must find (ruleid) and must let pass (ok). Read by `semgrep --test`, run by nobody."""

import hashlib
import hmac
import logging
from pathlib import Path

from flask import redirect, request, url_for
from sqlalchemy import text

from engine import errors
from engine.cases import confidential, submissions
from engine.errors import Failure
from web import sessions

_log = logging.getLogger(__name__)


def tells(session, row):
    values = confidential.open_answer(session, row)
    # ruleid: opened-value-is-told
    _log.warning("not understood: %s", values)
    name = values["nome"]
    # ruleid: opened-value-is-told
    raise errors.Conflict("not_understood", value=f"{name}!")


def tells_by_a_detour(session, row):
    answer = submissions.opened(session, row)
    words = list(map(str, answer.values))
    # ruleid: opened-value-is-told
    print(", ".join(words))


def names_the_row(session, row):
    values = confidential.open_answer(session, row)
    if not values:
        # ok: opened-value-is-told
        _log.warning("nothing in %s", row.id)
        # ok: opened-value-is-told
        raise errors.Conflict("empty", answer=row.id)
    return values


def runs_it(session):
    order = request.args["ordine"]
    # ruleid: request-reaches-what-runs-it
    session.execute(text("SELECT 1 ORDER BY " + order))
    # ruleid: request-reaches-what-runs-it
    Path("/srv") / Path(request.form["file"]).read_text()
    where = request.args.get("poi")
    # ruleid: request-reaches-what-runs-it
    return redirect(where)


def goes_where_it_may(session):
    # ok: request-reaches-what-runs-it
    session.execute(text("SELECT :it"), {"it": 1})
    # ok: request-reaches-what-runs-it
    return redirect(sessions.local_path(request.args.get("poi")) or url_for("inbox.page"))


def logs():
    typed = request.form["codice"]
    # ruleid: request-is-logged
    _log.info("looked for %s", typed)
    # ok: request-is-logged
    _log.info("looked at %s", request.endpoint)


def compares(given, secret):
    # ruleid: secret-is-compared-in-passing
    if hashlib.sha256(given).hexdigest() == secret:
        return True
    # ok: secret-is-compared-in-passing
    return hmac.compare_digest(hashlib.sha256(given).hexdigest(), secret)


def shows(work):
    try:
        work()
    except Exception as error:
        # ruleid: error-is-shown-with-its-text
        _log.error("failed: %s", error)
        # ok: error-is-shown-with-its-text
        _log.exception("failed: %s", type(error).__name__, exc_info=False)
        # ruleid: error-is-shown-with-its-text
        _log.exception("failed")


def shows_ours(work):
    try:
        work()
    except Failure as failure:
        # ok: error-is-shown-with-its-text
        _log.warning("it does not come back yet: %s", failure)
