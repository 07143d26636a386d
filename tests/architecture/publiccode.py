"""The rules of publiccode.yml 0.5 for the keys that we use: https://yml.publiccode.tools.

Small and strict: a key that is not known here is a problem too, so whoever adds one adds its rule.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

VERSIONS = {"0", "0.2", "0.3", "0.4", "0.5"}
STATUSES = {"concept", "development", "beta", "stable", "obsolete"}
TYPES = {f"standalone/{kind}" for kind in ("mobile", "iot", "desktop", "web", "backend", "other")}
TYPES |= {"addon", "library", "configurationFiles"}
MAINTENANCE = {"internal", "contract", "community", "none"}
# Those of the controlled vocabularies that could concern us.
CATEGORIES = {
    "business-process-management",
    "collaboration",
    "communications",
    "digital-citizenship",
    "document-management",
    "task-management",
    "workflow-management",
}
SCOPES = {"emergency-services", "healthcare", "justice", "local-authorities", "security", "society", "welfare"}

Rule = Callable[[Any], bool]


def _text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _address(value: Any) -> bool:
    return _text(value) and urlsplit(value).scheme in {"http", "https"} and bool(urlsplit(value).hostname)


def _language(value: Any) -> bool:
    return _text(value) and re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", value) is not None


def _date(value: Any) -> bool:
    return re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(value)) is not None


def _one_of(known: set[str]) -> Rule:
    return lambda value: isinstance(value, str) and value in known


def _list_of(rule: Rule) -> Rule:
    return lambda value: isinstance(value, list) and bool(value) and all(rule(item) for item in value)


def _length(least: int, most: int) -> Rule:
    return lambda value: _text(value) and least <= len(value.strip()) <= most


# path -> (rule, mandatory); * stands for each language, or each entry of a list
RULES: dict[str, tuple[Rule, bool]] = {
    "publiccodeYmlVersion": (_one_of(VERSIONS), True),
    "name": (_text, True),
    "url": (_address, True),
    "landingURL": (_address, False),
    "softwareVersion": (_text, False),
    "releaseDate": (_date, False),
    "platforms": (_list_of(_text), True),
    "categories": (_list_of(_one_of(CATEGORIES)), False),
    "developmentStatus": (_one_of(STATUSES), True),
    "softwareType": (_one_of(TYPES), True),
    "intendedAudience.countries": (_list_of(lambda value: re.fullmatch("[A-Z]{2}", str(value)) is not None), False),
    "intendedAudience.scope": (_list_of(_one_of(SCOPES)), False),
    "description.*.localisedName": (_text, False),
    "description.*.shortDescription": (_length(1, 150), True),
    "description.*.longDescription": (_length(150, 10_000), True),
    "description.*.features": (_list_of(_text), True),
    "description.*.documentation": (_address, False),
    "legal.license": (_text, True),
    "legal.mainCopyrightOwner": (_text, False),
    "legal.repoOwner": (_text, False),
    "maintenance.type": (_one_of(MAINTENANCE), True),
    "maintenance.contacts": (_list_of(lambda value: isinstance(value, dict) and _text(value.get("name"))), False),
    "maintenance.contractors": (
        _list_of(lambda value: isinstance(value, dict) and _text(value.get("name")) and _date(value.get("until"))),
        False,
    ),
    "localisation.localisationReady": (lambda value: isinstance(value, bool), True),
    "localisation.availableLanguages": (_list_of(_language), True),
    "dependsOn.open": (_list_of(lambda value: isinstance(value, dict) and _text(value.get("name"))), False),
}


def problems(described: Mapping[str, Any]) -> list[str]:
    """List what breaks the standard, by path."""
    languages = list(described.get("description") or {})
    found = [f"description: no language like {language}" for language in languages if not _language(language)]
    if not languages:
        found.append("description: at least one language")
    rules = {
        path.replace("*", language): rule
        for path, rule in RULES.items()
        for language in (languages if "*" in path else [""])
    }
    values = dict(_leaves(described, set(rules)))
    found += [f"{path}: not a key of the standard that we know" for path in values.keys() - rules.keys()]
    for path, (rule, mandatory) in rules.items():
        if path not in values:
            found += [f"{path}: missing"] if mandatory else []
        elif not rule(values[path]):
            found.append(f"{path}: not allowed: {values[path]!r}")
    return found + _people(described.get("maintenance") or {})


def _leaves(part: Mapping[str, Any], known: set[str], prefix: str = "") -> list[tuple[str, Any]]:
    leaves: list[tuple[str, Any]] = []
    for key, value in part.items():
        path = f"{prefix}{key}"
        if isinstance(value, Mapping) and path not in known:
            leaves += _leaves(value, known, f"{path}.")
        else:
            leaves.append((path, value))
    return leaves


def _people(maintenance: Mapping[str, Any]) -> list[str]:
    needed = {"internal": "contacts", "community": "contacts", "contract": "contractors"}.get(
        maintenance.get("type", "")
    )
    return [f"maintenance.{needed}: missing"] if needed and needed not in maintenance else []
