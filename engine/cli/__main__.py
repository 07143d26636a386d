"""`python -m engine.cli` is `staffetta`: children are started so, whatever the PATH."""

from engine.cli.group import main

main()
