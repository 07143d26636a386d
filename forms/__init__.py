"""What a form is: form-js JSON read into plain values, rendered by others, validated here.

A pure library. It knows neither cases nor pages: `parse` reads a file (all problems at once), `visible` tells what to
show, `decode` reads an HTML post, `validate` accepts or refuses an answer and says which of it enters the workflow.
The catalogue of forms that are deployed with the diagrams lies beside it (`catalog/*.form`).
"""

from forms import secrecy
from forms.answers import Validated, partial, validate, visible
from forms.contents import KINDS, SUFFIXES, TYPES, kind_of
from forms.messages import MESSAGES
from forms.model import Component, Constraints, Form, Option, Value, row_key
from forms.names import field_named, files
from forms.parsing import parse
from forms.posts import Decoded, Post, decode, display, encode, row_numbers
from forms.problems import FieldError, FormProblems, InvalidAnswer, Problem

__all__ = [
    "KINDS",
    "MESSAGES",
    "SUFFIXES",
    "TYPES",
    "Component",
    "Constraints",
    "Decoded",
    "FieldError",
    "Form",
    "FormProblems",
    "InvalidAnswer",
    "Option",
    "Post",
    "Problem",
    "Validated",
    "Value",
    "decode",
    "display",
    "encode",
    "field_named",
    "files",
    "kind_of",
    "parse",
    "partial",
    "row_key",
    "row_numbers",
    "secrecy",
    "validate",
    "visible",
]
