"""Opening an installation for a command: its settings, its database, its keys."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy.orm import Session

from engine import blind, crypto, db, embedded, migrations, settings, sight
from engine.cases import tombstones
from engine.errors import ConfigurationError
from engine.notifications import carriers
from engine.participants import directory
from engine.participants.models import Network
from engine.settings import Settings


@dataclass(frozen=True, slots=True)
class Installation:
    """An opened installation. `cluster` is None when the database is somebody else's to run."""

    settings: Settings
    cluster: embedded.Cluster | None
    owner_url: str | None

    def upgrade(self) -> None:
        """Bring the database to this release's version, as its owner."""
        if self.owner_url is None:
            raise ConfigurationError(
                "STAFFETTA_DATABASE_OWNER_URL is missing: name the role that owns the tables (this command only)",
            )
        migrations.upgrade(self.owner_url, app_role=self.settings.app_role or migrations.DEFAULT_APP_ROLE)


@contextmanager
def installation(data_dir: Path | None = None) -> Iterator[Installation]:
    """Open the installation that the settings name; the embedded database is started, and held meanwhile."""
    sight.assume(sight.EVERYTHING)  # whoever has the command line acts for nobody
    loaded = settings.load({**os.environ, "STAFFETTA_DATA_DIR": str(data_dir)} if data_dir is not None else None)
    crypto.configure(loaded.keys)
    blind.configure(loaded.index_key)
    carriers.configure(loaded.senders)
    try:
        if loaded.database_url is not None:
            db.configure(loaded.database_url)
            yield Installation(loaded, None, loaded.database_owner_url)
            return
        cluster = embedded.Cluster(embedded_directory(loaded.data_dir))
        with cluster.hold() as endpoint:
            app_url = endpoint.url(embedded.APPLICATION)
            db.configure(app_url)
            try:
                yield Installation(replace(loaded, database_url=app_url), cluster, endpoint.url(embedded.OWNER))
            finally:
                db.dispose()  # before the server is asked to stop
    finally:
        db.dispose()


@contextmanager
def ready(data_dir: Path | None = None) -> Iterator[Installation]:
    """Open an installation that is fit to work: database at this release's version, role without needless rights."""
    with installation(data_dir) as opened:
        with db.transaction(read_only=True) as session:
            migrations.require_current(session)
            db.require_restricted_role(session)
        yield opened


@contextmanager
def working() -> Iterator[Installation]:
    """Open an installation that is fit to work, and in which what was erased is erased."""
    with ready() as opened:
        tombstones.require_erased(opened.settings.erasures_file)
        yield opened


def embedded_directory(data_dir: Path) -> Path:
    """Return where the embedded database of an installation lies."""
    return data_dir / "postgresql"


def network_of(session: Session, key: str | None) -> Network:
    """Return the network with this key; without one, the only network there is. ConfigurationError when unclear."""
    if key is not None:
        return directory.network_named(session, key)
    networks = directory.networks(session)
    if len(networks) != 1:
        keys = ", ".join(network.key for network in networks) or "none yet: run `staffetta init`"
        raise ConfigurationError(f"name the network with --network ({keys})")
    return networks[0]
