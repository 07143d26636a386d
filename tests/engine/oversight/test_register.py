"""Who reads the register of accesses, asked of the first wall alone: here the database shows every row."""

from __future__ import annotations

from engine.cases import exclusions
from engine.cases.exclusions import Subject
from engine.oversight import register
from engine.oversight.register import Asked
from engine.participants.models import Role
from tests.engine.cases.conftest import START, World
from tests.engine.cases.test_roles import somebody


def test_the_officer_reads_of_every_case_but_of_one_that_keeps_him_out(world: World) -> None:
    officer = somebody(world, "capofila", Role.DPO)
    kept, other = world.start("orologi", urgenza="alta"), world.start("orologi", urgenza="alta")
    with world.at(START) as session:
        person = Subject(user_id=officer.user_id)
        exclusions.put(session, world.people["operatrice.cav"], kept.id, person, reason="lo conosce")
    with world.at(START) as session:
        shown = {line.case_code for line in register.page(session, officer, Asked()).lines}
        assert other.code in shown
        assert kept.code not in shown
        assert not register.page(session, officer, Asked(code=kept.code)).found
