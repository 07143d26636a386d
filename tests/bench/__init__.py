"""What things cost: `make bench` measures them and prints each figure beside the last recorded one.

Not tests: nothing here fails for being slow, because machines differ. `docs/performance.md` says what to make of it.
"""
