"""The database: how rows are declared, and the only commit in the tree.

One engine per process, set by `configure`. A command is one `transaction()`; its first statement reads the instant that
the whole command lives in (see clock). READ COMMITTED, because the case row is the lock: whoever holds it sees the
latest committed state of everything that belongs to the case.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Annotated, Any, TypeVar, cast
from uuid import UUID, uuid4

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    Dialect,
    Enum,
    Identity,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    create_engine,
    func,
    make_url,
    select,
    text,
)
from sqlalchemy import cast as cast_to
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import DeclarativeBase, QueryableAttribute, Session, mapped_column

from engine import clock, rows, sight
from engine.errors import Busy, ConfigurationError, DatabaseUnavailable, Refused
from engine.sight import Reach, Sight

_Verb = TypeVar("_Verb", bound=Callable[..., Any])

# Where in session.info the savepoint of `keep` stands.
_KEPT = "kept"
# And how far what it does reaches at present.
_REACH = "reach"

# A statement that takes longer is stuck, and a transaction left open holds a case's lock: the server ends both, however
# badly our process is doing.
_STATEMENT_TIMEOUT = timedelta(seconds=30)
_IDLE_IN_TRANSACTION_TIMEOUT = timedelta(seconds=60)
_CONNECT_TIMEOUT = timedelta(seconds=5)
# Whoever waits longer for a case that another command holds is told so, well before her browser gives up.
_LOCK_TIMEOUT = timedelta(seconds=15)

# SQLSTATEs of a server that cannot be talked to now: connection exceptions (08), too many connections, and being shut
# down or started (57P01 to 57P03). A psycopg error without SQLSTATE never reached a server.
_UNREACHABLE = frozenset({"53300", "57P01", "57P02", "57P03"})
_LOCK_NOT_AVAILABLE = "55P03"

_ROLE_POWERS = text(
    """
    SELECT role.rolname AS name, role.rolsuper AS superuser, role.rolcreaterole AS createrole,
        role.rolcreatedb AS createdb, role.rolbypassrls AS bypassrls, role.rolreplication AS replication,
        has_schema_privilege(current_schema(), 'CREATE') AS creates_tables,
        EXISTS (
            SELECT FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND pg_has_role(relowner, 'MEMBER')
        ) AS owns_tables
    FROM pg_roles AS role WHERE role.rolname = current_user
    """,
)

_engines: dict[str, Engine] = {}


class Instant(TypeDecorator[datetime]):
    """A timestamptz column: only aware datetimes go in, UTC comes out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Refuse a datetime without zone: PostgreSQL would take it for local time of its session."""
        return None if value is None else clock.as_utc(value)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Give datetime.UTC whatever zone the session shows."""
        return None if value is None else value.astimezone(UTC)


# Text that is compared and sorted as bytes, so that its order is the same on every server (ids, codes, names).
Key = Annotated[str, mapped_column(Text(collation="C"))]
Serial = Annotated[int, mapped_column(BigInteger, Identity(always=True), primary_key=True)]


