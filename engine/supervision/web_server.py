"""Gunicorn's configuration, as it reads it: module-level names are its settings.

No access log: addresses of pages hold ids of cases and say who looked when, which belongs in the audit alone.
"""

from __future__ import annotations

import os
import signal
import threading

from engine import settings, supervision

_settings = settings.load()
_descriptor = os.environ.get(supervision.LISTEN_FD)
_host = f"[{_settings.host}]" if ":" in _settings.host else _settings.host

bind = f"fd://{_descriptor}" if _descriptor else f"{_host}:{_settings.port}"
workers = 2
worker_class = "gthread"
threads = 4
timeout = 60  # seconds without a sign of life before a worker is replaced
graceful_timeout = 10  # seconds for requests under way when stopping
keepalive = 5  # seconds
accesslog = None
loglevel = "warning"
proc_name = "staffetta-web"
control_socket_disable = True


def on_starting(_server: object) -> None:
    """End with the process that supervises this one; gunicorn's own workers notice when their master is gone."""
    supervision.end_with_parent(_end)


def post_worker_init(_worker: object) -> None:
    """Settle down once the application is there."""
    supervision.settle()


def _end() -> None:
    """Stop as gunicorn does, and at once if that takes too long: nobody is left to do it from outside."""
    threading.Timer(graceful_timeout + 5, lambda: os._exit(1)).start()
    os.kill(os.getpid(), signal.SIGTERM)
