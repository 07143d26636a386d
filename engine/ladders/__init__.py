"""The ladders of a network's escalation classes, as data: when a late step climbs, to whom, and what is done then."""
