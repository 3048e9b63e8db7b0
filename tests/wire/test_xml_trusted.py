"""The second entry of the XML reader: files an administrator trusts, with a DOCTYPE."""

import pytest

from lenskeep.wire.errors import BadMessage
from lenskeep.wire.xml import local_name, read, read_trusted

PROLOG = b'\xef\xbb\xbf<?xml version="1.0" encoding="UTF-8"?>\r\n'
DOCTYPE = b"""<!DOCTYPE A PUBLIC " -//X//DTD 1.2//EN"\r\n  "http://dtd.invalid/a.dtd"
  [<?version supported="1.2"?>]>"""


@pytest.mark.parametrize(
    "body",
    [
        PROLOG + DOCTYPE + b"\r\n<A><B/></A>",
        DOCTYPE + b"<A/>",
        b"<!-- a comment -->\n<!DOCTYPE A><A/>",
        b"<!DOCTYPE A SYSTEM 'a.dtd'><A/>",
        PROLOG + b"<A/>",
    ],
)
def test_a_doctype_is_cut_off(body: bytes) -> None:
    assert local_name(read_trusted(body)) == "A"


def test_the_ordinary_entry_still_refuses_it() -> None:
    with pytest.raises(BadMessage, match="never read"):
        read(DOCTYPE + b"<A/>")


@pytest.mark.parametrize(
    "body",
    [
        b'<!DOCTYPE A [<!ENTITY x "y">]><A>&x;</A>',
        b'<!DOCTYPE A [<!ENTITY x SYSTEM "file:///etc/passwd">]><A>&x;</A>',
        b"<!DOCTYPE A><!DOCTYPE A><A/>",
        b"<A><!DOCTYPE A></A>",
        b"<!DOCTYPE A",
        b'<!DOCTYPE A PUBLIC "open><A/>',
    ],
)
def test_what_declares_anything_or_stands_elsewhere_is_refused(body: bytes) -> None:
    with pytest.raises(BadMessage):
        read_trusted(body)
