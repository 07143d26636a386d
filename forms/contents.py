"""What a file is, by its content: the few kinds that may be handed in. Names and what browsers say prove nothing.

A signature says what a file claims to be, not that it is harmless: nobody here opens it, and it is only ever given out
to be saved, under a name and a type of ours.
"""

import re

# The kinds, by the suffix under which they are given out.
SUFFIXES = {"pdf": ".pdf", "jpeg": ".jpg", "png": ".png", "heic": ".heic", "text": ".txt"}
TYPES = {
    "pdf": "application/pdf",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "heic": "image/heic",
    "text": "text/plain; charset=utf-8",
}
# What the dialogue that chooses a file looks for.
WANTED = {**SUFFIXES, "jpeg": ".jpg,.jpeg", "heic": ".heic,.heif"}
# What people call them.
KINDS = {"pdf": "PDF", "jpeg": "JPEG", "png": "PNG", "heic": "HEIC", "text": "TXT"}

_SIGNATURES = {"pdf": b"%PDF-", "jpeg": b"\xff\xd8\xff", "png": b"\x89PNG\r\n\x1a\n"}
# An ISO base media file (ISO 14496-12) names its brand behind `ftyp`; these are those of HEIF pictures (ISO 23008-12).
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1"})
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")


def kind_of(content: bytes) -> str | None:
    """Tell which of our kinds a content is, None when it is none."""
    for kind, signature in _SIGNATURES.items():
        if content.startswith(signature):
            return kind
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC_BRANDS:
        return "heic"
    return "text" if content and _is_text(content) else None


def _is_text(content: bytes) -> bool:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return _UNPRINTABLE.search(text) is None
