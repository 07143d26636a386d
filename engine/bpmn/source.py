"""XML from outside, parsed in bounded time: no entities, no network, no DTD, no huge tree."""

from typing import NoReturn

from lxml import etree

from engine import errors
from engine.errors import Problem

MAX_BYTES = 1_000_000
MAX_ELEMENTS = 2_000
MAX_DEPTH = 40


def parse(source: bytes, name: str) -> etree._Element:
    """Parse an uploaded file and give its root element.

    Raises InvalidProcess: larger than 1 MB, a DOCTYPE, not well-formed, more than 2,000 elements or 40 levels.
    """
    if len(source) > MAX_BYTES:
        _refuse(name, "Il file supera 1 MB.", "Dividere il protocollo in più diagrammi collegati da call activity.")
    try:
        root = etree.fromstring(source, _parser())
    except etree.XMLSyntaxError as error:
        _refuse(name, "Il file non è XML ben formato.", "Esportare di nuovo il diagramma dall'editor.", error.lineno)
    info = root.getroottree().docinfo
    if info.doctype or info.internalDTD is not None:
        _refuse(name, "Il file contiene una dichiarazione DOCTYPE.", "Togliere la riga <!DOCTYPE …>.")
    _check_size(root, name)
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


def _check_size(root: etree._Element, name: str) -> None:
    elements, level = 0, [root]
    depth = 0
    while level:
        depth += 1
        elements += len(level)
        if elements > MAX_ELEMENTS or depth > MAX_DEPTH:
            _refuse(
                name,
                f"Il diagramma ha più di {MAX_ELEMENTS} elementi o {MAX_DEPTH} livelli.",
                "Dividere il protocollo in più diagrammi collegati da call activity.",
            )
        level = [child for element in level for child in element]


def _refuse(name: str, reason: str, way_out: str, line: int | None = None) -> NoReturn:
    raise errors.InvalidProcess((Problem(element=name, reason=reason, way_out=way_out, line=line),))
