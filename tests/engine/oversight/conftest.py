"""The network of the tests of cases."""

from tests.engine.cases.conftest import world, world_template, world_urls

__all__ = ["world", "world_template", "world_urls"]
