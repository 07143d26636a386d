"""Deadlines and their ladders: what is due, and when. Firing changes cases and lives in `cases`."""
