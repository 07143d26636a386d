"""What a decision model may hold: namespaces, and for each accepted element its attributes and children.

An allow-list of DMN 1.2 to 1.5, which differ only in what they add. What other tools write into
`extensionElements` or with attributes of their own is passed over: the standard forbids them to change the meaning.
"""

MODEL = {
    "http://www.omg.org/spec/DMN/20180521/MODEL/": "1.2",
    "https://www.omg.org/spec/DMN/20191111/MODEL/": "1.3",
    "https://www.omg.org/spec/DMN/20211108/MODEL/": "1.4",
    "https://www.omg.org/spec/DMN/20230324/MODEL/": "1.5",
}
FEEL = frozenset(
    {
        "http://www.omg.org/spec/FEEL/20140401",
        "http://www.omg.org/spec/DMN/20180521/FEEL/",
        "https://www.omg.org/spec/DMN/20191111/FEEL/",
        "https://www.omg.org/spec/DMN/20211108/FEEL/",
        "https://www.omg.org/spec/DMN/20230324/FEEL/",
        "feel",
        "FEEL",
    }
)
"""Names of the one expression language that is evaluated."""

STAFFETTA = "urn:staffetta:dmn:1"
"""Ours: what a decision is called and what a rule says in other languages, for the page that explains a result.

`staffetta:label lang` in a decision, `staffetta:description lang` in a rule. Editors keep both, and do not open tables
with the columns of annotations that the standard has.
"""

# The picture: no meaning for execution.
PICTURE = frozenset(
    {
        "http://www.omg.org/spec/DMN/20180521/DMNDI/",
        "https://www.omg.org/spec/DMN/20191111/DMNDI/",
        "https://www.omg.org/spec/DMN/20211108/DMNDI/",
        "https://www.omg.org/spec/DMN/20230324/DMNDI/",
    }
)

BOXED = (
    "literalExpression",
    "decisionTable",
    "context",
    "list",
    "relation",
    "invocation",
    "functionDefinition",
    "conditional",
    "filter",
    "for",
    "some",
    "every",
)
NOTES = frozenset(
    {
        "knowledgeSource",
        "textAnnotation",
        "association",
        "group",
        "elementCollection",
        "performanceIndicator",
        "organizationUnit",
        "authorityRequirement",
        "question",
        "allowedAnswers",
        "supportedObjective",
        "impactedPerformanceIndicator",
        "impactingDecision",
        "decisionMaker",
        "decisionOwner",
        "usingProcess",
        "usingTask",
        "description",
        "extensionElements",
    }
)
"""For people and editors: accepted, and not looked into."""

_DECISION_NOTES = (
    "authorityRequirement",
    "question",
    "allowedAnswers",
    "supportedObjective",
    "impactedPerformanceIndicator",
    "decisionMaker",
    "decisionOwner",
    "usingProcess",
    "usingTask",
)
_VARIABLE = (("typeRef",), ())
_TESTS = (("expressionLanguage",), ("text",))
_REFERENCE = (("href",), ())
_CHILD = (("typeRef",), BOXED)

