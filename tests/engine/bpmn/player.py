"""Plays the processes of one public case together: what one throws reaches the others, as within a case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import feel
from engine.bpmn.building import Definition
from engine.bpmn.expressions import Host
from engine.bpmn.runtime import Instance
from engine.bpmn.state import FORMAT
from engine.bpmn.workflow import Sent

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@dataclass
class Player:
    """Plays the steps of a case; the instance is stored and taken up again between any two."""

    definitions: dict[str, Definition]
    now: datetime = NOW
    instances: list[Instance] = field(default_factory=list)

    @property
    def host(self) -> Host:
        return Host(now=self.now, parameters={})

    def start(self, key: str, variables: dict[str, Any]) -> None:
        given = {"case_code": "AAAA", "trace": [], **variables}
        if "duration" in variables:
            given["durata"] = feel.parse_duration(variables["duration"])
        self.instances.append(Instance.start(self.definitions[key], given, self.host))
        self._route()

    def advance(self, seconds: float) -> None:
        """Let time pass: each timer fires at its own instant, those of all instances in their order."""
        end = self.now + timedelta(seconds=seconds)
        while due := [(item.next_due, number) for number, item in enumerate(self.instances) if item.next_due]:
            at, number = min(due)
            if at > end:
                break
            self.now = max(at, self.now)
            self.sleep()
            if not self.instances[number].advance():
                break
            self._route()
        self.now = end
        self.sleep()

    def complete(self, task: str) -> None:
        self.sleep()
        instance = self.instances[-1]
        item = next(item for item in instance.work_items if task in {item.node.name, item.node.id})
        instance.complete(item.id, {})
        self._route()

    def message(self, name: str) -> bool:
        self.sleep()
        instance = self.instances[-1]
        waiting = [item for item in instance.subscriptions if item.name == name]
        for item in waiting[:1]:
            instance.deliver(item.id, {})
        self._route()
        return bool(waiting)

    def signal(self, name: str) -> None:
        """Let a signal reach every instance, and start the processes that begin with it."""
        self.sleep()
        for instance in [instance for instance in self.instances if not instance.completed]:
            instance.signal(name)
        self._begin(name, Definition.signal_start)
        self._route()

    def _route(self) -> None:
        """Bring what instances have thrown to the others, as a case does, until nothing is thrown any more."""
        while thrown := [(instance, item) for instance in self.instances for item in instance.take_thrown()]:
            for source, item in thrown:
                others = [each for each in self.instances if each is not source and not each.completed]
                if isinstance(item, Sent):
                    if not any(self._deliver(instance, item.name) for instance in (source, *others)):
                        self._begin(item.name, Definition.message_start)
                    continue
                for instance in others:
                    instance.signal(item.name)
                self._begin(item.name, Definition.signal_start)

    @staticmethod
    def _deliver(instance: Instance, name: str) -> int:
        waiting = [item for item in instance.subscriptions if item.name == name]
        for item in waiting:
            instance.deliver(item.id, {})
        return len(waiting)

    def _begin(self, name: str, start_of: Callable[[Definition, str], str | None]) -> None:
        for definition in self.definitions.values():
            start_event = start_of(definition, name)
            if start_event is not None:
                given = {"case_code": "AAAA", "trace": []}
                self.instances.append(Instance.start(definition, given, self.host, start_event=start_event))

    def sleep(self) -> None:
        """Store every instance and take it up again."""
        self.instances = [Instance.restore(item.definition, item.dump(), FORMAT, self.host) for item in self.instances]

    @property
    def tasks(self) -> list[str]:
        return sorted(item.node.name for instance in self.instances[-1:] for item in instance.work_items)

    @property
    def ids(self) -> list[str]:
        return sorted(item.node.id for instance in self.instances[-1:] for item in instance.work_items)

    @property
    def order(self) -> list[str]:
        """What was logged, as it came."""
        return [str(token) for instance in self.instances for token in instance.variables().get("trace", [])]

    @property
    def trace(self) -> list[str]:
        return sorted(self.order)

    @property
    def incidents(self) -> list[str]:
        """The codes of what stands still."""
        return [incident.code for instance in self.instances for incident in instance.incidents]
