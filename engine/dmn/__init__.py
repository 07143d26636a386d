"""Decision models: DMN 1.2 to 1.5 on FEEL.

    model = dmn.read({"rischio.dmn": content}, "rischio.dmn")     # raises InvalidProcess: all problems at once
    outcome = model.evaluate("rischio_rapido", {"strangolamento": True})
    outcome.value, outcome.failures, outcome.tables               # "ALTO", (), which rules matched and why

The way of a file: `parsing` (hardened XML, `allowlist`, to `model`) -> `graph` (who needs whom) -> `types`,
`compiling`, `tables`, `hit_policies` (closures) -> `decisions.Model`. `lint` looks for overlaps, gaps and dead rules.
Where DMN says that something has no value, it is null and `failures` says why; nothing is guessed.
"""

from engine.dmn.decisions import Model, examine, read
from engine.dmn.evaluation import Outcome
from engine.dmn.library import Decision, Library
from engine.dmn.run import Failure, Match, TableTrace

__all__ = ["Decision", "Failure", "Library", "Match", "Model", "Outcome", "TableTrace", "examine", "read"]
