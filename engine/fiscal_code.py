"""The Italian fiscal code as a text: what is one, and what only looks like it.

Decree of the Minister of Finance of 23 December 1976 (form, check character, and the letters that take the place of
digits where two people would have the same code), and its provisional form of eleven digits: python-stdnum. Women whom
the health service knows without one have an STP or an ENI code, which has no check digit.
"""

from __future__ import annotations

import re

from stdnum.exceptions import InvalidFormat, InvalidLength, ValidationError
from stdnum.it import codicefiscale

_OF_HEALTH_SERVICE = re.compile(r"(?:STP|ENI)[0-9]{13}")


def parse(text: str) -> str:
    """Give the code in its one form: capital letters and digits, nothing between them.

    ValueError `fiscal_code_form` where it cannot be one, `fiscal_code_check` where a letter or digit must be wrong.
    """
    code = re.sub(r"[\s.-]", "", text).upper()
    if _OF_HEALTH_SERVICE.fullmatch(code):
        return code
    try:
        return codicefiscale.validate(code)
    except (InvalidFormat, InvalidLength):
        raise ValueError("fiscal_code_form") from None
    except ValidationError:
        raise ValueError("fiscal_code_check") from None
