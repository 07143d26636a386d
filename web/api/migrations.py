"""Running cases that go over to another version of their protocol: the plan, and doing it, page by page.

A token of who draws or administers protocols sees how many cases stand where, never which, as on the page.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import Any
from uuid import UUID

from engine import db
from engine.bpmn import obstacles
from engine.bpmn.migration import Obstacle
from engine.cases import migration, migration_plan
from engine.cases.migration_plan import CasePlan, Group
from engine.participants.token_models import TokenScope
from web.api import bodies, cursors, definition_schemas, identity, problems
from web.api.routes import Routes, Session

routes = Routes("migrations", "Running cases that go over to another version of their protocol.")


@routes.command(
    "/definitions/<uuid:definition_id>/migration/plan",
    TokenScope.DEPLOY,
    takes=bodies.MigrationPlan(),
    gives=definition_schemas.Plan(),
)
def plan_migration(session: Session, body: dict[str, Any], definition_id: UUID) -> dict[str, Any]:
    """Say what would become of running cases in this version, in groups that would fare alike; change nothing."""
    page, following = _page(session, definition_id, body)
    groups = [_row(group) for group in migration_plan.groups(page)]
    standing = migration.count(session, identity.actor(), definition_id)
    return {"groups": groups, "standing": standing, "next": following}


@routes.in_parts(
    "/definitions/<uuid:definition_id>/migration/apply",
    TokenScope.DEPLOY,
    takes=bodies.MigrationApply(),
    gives=definition_schemas.Carried(),
)
def apply_migration(body: dict[str, Any], definition_id: UUID) -> dict[str, Any]:
    """Carry the cases of these groups over, those that a plan of the same page names, each for itself.

    Whoever is interrupted asks again: a case that has gone over is in no plan any more.
    """
    with db.transaction() as session:
        page, following = _page(session, definition_id, body)
    ready = [one.case_id for one in page if one.alike in body["groups"] and not one.obstacles]
    outcomes = migration.apply(identity.actor(), definition_id, ready, body["names"])
    stayed = Counter((one.code, one.obstacles) for one in outcomes if one.code is not None)
    return {
        "gone": sum(one.code is None for one in outcomes),
        "stayed": [
            {"code": code, "count": count, "problems": _problems(found)} for (code, found), count in stayed.items()
        ],
        "next": following,
    }


def _page(session: Session, definition_id: UUID, body: dict[str, Any]) -> tuple[list[CasePlan], str | None]:
    """Give a page of the plan, and where the next one begins; going over changes the position of no other case."""
    listed, limit = f"migration:{definition_id}", body["limit"]
    after = cursors.read(body.get("cursor"), listed, str) or ""
    found = migration.plan(session, identity.actor(), definition_id, body["names"], after=after, limit=limit + 1)
    page = found[:limit]
    return page, cursors.write(listed, page[-1].position) if len(found) > limit else None


def _row(group: Group) -> dict[str, Any]:
    """Give a group; an instant is one case's, and said of one only."""
    lines = [asdict(line) | ({} if group.count == 1 else {"due_at": None}) for line in group.lines]
    return {**asdict(group), "lines": lines, "problems": _problems(group.obstacles)}


def _problems(found: tuple[Obstacle, ...]) -> list[dict[str, Any]]:
    return problems.of_designers(obstacles.problem(one) for one in found)
