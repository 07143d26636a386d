"""The demonstration: everything on this machine, with an invented network, from one command.

accounts.py    who is in it, and the file with their passwords
network.py     the rows: network, agencies, people, parameters, protocols
running.py     database, web and worker as children, kept running, stopped together
"""

from engine.demo.running import run

__all__ = ["run"]
