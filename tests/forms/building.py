"""Small forms for tests, written as the editor writes them."""

import json
from typing import Any

import forms


def field(kind: str, key: str, **more: Any) -> dict[str, Any]:
    """Give the JSON of an input that is right as it is; `more` replaces or adds."""
    content: dict[str, Any] = {"type": kind, "key": key, "properties": {"confidentiality": "ordinary"}}
    if kind == "datetime":
        content |= {"subtype": "date", "dateLabel": "Quando", "timeLabel": "Ora"}
    else:
        content["label"] = f"Domanda {key}"
    if kind in {"select", "radio", "checklist", "taglist"}:
        content["values"] = [{"label": "Sì", "value": "si"}, {"label": "No", "value": "no"}]
    return content | more


def repeated(path: str, *components: Any, **properties: str) -> dict[str, Any]:
    """Give the JSON of a repeated group, as the editor writes it."""
    content: dict[str, Any] = {"type": "dynamiclist", "path": path, "label": f"Elenco {path}", "isRepeating": True}
    content |= {"allowAddRemove": True, "defaultRepetitions": 1, "components": list(components)}
    return content | ({"properties": properties} if properties else {})


def routing(kind: str, key: str, **more: Any) -> dict[str, Any]:
    return field(kind, key, **{"properties": {"confidentiality": "ordinary", "routing": "true"}} | more)


def document(*components: Any, **more: Any) -> dict[str, Any]:
    return {"id": "prova", "type": "default", "schemaVersion": 18, "components": list(components)} | more


def source(*components: Any, **more: Any) -> str:
    return json.dumps(document(*components, **more))


def form(*components: Any) -> forms.Form:
    return forms.parse(source(*components))


def refused(*components: Any, **more: Any) -> list[forms.Problem]:
    """Give the problems of a form that must be refused."""
    try:
        forms.parse(source(*components, **more))
    except forms.FormProblems as error:
        return list(error.problems)
    raise AssertionError("the form was accepted")


def errors(a_form: forms.Form, values: Any, **more: Any) -> dict[str, str]:
    """Give the codes of an answer that must be refused."""
    try:
        forms.validate(a_form, values, **more)
    except forms.InvalidAnswer as error:
        return {key: problem.code for key, problem in error.errors.items()}
    raise AssertionError("the answer was accepted")


class Post(dict[str, list[str]]):
    """What a browser sends."""

    def getlist(self, name: str, /) -> list[str]:
        return self.get(name, [])
