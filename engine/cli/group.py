"""The group of all commands, and how what goes wrong is told."""

from __future__ import annotations

import logging
import signal
import sys
from types import FrameType

import click

from engine.cli import (
    administration,
    agencies,
    audit,
    doctor,
    erasures,
    keys,
    ladders,
    migrations,
    parameters,
    protocols,
    refusals,
    services,
    speech,
    tokens,
)
from engine.errors import Failure, InvalidProcess, Refused


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="staffetta")
def group() -> None:
    """Run the protocols of an anti-violence network. Settings come from STAFFETTA_* variables; see docs."""


for _command in (
    administration.init,
    administration.upgrade,
    agencies.agency,
    agencies.service,
    administration.user,
    tokens.token,
    parameters.parameter,
    ladders.ladder,
    ladders.on_call,
    keys.keys,
    audit.audit,
    audit.verify_audit,
    erasures.erasures,
    protocols.deploy,
    protocols.lint,
    migrations.migrate,
    doctor.doctor,
    services.serve,
    services.worker,
    services.demo,
):
    group.add_command(_command)
speech.add_option(group)


def main() -> None:
    """Run the command line: 0 done, 1 refused, 2 wrongly called, 3 the installation is not in order."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    logging.getLogger("staffetta").setLevel(logging.INFO)
    signal.signal(signal.SIGTERM, _leave)
    speech.begin()
    try:
        group()
    except InvalidProcess as refused:
        refusals.tell(refused.problems)
        sys.exit(1)
    except Refused as refused:
        click.echo(refusals.sentence(refused), err=True)
        sys.exit(1)
    except Failure as failure:
        click.echo(f"staffetta: {failure}", err=True)
        sys.exit(3)


def _leave(_number: int, _frame: FrameType | None) -> None:
    """Leave in order when asked to end, so that what is held is released."""
    sys.exit(128 + signal.SIGTERM)