class Base(DeclarativeBase):
    """What every row class derives from: explicit constraint names, aware instants, unbounded text."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        },
    )
    type_annotation_map = {datetime: Instant(), str: Text()}  # noqa: RUF012 - SQLAlchemy's declaration


def table(kind: type[Base]) -> Table:
    """Return the table of a class of rows, for statements that are sent past the session."""
    return cast("Table", kind.__table__)


def enum_text(kind: type[enum.StrEnum]) -> Enum:
    """Return a column type that stores the members of `kind` as text under a CHECK constraint."""
    return Enum(
        kind,
        native_enum=False,
        create_constraint=True,
        length=40,
        name=kind.__name__.lower(),
        values_callable=lambda members: [member.value for member in members],
    )


def new_id() -> UUID:
    """Return a new random row id: ids appear in addresses, so they must not be guessable."""
    return uuid4()


def configure(url: str, *, pool_size: int = 5) -> Engine:
    """Use this database from now on; connections to an earlier one are closed."""
    dispose()
    # hide_parameters: SQLAlchemy's error texts would otherwise carry the values of the statement into logs.
    _engines["current"] = create_engine(
        normalised(url),
        pool_size=pool_size,
        max_overflow=pool_size,
        hide_parameters=True,
        isolation_level="READ COMMITTED",
        connect_args={
            "application_name": "staffetta",
            "connect_timeout": int(_CONNECT_TIMEOUT.total_seconds()),
            "options": " ".join(
                [
                    "-c timezone=UTC",
                    f"-c statement_timeout={_milliseconds(_STATEMENT_TIMEOUT)}",
                    f"-c lock_timeout={_milliseconds(_LOCK_TIMEOUT)}",
                    f"-c idle_in_transaction_session_timeout={_milliseconds(_IDLE_IN_TRANSACTION_TIMEOUT)}",
                ],
            ),
        },
    )
    return engine()


def engine() -> Engine:
    """Return the configured engine. RuntimeError before `configure`."""
    try:
        return _engines["current"]
    except KeyError:
        message = "no database is configured: call db.configure(url) first"
        raise RuntimeError(message) from None


def dispose() -> None:
    """Close all connections and forget the engine; to be called after a fork too, before anything else."""
    current = _engines.pop("current", None)
    if current is not None:
        current.dispose()


def normalised(url: str) -> str:
    """Return a database URL with our driver named in it, however its scheme was written."""
    return make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def require_restricted_role(session: Session) -> None:
    """Refuse to work as a role that could undo our guarantees: change tables, or rewrite what is append-only.

    ConfigurationError says what the role has too much of.
    """
    row = session.execute(_ROLE_POWERS).one()
    powers = [name for name, held in row._asdict().items() if held and name != "name"]
    if powers:
        raise ConfigurationError(
            f"the role {row.name} of STAFFETTA_DATABASE_URL has too much power ({', '.join(powers)}): use one that"
            " `staffetta upgrade` granted its rights to, created with CREATE ROLE ... LOGIN and nothing else",
        )


def exclusive(session: Session, name: str) -> None:
    """Let one command at a time pass, of all that call this with the same name, until it commits."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


def keep(session: Session) -> None:
    """Keep what was done so far even when the command is refused from here on: the work of a case that was due."""
    if _KEPT not in session.info:
        session.info[_KEPT] = session.begin_nested()


def held(case_id: ColumnElement[UUID] | QueryableAttribute[UUID]) -> ColumnElement[str]:
    """Return a column for the statement that locks a case: it lets the rest of the command work in that case.

    Also where it ends by itself what it sees the case by: a part that is given up, a wish to be kept out of it.

    What follows finds its rows by the case or by their ids. So its statements are planned once for a connection:
    left to itself PostgreSQL takes the policies' settings for something to plan anew for, each time, and that costs
    more than running them.
    """
    sees = func.set_config("staffetta.case", cast_to(case_id, Text), True)
    return func.concat(sees, func.set_config("plan_cache_mode", "force_generic_plan", True))


def person(user_id: ColumnElement[UUID] | QueryableAttribute[UUID]) -> ColumnElement[str]:
    """Return a column for the statement that finds out who asks: it shows her what she has opened in an emergency."""
    return func.set_config("staffetta.person", cast_to(user_id, Text), True)


def become(session: Session, seen: Sight) -> None:
    """Go on as somebody else, from now on to the end of the transaction: as who she is in another of her networks."""
    session.info[_REACH] = seen.reach
    said = [func.set_config(f"staffetta.{name}", value, True) for name, value in seen.settings.items()]
    session.connection().execute(select(*said))


@contextmanager
def reaching(session: Session, reach: Reach) -> Iterator[None]:
    """Let the database show more than whoever acts sees by herself, for what the verb decides by its own rules."""
    before: Reach = session.info[_REACH]
    if before is Reach.EVERYTHING or before is reach:
        yield
        return
    _reach(session, reach)
    try:
        yield
    except Refused:
        _reach(session, before)
        raise
    _reach(session, before)


