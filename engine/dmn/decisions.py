"""Decision models as they are used: read from files, checked, and asked for decisions."""

from collections.abc import Mapping
from typing import Any

import feel
from engine import errors
from engine.dmn import boxes, compiling, graph, iterators, model, parsing, tables, types
from engine.dmn.compiling import Compiler
from engine.dmn.evaluation import Elements, Made, Outcome, World
from engine.dmn.graph import Key, Node
from engine.dmn.run import Failure, Run
from engine.errors import Problem
from feel.values import Value

_COMPILERS = {**boxes.COMPILERS, **iterators.COMPILERS, **tables.COMPILERS}


class Model:
    """A set of decision models, compiled; immutable, shared between threads.

    `problems` is what is wrong with it, `warnings` what works but may not be meant (gaps in tables).
    """

    def __init__(
        self, made: Mapping[Key, Made], main: str, problems: tuple[Problem, ...], warnings: tuple[Problem, ...]
    ) -> None:
        self.problems = problems
        self.warnings = warnings
        self._elements = Elements(made)
        self._by_name: dict[str, Key] = {}
        # What the main model holds goes before what it imports, and names go before ids.
        asked = [key for key in made if isinstance(made[key].node.element, (model.Decision, model.Service))]
        keys = sorted(asked, key=lambda key: key[0] != main)
        for key in keys:
            self._by_name.setdefault(made[key].node.element.variable.name, key)
        for key in keys:
            element = made[key].node.element
            self._by_name.setdefault(element.name if isinstance(element, model.Decision) else key[1], key)
            self._by_name.setdefault(key[1], key)
        self._main = main

    @property
    def decisions(self) -> tuple[str, ...]:
        """The names of the decisions of the main model, in the order of the file."""
        return self._names(model.Decision)

    @property
    def services(self) -> tuple[str, ...]:
        """The names of the decision services of the main model, in the order of the file."""
        return self._names(model.Service)

    def inputs(self, name: str) -> frozenset[str]:
        """Return the names of the inputs that a decision or service needs, directly or not; raises KeyError."""
        made = self._elements.made[self._by_name[name]]
        if isinstance(made.node.element, model.Service):
            return frozenset(need.name for need in made.node.information)
        return frozenset(
            need.name
            for key in self._elements.order(made.node.key)
            for need in self._elements.made[key].node.information
            if isinstance(self._elements.made[need.key].node.element, model.InputData)
        )

    def evaluate(self, name: str, inputs: Mapping[str, Value]) -> Outcome:
        """Make a decision, or call a decision service, on inputs by name; absent ones are null.

        An input of an imported model can also be given as `namespace#name`. Raises KeyError for a name that is
        neither, and whatever a host function raises; never anything because of the values.
        """
        key = self._by_name[name]
        run = Run()
        world = World(self._elements, run, inputs)
        value: Any = None
        try:
            value = self._value(key, world, inputs, run)
        except (feel.FeelLimitError, RecursionError):
            run.failures.append(Failure(world.at, "limit"))
        return Outcome(value, tuple(run.failures), tuple(run.tables), world.by_name())

    def _value(self, key: Key, world: World, inputs: Mapping[str, Value], run: Run) -> Any:
        made = self._elements.made[key]
        if isinstance(made.node.element, model.Service):
            needs = zip(made.node.information, made.parameters, strict=True)
            given = [types.complete(inputs.get(need.name), wanted, run.budget) for need, wanted in needs]
            return world.function(key).invoke(run.budget, given)
        return world.decide(self._elements.order(key))

    def _names(self, kind: type) -> tuple[str, ...]:
        return tuple(
            made.node.element.variable.name
            for key, made in self._elements.made.items()
            if key[0] == self._main and isinstance(made.node.element, kind)
        )


def read(files: Mapping[str, bytes], main: str, *, functions: feel.HostFunctions | None = None) -> Model:
    """Read the file called `main` with all that it imports; raises InvalidProcess with everything that is wrong."""
    found = examine(files, main, functions=functions)
    if found.problems:
        raise errors.InvalidProcess(found.problems)
    return found


