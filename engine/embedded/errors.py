"""What can go wrong with the embedded database."""

from engine.errors import Failure


class EmbeddedDatabaseError(Failure):
    """The embedded database cannot be started or used. The message says why, and what to do."""