def over(reach: Reach) -> Callable[[_Verb], _Verb]:
    """Let the database show a verb so much, where its own rules say what of it the actor may see."""

    def declare(verb: _Verb) -> _Verb:
        @wraps(verb)
        def reached(session: Session, *args: Any, **options: Any) -> Any:
            with reaching(session, reach):
                result = verb(session, *args, **options)
                session.flush()
            return result

        return cast("_Verb", reached)

    return declare


@contextmanager
def transaction(*, read_only: bool = False) -> Iterator[Session]:
    """Run one command: commit on return, roll back on raise.

    A Refused raised after `keep` takes back what came after it, commits what came before, and goes on to the caller.
    DatabaseUnavailable when the server cannot be reached; Busy when what it needs is held by others for too long.
    """
    if clock.running():
        message = "a command is running already in this context: verbs take its session, they open none"
        raise RuntimeError(message)
    with _translating_outages() as stage, rows.CommandSession(engine(), expire_on_commit=False) as session:
        instant = _begin(session, read_only=read_only)
        with clock.bound(instant):
            session.info["now"] = instant
            refusal = None
            try:
                yield session
            except Refused as refused:
                savepoint = session.info.get(_KEPT)
                if savepoint is None:
                    raise
                savepoint.rollback()
                refusal = refused
            session.flush()
            stage["committing"] = not read_only
            session.commit()
            if refusal is not None:
                raise refusal


# Reads the command's instant, and says for whom it reads and writes: in one statement, and until its end only.
_SAID = ", ".join(f"set_config('staffetta.{name}', %({name})s, true)" for name in sight.NOTHING.settings)
_BEGIN = (
    f"SELECT begun.at, set_config('staffetta.now', begun.at::text, true), {_SAID}"  # noqa: S608 - our settings' names  # nosec B608
    " FROM (SELECT coalesce(%(frozen)s::timestamptz, clock_timestamp()) AS at) AS begun"
)


def _begin(session: Session, *, read_only: bool) -> datetime:
    """Begin the command's transaction and read its instant.

    A connection may have died while nobody used it. Its first statement tells, which changes nothing: it is sent once
    more on a fresh one (the pool has thrown away all that are older), and no connection has to be tried before use.
    """
    try:
        return _instant(session, read_only=read_only)
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        session.rollback()
        return _instant(session, read_only=read_only)


def _instant(session: Session, *, read_only: bool) -> datetime:
    """Read the command's instant; also asked of the database when frozen, so that both ways cost the same."""
    connection = session.connection(execution_options={"postgresql_readonly": True} if read_only else {})
    seen = sight.current()
    session.info[_REACH] = seen.reach
    begun = connection.exec_driver_sql(_BEGIN, {**seen.settings, "frozen": clock.frozen_at()})
    return clock.as_utc(begun.scalar_one())


def _reach(session: Session, reach: Reach) -> None:
    session.info[_REACH] = reach
    said = select(func.set_config("staffetta.reach", reach.value, True))
    session.connection().execute(said)


@contextmanager
def _translating_outages() -> Iterator[dict[str, bool]]:
    stage = {"committing": False}
    try:
        yield stage
    except PoolTimeoutError as error:
        raise DatabaseUnavailable from error
    except (OperationalError, InterfaceError) as error:
        if getattr(error.orig, "sqlstate", None) == _LOCK_NOT_AVAILABLE:
            raise Busy from None
        if not is_outage(error):
            raise
        raise DatabaseUnavailable(in_doubt=stage["committing"]) from error


def is_outage(error: DBAPIError) -> bool:
    """Tell whether the database could not be reached or went away, as opposed to a statement that it refused."""
    sqlstate: Any = getattr(error.orig, "sqlstate", None)
    if error.connection_invalidated or sqlstate in _UNREACHABLE:
        return True
    return sqlstate is None or str(sqlstate).startswith("08")


def _milliseconds(length: timedelta) -> int:
    return length // timedelta(milliseconds=1)
