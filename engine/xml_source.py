"""XML from outside, parsed in bounded time: no entities, no network, no DTD, no huge tree."""

from dataclasses import dataclass
from typing import NoReturn

from lxml import etree

from engine import errors
from engine.errors import Problem

MAX_BYTES = 1_000_000
MAX_ATTRIBUTES = 50
"""Of one element: lxml reads them in time that grows with the square of their number."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How large a kind of file may grow, and what its designer can do about it."""

    elements: int
    depth: int
    way_out: str


def parse(source: bytes, name: str, bounds: Bounds) -> etree._Element:
    """Parse an uploaded file and give its root element.

    Raises InvalidProcess: larger than 1 MB, a DOCTYPE, not well-formed, more elements or levels than the bounds say,
    more attributes than an element has.
    """
    if len(source) > MAX_BYTES:
        _refuse(name, "Il file supera 1 MB.", bounds.way_out)
    try:
        root = etree.fromstring(source, _parser())
    except etree.XMLSyntaxError as error:
        _refuse(name, "Il file non è XML ben formato.", "Esportare di nuovo il file dall'editor.", error.lineno)
    info = root.getroottree().docinfo
    if info.doctype or info.internalDTD is not None:
        _refuse(name, "Il file contiene una dichiarazione DOCTYPE.", "Togliere la riga <!DOCTYPE …>.")
    _check_size(root, name, bounds)
    return root


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def _check_size(root: etree._Element, name: str, bounds: Bounds) -> None:
    elements, level = 0, [root]
    depth = 0
    while level:
        depth += 1
        elements += len(level)
        if elements > bounds.elements or depth > bounds.depth:
            reason = f"Il file ha più di {bounds.elements} elementi o {bounds.depth} livelli."
            _refuse(name, reason, bounds.way_out)
        crowded = next((element for element in level if len(element.attrib) > MAX_ATTRIBUTES), None)
        if crowded is not None:
            reason = f"Un elemento ha più di {MAX_ATTRIBUTES} attributi."
            _refuse(name, reason, "Esportare di nuovo il file dall'editor.", crowded.sourceline)
        level = [child for element in level for child in element]


def _refuse(name: str, reason: str, way_out: str, line: int | None = None) -> NoReturn:
    raise errors.InvalidProcess((Problem(element=name, reason=reason, way_out=way_out, line=line),))
