"""The command line, `staffetta`: each command opens the installation and calls the engine's verbs."""

from engine.cli.group import main

__all__ = ["main"]
