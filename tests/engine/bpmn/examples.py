"""How many random diagrams a run plays: 200 of each kind, or as many as the environment variable EXAMPLES says."""

import os

from hypothesis import HealthCheck, settings

MANY = settings(
    max_examples=int(os.environ.get("EXAMPLES", "200")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
