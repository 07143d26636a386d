"""Named durations and switches of a network, versioned with date and approving body.

Diagrams name them, never a length. A switch says whether a rule holds that waits for the approval of the network.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import takewhile
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    Boolean,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    func,
    null,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, mapped_column

from engine import audit, db, terms
from engine.calendars.lengths import Clock, Length
from engine.clock import now
from engine.db import Base, Key, enum_text, new_id
from engine.errors import InvalidValue, NotFound
from engine.ladders import versions as ladders
from engine.ladders.models import LadderVersion
from engine.ladders.steps import EscalationClass, Ladder
from engine.participants import access
from engine.participants.access import Action, Actor
from engine.terms import Nature

DEFAULT = "predefinito"  # in `approved_by`: nobody has, the value is ours


class Parameter(Base):
    """One version of a named duration, or of a switch: `length` (ISO 8601) and `clock`, or `switch`, are set.

    A new version never changes deadlines already armed, nor a decision already made. `reminders` are those that its
    deadlines have instead of those of their ladder.
    """

    __tablename__ = "parameter"
    __table_args__ = (
        UniqueConstraint("network_id", "name", "version"),
        CheckConstraint("(length IS NULL) = (clock IS NULL) AND (length IS NULL) <> (switch IS NULL)", "one_value"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))
    name: Mapped[Key]
    version: Mapped[int]
    length: Mapped[Key | None]
    clock: Mapped[Clock | None] = mapped_column(enum_text(Clock))
    switch: Mapped[bool | None]
    escalation_class: Mapped[EscalationClass | None] = mapped_column(enum_text(EscalationClass))
    reminders: Mapped[list[str] | None] = mapped_column(ARRAY(Text(collation="C")))
    nature: Mapped[Nature] = mapped_column(enum_text(Nature))
    tag: Mapped[str]
    title_it: Mapped[str]
    title_en: Mapped[str]
    valid_from: Mapped[datetime] = mapped_column(default=now)
    approved_by: Mapped[str]

    @property
    def duration(self) -> Length:
        """The length, on its clock. TypeError for a switch."""
        if self.length is None or self.clock is None:
            raise TypeError(f"parameter {self.name} has no length")
        return Length.read(self.length, self.clock)


@dataclass(frozen=True, slots=True)
class Names:
    """What diagrams may name: durations, those of them that count days of a calendar or an office, and switches."""

    durations: frozenset[str]
    of_calendars: frozenset[str]
    of_offices: frozenset[str]
    switches: frozenset[str]

    @classmethod
    def of(cls, rows: Mapping[str, Parameter]) -> Names:
        """Take them from the versions that are in force."""
        return cls._sorted((name, row.clock) for name, row in rows.items())

    @classmethod
    def read(cls, toml: str | bytes) -> Names:
        """Take them from a file of default values. Raises InvalidValue."""
        return cls._sorted((name, entry["clock"]) for name, entry in terms.read(toml).items())

    @classmethod
    def _sorted(cls, clocks: Iterable[tuple[str, Clock | None]]) -> Names:
        """Sort names by the clock of each; a switch has none."""
        known = dict(clocks)
        switches = frozenset(name for name, kind in known.items() if kind is None)
        of_calendars = frozenset(name for name, kind in known.items() if kind not in {None, Clock.H})
        of_offices = frozenset(name for name, kind in known.items() if kind is Clock.GL)
        return cls(frozenset(known) - switches, of_calendars, of_offices, switches)


_parameters, _ladders = db.table(Parameter).c, db.table(LadderVersion).c
_OF_NETWORK = bindparam("network", type_=_parameters.network_id.type)
_NOW = bindparam("now", type_=_parameters.valid_from.type)
_VALUE = (_parameters.name, _parameters.length, _parameters.clock, _parameters.switch, _parameters.reminders)
_NAMED = (
    select(*_VALUE, null().cast(_ladders.id.type).label("id"), null().cast(_ladders.steps.type).label("steps"))
    .where(_parameters.network_id == _OF_NETWORK, _parameters.valid_from <= _NOW)
    .ext(distinct_on(_parameters.name))
    .order_by(_parameters.name, _parameters.version.desc())
    .subquery()
)
_CLIMBING = (
    select(
        _ladders.escalation_class.cast(Text).label("name"),
        _ladders.acknowledged,
        _ladders.clock,
        null().cast(Boolean).label("switch"),
        null().cast(_parameters.reminders.type).label("reminders"),
        _ladders.id,
        _ladders.steps,
    )
    .where(_ladders.network_id == _OF_NETWORK)
    .ext(distinct_on(_ladders.escalation_class))
    .order_by(_ladders.escalation_class, _ladders.version.desc())
    .subquery()
)


def stamp(
    network_id: ColumnElement[UUID] | InstrumentedAttribute[UUID], moment: BindParameter[datetime]
) -> ColumnElement[str]:
    """Return a column that is another one whenever a parameter or a ladder of a network is, at a moment: `values`."""

    def all_of(versions: Table, *in_force: ColumnElement[bool]) -> ColumnElement[Any]:
        ids = func.bit_xor(func.hashtextextended(versions.c.id.cast(Text), 0))
        of_network = select(ids).where(versions.c.network_id == network_id, *in_force)
        return of_network.correlate_except(versions).scalar_subquery()

    parameters, ladders_ = db.table(Parameter), db.table(LadderVersion)
    return func.concat(all_of(parameters, parameters.c.valid_from <= moment), "/", all_of(ladders_))


# The parameters that are in force and the ladders, by one statement: every command that arms a clock needs both.
_BOTH = select(_NAMED).union_all(select(_CLIMBING)).subquery()
_IN_FORCE = select(_BOTH, stamp(_OF_NETWORK, _NOW).label("stamp"))


@dataclass(frozen=True, slots=True)
class _InForce:
    """What is in force in a network, and the stamp by which another command knows that it still is."""

    stamp: str
    named: dict[str, Any]
    ladders: dict[str, Any]
    lengths: dict[str, Length | bool]

    @classmethod
    def of(cls, rows: Sequence[Any]) -> _InForce:
        named = {row.name: row for row in rows if row.id is None}
        lengths = {
            name: Length.read(row.length, row.clock) if row.switch is None else bool(row.switch)
            for name, row in named.items()
        }
        return cls(rows[0].stamp if rows else "", named, {row.name: row for row in rows if row.id is not None}, lengths)


# By network. What is there is looked at by its stamp first, so that nothing has to be told when it changes.
_known: dict[UUID, _InForce] = {}


class Values(Mapping[str, timedelta | Length | bool]):
    """Values as a command needs them, and the ladders: most commands arm no clock and ask for none."""

    def __init__(self, session: Session, network_id: UUID, stamp: str | None = None) -> None:
        self._session = session
        self._network_id, self._now, self._stamp = network_id, now(), stamp

    def __getitem__(self, name: str) -> timedelta | Length | bool:
        value = self._found.lengths[name]
        if isinstance(value, bool):
            return value
        return value.time if value.clock is Clock.H else value

    def __iter__(self) -> Iterator[str]:
        return iter(self._found.lengths)

    def __len__(self) -> int:
        return len(self._found.lengths)

    def reminders(self, name: str) -> list[str] | None:
        """Return the reminders that a duration has of its own. Raises KeyError."""
        found: list[str] | None = self._found.named[name].reminders
        return found

    def ladder(self, name: EscalationClass) -> Ladder:
        """Return the ladder of a class. Raises KeyError for a network that has none."""
        row = self._found.ladders[name]
        return ladders.value(row.id, row.clock, row.length, row.steps)

    @cached_property
    def _found(self) -> _InForce:
        known = _known.get(self._network_id)
        if known is not None and known.stamp == self._stamp:
            return known
        # On the connection: a command asks in the midst of its changes, which need not be written for it.
        where = {"network": self._network_id, "now": self._now}
        found = _InForce.of(self._session.connection().execute(_IN_FORCE, where).all())
        _known[self._network_id] = found
        return found


Titles: TypeAlias = tuple[str, str]
"""The Italian and the English title of a parameter."""

_TITLES = (
    select(_parameters.name, _parameters.title_it, _parameters.title_en)
    .where(_parameters.network_id == bindparam("network"), _parameters.valid_from <= bindparam("now"))
    .ext(distinct_on(_parameters.name))
    .order_by(_parameters.name, _parameters.version.desc())
)


def named(session: Session, network_id: UUID) -> Mapping[str, Titles]:
    """Return the titles of each parameter that is in force now, by name: for pages, which show nothing else of it."""
    rows = session.execute(_TITLES, {"network": network_id, "now": now()})
    return {name: (title_it, title_en) for name, title_it, title_en in rows}


def current(session: Session, network_id: UUID) -> Mapping[str, Parameter]:
    """Return the version of each parameter that is in force now, by name."""
    rows = session.scalars(
        select(Parameter)
        .where(Parameter.network_id == network_id, Parameter.valid_from <= now())
        .ext(distinct_on(Parameter.name))
        .order_by(Parameter.name, Parameter.version.desc()),
    )
    return {row.name: row for row in rows}


def family(names: Iterable[str]) -> str:
    """Return what several names have in common up to a dot: of D03.alto and D03.altro it is D03, of one alone itself.

    Where a diagram chooses between lengths by what it knows of a case, the name of the chosen one would tell it.
    """
    return _shared(names, ".")


def titles(named: Mapping[str, Titles], name: str) -> Titles:
    """Return the titles of a parameter, or what those of its variants have in common."""
    found = [row for key, row in named.items() if key == name or key.startswith(f"{name}.")]
    return _shared([title_it for title_it, _ in found], ", "), _shared([title_en for _, title_en in found], ", ")


def values(session: Session, network_id: UUID, stamp: str | None = None) -> Values:
    """Return the values that are in force now, by name; they are read when the first of them is asked for.

    Not even then where the command has read the `stamp`, and it is the one by which this process knows them. Elapsed
    time is a plain duration, with which FEEL can count; a length on another clock is only for deadlines.
    """
    return Values(session, network_id, stamp)


def load_defaults(session: Session, network_id: UUID, toml: str | bytes) -> list[str]:
    """Bring our default values into a network; return the names that got a new version.

    What the network has set itself stays. A default that a release changes becomes a new version only where the network
    still goes by ours. InvalidValue names the parameter that cannot be right; nothing is loaded then.
    """
    existing = _newest(session, network_id)
    loaded = []
    for name, entry in terms.read(toml).items():
        before = existing.get(name)
        if before is not None and (before.approved_by != DEFAULT or _same(before, entry)):
            continue
        session.add(
            Parameter(
                network_id=network_id,
                name=name,
                version=before.version + 1 if before else 1,
                valid_from=now(),
                approved_by=DEFAULT,
                **entry,
            ),
        )
        loaded.append(name)
    session.flush()
    return loaded


def approve(session: Session, actor: Actor, name: str, *, value: bool, approved_by: str) -> Parameter:
    """Turn a switch on or off from now on, in the name of the body that has decided it; decisions made before stay.

    Raises NotFound, InvalidValue for a duration or without a body, Forbidden.
    """
    access.require(actor, Action.CHANGE_PARAMETERS)
    before = _newest(session, actor.network_id).get(name)
    if before is None:
        raise NotFound("parameter_not_found", parameter=name)
    if before.switch is None:
        raise InvalidValue(name, "not_a_switch")
    row = _successor(session, before, approved_by=approved_by, valid_from=now(), switch=value)
    audit.record(session, actor, "parameter.approved", "parameter", row.id, name=name, version=row.version, value=value)
    return row


def change(
    session: Session, actor: Actor, name: str, *, length: str, approved_by: str, valid_from: datetime | None = None
) -> Parameter:
    """Give a duration a new version, from now or from a later instant on; deadlines that run already keep theirs.

    Raises NotFound, InvalidValue for a switch, without a body or from before now, Forbidden.
    """
    access.require(actor, Action.CHANGE_PARAMETERS)
    before = _newest(session, actor.network_id).get(name)
    if before is None:
        raise NotFound("parameter_not_found", parameter=name)
    if before.length is None:
        raise InvalidValue("length", "not_a_length")
    since = valid_from or now()
    if since < now():
        raise InvalidValue("valid_from", "in_the_past")
    row = _successor(
        session, before, approved_by=approved_by, valid_from=since, length=terms.length("length", length, before.clock)
    )
    told = {"name": name, "version": row.version, "length": length, "valid_from": since.isoformat()}
    audit.record(session, actor, "parameter.changed", "parameter", row.id, network_id=None, **told)
    return row


def versions(session: Session, network_id: UUID) -> list[Parameter]:
    """Return every version of every parameter of a network, also those that do not count yet or no longer."""
    query = select(Parameter).where(Parameter.network_id == network_id)
    return list(session.scalars(query.order_by(Parameter.name, Parameter.version)))


def _successor(
    session: Session, before: Parameter, *, approved_by: str, valid_from: datetime, **value: str | bool
) -> Parameter:
    """Add the next version of a parameter: what it is stays, its value is another."""
    body = approved_by.strip()
    if not body or body == DEFAULT:
        raise InvalidValue("approved_by", "required")
    row = Parameter(
        network_id=before.network_id,
        name=before.name,
        version=before.version + 1,
        clock=before.clock,
        escalation_class=before.escalation_class,
        reminders=before.reminders,
        nature=before.nature,
        tag=before.tag,
        title_it=before.title_it,
        title_en=before.title_en,
        valid_from=valid_from,
        approved_by=body,
        **value,
    )
    session.add(row)
    session.flush()
    return row


def _shared(texts: Iterable[str], separator: str) -> str:
    """Return the parts that all texts begin with."""
    parts = zip(*[text.split(separator) for text in texts], strict=False)
    return separator.join(first for first, *_ in takewhile(lambda each: len(set(each)) == 1, parts))


def _newest(session: Session, network_id: UUID) -> dict[str, Parameter]:
    """Return the newest version of each parameter, also one that is not in force yet.

    Two processes may start at once: the second waits, and sees what the first has loaded.
    """
    db.exclusive(session, f"parameters:{network_id}")
    rows = session.scalars(
        select(Parameter)
        .where(Parameter.network_id == network_id)
        .ext(distinct_on(Parameter.name))
        .order_by(Parameter.name, Parameter.version.desc()),
    )
    return {row.name: row for row in rows}


def _same(row: Parameter, entry: Mapping[str, Any]) -> bool:
    return all(getattr(row, column) == value for column, value in entry.items())
