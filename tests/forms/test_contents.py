import pytest

import forms
from forms import contents
from tests.forms.building import errors, field, form

FILE = "0b6d8e3a-3b1c-4f5d-9a77-0c3f2f7f9a10"
OTHER = "1c6d8e3a-3b1c-4f5d-9a77-0c3f2f7f9a10"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7\n...", "pdf"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "jpeg"),
        (b"\x89PNG\r\n\x1a\n\x00", "png"),
        (b"\x00\x00\x00\x18ftypheic\x00", "heic"),
        (b"\x00\x00\x00\x18ftypmif1\x00", "heic"),
        ("Perché no.\r\n\tSì".encode(), "text"),
        (b"\xef\xbb\xbfciao", "text"),
        (b"", None),
        (b"MZ\x90\x00", None),
        (b"\x7fELF\x02", None),
        (b"PK\x03\x04\x14\x00", None),
        (b"\x00\x00\x00\x18ftypisom\x00", None),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", None),
        (b"GIF89a\x00", None),
        ("perché".encode("latin-1"), None),
        (b" %PDF-1.7\x00", None),
    ],
)
def test_the_kind_of_a_file_is_told_by_its_content(content, kind):
    assert contents.kind_of(content) == kind


def test_a_filepicker_takes_one_file_of_any_kind_unless_it_says_more():
    (one,) = form(field("filepicker", "a")).components
    assert (one.constraints.max_files, one.constraints.file_kinds) == (1, tuple(contents.SUFFIXES))
    properties = {"confidentiality": "clinical", "maxFiles": "3"}
    (some,) = form(field("filepicker", "a", multiple=True, accept=".jpeg, .PDF", properties=properties)).components
    assert (some.constraints.max_files, some.constraints.file_kinds) == (3, ("pdf", "jpeg"))
    assert some.html == {"type": "file", "multiple": "multiple", "accept": ".pdf,.jpg,.jpeg"}


def test_an_answer_names_the_files_that_were_handed_in():
    parsed = form(field("filepicker", "a", multiple=True, validate={"required": True}))
    assert forms.validate(parsed, {"a": [FILE, OTHER]}).values == {"a": [FILE, OTHER]}
    assert parsed.takes_files


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ([], "required"),
        (None, "required"),
        (FILE, "not_a_list"),
        ([FILE, OTHER], "too_many_files"),
        (["../../etc/passwd"], "file_missing"),
        ([{"id": FILE}], "file_missing"),
        ([FILE.upper()], "file_missing"),
    ],
)
def test_what_names_no_file_is_refused(given, code):
    parsed = form(field("filepicker", "a", validate={"required": True}))
    assert errors(parsed, {"a": given}) == {"a": code}


def test_the_same_file_twice_is_refused():
    assert errors(form(field("filepicker", "a", multiple=True)), {"a": [FILE, FILE]}) == {"a": "chosen_twice"}
