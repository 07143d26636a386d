"""Cases: what runs, what is owed, what was done. Every change goes through `execution.locked`."""