def examine(files: Mapping[str, bytes], main: str, *, functions: feel.HostFunctions | None = None) -> Model:
    """Read a model even when parts of it are wrong: those are null, and `problems` says which.

    Raises InvalidProcess only for a file that is no decision model at all.
    """
    problems: list[Problem] = []
    models: dict[str, model.Definitions] = {}
    main_namespace = ""
    for name in (main, *(name for name in files if name != main)):
        definitions, found = parsing.read(files[name], name)
        problems += found
        if definitions.namespace in models:
            place = definitions.place
            reason = f"Due file hanno lo stesso namespace «{definitions.namespace[:200]}»."
            problems.append(Problem(place.element, reason, "Dare a ogni modello un namespace suo.", place.line))
            continue
        models[definitions.namespace] = definitions
        if name == main:
            main_namespace = definitions.namespace
    warnings: list[Problem] = []
    try:
        made = _Builder(models, functions or {}, problems, warnings).build()
    except RecursionError:
        reason = "Il modello è troppo annidato: tipi dentro tipi, o riquadri dentro riquadri."
        raise errors.InvalidProcess((Problem(main, reason, "Semplificarlo."),)) from None
    return Model(made, main_namespace, tuple(problems), tuple(warnings))


class _Builder:
    """Compiles the elements of all models."""

    def __init__(
        self,
        models: Mapping[str, model.Definitions],
        functions: feel.HostFunctions,
        problems: list[Problem],
        warnings: list[Problem],
    ) -> None:
        self._problems = problems
        self._nodes = graph.link(models, problems)
        declared = {namespace: types.Types(found, problems) for namespace, found in models.items()}
        for namespace, found in models.items():
            for imported in found.imports:
                self._import(declared, namespace, imported)
        names = _fields(models)
        self._compilers = {
            namespace: Compiler(declared[namespace], functions, names, problems, warnings, _COMPILERS)
            for namespace in models
        }

    def build(self) -> dict[Key, Made]:
        """Return all elements, ready to be evaluated."""
        return {key: self._made(node) for key, node in self._nodes.items()}

    def _import(self, declared: Mapping[str, types.Types], namespace: str, imported: model.Import) -> None:
        if imported.namespace in declared:
            declared[namespace].add_import(imported.name, declared[imported.namespace])
        else:
            place = imported.place
            reason = f"Il modello importato «{imported.namespace[:200]}» non è fra i file."
            self._problems.append(Problem(place.element, reason, "Caricare anche quel file.", place.line))

    def _made(self, node: Node) -> Made:
        compiler = self._compilers[node.key[0]]
        element = node.element
        variable = element.variable
        own = compiler.declared.resolve(variable.type, variable.place)
        if isinstance(element, model.Decision):
            if element.logic is None:
                compiler.warn(element.place, "La decisione non ha logica: vale sempre null.", "Scriverla, o toglierla.")
            code = compiling.null if element.logic is None else compiler.boxed(element.logic, node.names, element.place)
            return Made(node, own, code)
        if isinstance(element, model.Knowledge):
            if own.kind == "function":  # the type of the function itself, not of what it returns
                own = compiler.declared.resolve(element.function.type, variable.place)
            return Made(node, own, function=compiler.function(element.function, node.names))
        if isinstance(element, model.Service):
            kinds = tuple(self._type(need.key) for need in node.information)
            return Made(node, types.ANY if own.kind == "function" else own, parameters=kinds)
        return Made(node, own)

    def _type(self, key: Key) -> types.Type:
        variable = self._nodes[key].element.variable
        return self._compilers[key[0]].declared.resolve(variable.type, variable.place)


def _fields(models: Mapping[str, model.Definitions]) -> frozenset[str]:
    """Gather the names that may stand behind a dot: components of types and elements of imports."""
    names: set[str] = set()
    stack = [item for definitions in models.values() for item in definitions.items]
    while stack:
        for component in stack.pop().components:
            names.add(component.name)
            stack.append(component)
    for definitions in models.values():
        names.update(element.variable.name for element in definitions.elements if len(models) > 1)
    return frozenset(names)
