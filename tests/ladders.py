"""The ladder of three steps that most tests climb: who owes it, her lead, the coordination."""

_THREE = """
[{name}]
clock = "{clock}"
acknowledged = "{acknowledged}"
[[{name}.step]]
at = "50%"
to = ["assignee"]
[[{name}.step]]
at = "breach"
to = ["agency_lead"]
[[{name}.step]]
at = "{after}"
to = ["coordinator"]
"""

THREE = "".join(
    _THREE.format(name=name, clock=clock, after=after, acknowledged=acknowledged)
    for name, clock, after, acknowledged in [
        ("E0", "H", "+PT20M", "PT10M"),
        ("E1", "H", "+PT1H", "PT30M"),
        ("E2", "GL", "+P1D", "P1D"),
        ("E3", "GL", "+P1D", "P1D"),
    ]
)