# element -> (attributes besides id, label and name, children besides description and extensionElements)
ELEMENTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "definitions": (
        ("namespace", "exporter", "exporterVersion", "expressionLanguage", "typeLanguage"),
        (
            "import",
            "itemDefinition",
            "inputData",
            "decision",
            "businessKnowledgeModel",
            "decisionService",
            "knowledgeSource",
            "textAnnotation",
            "association",
            "group",
            "elementCollection",
            "performanceIndicator",
            "organizationUnit",
        ),
    ),
    "import": (("namespace", "locationURI", "importType"), ()),
    "itemDefinition": (
        ("isCollection", "typeLanguage"),
        ("typeRef", "allowedValues", "typeConstraint", "itemComponent", "functionItem"),
    ),
    "itemComponent": (
        ("isCollection", "typeLanguage"),
        ("typeRef", "allowedValues", "typeConstraint", "itemComponent", "functionItem"),
    ),
    "functionItem": (("outputTypeRef",), ("parameters",)),
    "parameters": _VARIABLE,
    "typeRef": ((), ()),
    "allowedValues": _TESTS,
    "typeConstraint": _TESTS,
    "inputData": (("href",), ("variable",)),  # within a decision service it is a reference
    "variable": _VARIABLE,
    "decision": ((), ("variable", "informationRequirement", "knowledgeRequirement", *_DECISION_NOTES, *BOXED)),
    "informationRequirement": ((), ("requiredDecision", "requiredInput")),
    "knowledgeRequirement": ((), ("requiredKnowledge",)),
    "requiredDecision": _REFERENCE,
    "requiredInput": _REFERENCE,
    "requiredKnowledge": _REFERENCE,
    "businessKnowledgeModel": (
        (),
        ("variable", "encapsulatedLogic", "knowledgeRequirement", "authorityRequirement"),
    ),
    "encapsulatedLogic": (("kind", "typeRef"), ("formalParameter", *BOXED)),
    "functionDefinition": (("kind", "typeRef"), ("formalParameter", *BOXED)),
    "formalParameter": _VARIABLE,
    "decisionService": (
        (),
        ("variable", "outputDecision", "encapsulatedDecision", "inputDecision", "inputData", "authorityRequirement"),
    ),
    "outputDecision": _REFERENCE,
    "encapsulatedDecision": _REFERENCE,
    "inputDecision": _REFERENCE,
    "literalExpression": (("typeRef", "expressionLanguage"), ("text",)),
    "text": ((), ()),
    "context": (("typeRef",), ("contextEntry",)),
    "contextEntry": ((), ("variable", *BOXED)),
    "list": (("typeRef",), BOXED),
    "relation": (("typeRef",), ("column", "row")),
    "column": _VARIABLE,
    "row": (("typeRef",), BOXED),
    "invocation": (("typeRef",), ("binding", *BOXED)),
    "binding": ((), ("parameter", *BOXED)),
    "parameter": _VARIABLE,
    "conditional": (("typeRef",), ("if", "then", "else")),
    "if": _CHILD,
    "then": _CHILD,
    "else": _CHILD,
    "filter": (("typeRef",), ("in", "match")),
    "for": (("typeRef", "iteratorVariable"), ("in", "return")),
    "some": (("typeRef", "iteratorVariable"), ("in", "satisfies")),
    "every": (("typeRef", "iteratorVariable"), ("in", "satisfies")),
    "in": _CHILD,
    "match": _CHILD,
    "return": _CHILD,
    "satisfies": _CHILD,
    "decisionTable": (
        ("typeRef", "hitPolicy", "aggregation", "preferredOrientation", "outputLabel"),
        ("input", "output", "annotation", "rule"),
    ),
    "input": ((), ("inputExpression", "inputValues")),
    "inputExpression": (("typeRef", "expressionLanguage"), ("text",)),
    "inputValues": _TESTS,
    "output": (("typeRef",), ("outputValues", "defaultOutputEntry")),
    "outputValues": _TESTS,
    "defaultOutputEntry": (("typeRef", "expressionLanguage"), ("text",)),
    "annotation": ((), ()),
    "rule": ((), ("inputEntry", "outputEntry", "annotationEntry")),
    "inputEntry": _TESTS,
    "outputEntry": (("typeRef", "expressionLanguage"), ("text",)),
    "annotationEntry": ((), ("text",)),
}

ONCE = frozenset(
    {
        "variable",
        "encapsulatedLogic",
        "text",
        "typeRef",
        "allowedValues",
        "typeConstraint",
        "functionItem",
        "inputExpression",
        "inputValues",
        "outputValues",
        "defaultOutputEntry",
        "requiredDecision",
        "requiredInput",
        "requiredKnowledge",
        "parameter",
        "if",
        "then",
        "else",
        "in",
        "match",
        "return",
        "satisfies",
    }
)
"""Children of which an element has one at most; so it is with boxed expressions, but for lists and rows."""

MANY_BOXED = frozenset({"list", "row"})

WAYS_OUT = {
    "importedValues": "Copiare i valori nel modello: nulla viene letto da altri file.",
    "itemDefinition": "Metterla direttamente sotto definitions.",
}
