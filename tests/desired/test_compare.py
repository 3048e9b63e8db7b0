"""Two values of a node: the same by what they mean."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lenskeep.desired.compare import same_value, typed
from lenskeep.tree.catalog.allowed import Allowed, Kind
from lenskeep.tree.catalog.record import Record
from lenskeep.tree.uri import Scope
from lenskeep.tree.value import Format


def record(
    form: Format, allowed: Allowed | None = None, *, case_sensitive: bool | None = None
) -> Record:
    """Return a node of this format."""
    return Record(
        "./Vendor/MSFT/X/Y",
        Scope.DEVICE,
        "X",
        "",
        "Y",
        frozenset(),
        form,
        allowed=allowed or Allowed(),
        case_sensitive=case_sensitive,
    )


CHR = record(Format.CHR)
ADMX = record(Format.CHR, Allowed(Kind.ADMX))
LIST = record(Format.CHR, Allowed(Kind.ANY, delimiter=";"))
PRIVATE = record(Format.CHR, Allowed(Kind.ANY, delimiter="\uf000"))
CIS = record(Format.CHR, Allowed(Kind.ENUM, values=("Shred",)), case_sensitive=False)
EXACT = record(Format.CHR, Allowed(Kind.ENUM, values=("Shred",)))
FLAGS = record(Format.CHR, Allowed(Kind.FLAGS, values=("0x1", "0x2")))
JSON = record(Format.CHR, Allowed(Kind.JSON))
INT, BOOL, B64, FLOAT, TIME, XML = (
    record(each)
    for each in (Format.INT, Format.BOOL, Format.B64, Format.FLOAT, Format.TIME, Format.XML)
)

SAME = [
    (INT, "10", "0x0A"),
    (INT, " 7", "007"),
    (INT, "-1", "4294967295"),
    (record(Format.INT, Allowed(Kind.ANY, delimiter="|")), "1|2", "0x1|02|"),
    (BOOL, "true", "1"),
    (BOOL, "False", "0"),
    (BOOL, "02", "2"),
    (B64, "AAEC", "AA\r\nEC"),
    (FLOAT, "1.50", "+1.5e0"),
    (TIME, "2026-01-01T10:00:00Z", "20260101T110000+0100"),
    (CHR, "two\nlines", "two\r\nlines\0"),
    (CHR, "", None),
    (CIS, "Shred", "shred"),
    (FLAGS, "0x3", "3"),
    (LIST, "a;b", " a; b;"),
    (PRIVATE, "a\uf000b", "a&#xF000;b"),
    (JSON, '{"a": 1, "b": [true]}', '{"b":[true],"a":1}'),
    (CHR, '<a x="1" y="2"><b/></a>', "<?xml version='1.0'?>\n<a y='2' x='1'>\n  <b></b>\n</a>"),
    (CHR, '<p:a xmlns:p="urn:x"><p:b/></p:a>', '<a xmlns="urn:x"><b/></a>'),
    (XML, "<a/><b/>", "<a></a> <b></b>"),
    (XML, "<a>1</a>", "&lt;a&gt;1&lt;/a&gt;"),
    (XML, "<a>1</a>", "<![CDATA[<a>1</a>]]>"),
    (ADMX, "<disabled/>", "<Disabled></Disabled>"),
    (
        ADMX,
        '<enabled/><data id="A" value="1"/><data id="B" value="2"/>',
        "<enabled />\n<Data ID='b' Value='2' /><data value='1' id='A'></data>",
    ),
    (record(Format.NULL), None, "anything"),
    (record(Format.NODE), None, "a/b"),
]

DIFFERENT = [
    (INT, "1", "2"),
    (INT, "0", None),
    (INT, "0", "none"),
    (BOOL, "true", "false"),
    (BOOL, "1", "2"),
    (B64, "AAEC", "AAED"),
    (FLOAT, "1", "1.01"),
    (TIME, "2026-01-01T10:00:00Z", "2026-01-01T10:00:01Z"),
    (CHR, "a", "A"),
    (CHR, "a", "a "),
    (CHR, "1", "01"),
    (EXACT, "Shred", "shred"),
    (LIST, "a;b", "b;a"),
    (LIST, "a;b", "a"),
    (JSON, '{"a": 1}', '{"a": true}'),
    (CHR, "<a><b/></a>", "<a><c/></a>"),
    (CHR, "<a>1<b/></a>", "<a><b/>1</a>"),
    (CHR, '<a xmlns="urn:x"/>', '<a xmlns="urn:y"/>'),
    (CHR, "<a", "<a>"),
    (XML, "<a/>text", "<a/>"),
    (ADMX, "<disabled/>", "<enabled/>"),
    (ADMX, '<enabled/><data id="A" value="x"/>', '<enabled/><data id="A" value="X"/>'),
    (ADMX, '<enabled/><data id="A" value="1"/>', "<enabled/>"),
]


@pytest.mark.parametrize(("node", "wanted", "read"), SAME)
def test_other_spellings_of_a_value_are_the_value(
    node: Record, wanted: str | None, read: str | None
) -> None:
    """Whichever of the two was wanted."""
    assert same_value(node, wanted, read)
    assert same_value(node, read, wanted)
    assert typed(node, wanted) == typed(node, read)


@pytest.mark.parametrize(("node", "wanted", "read"), DIFFERENT)
def test_another_value_is_another_value(node: Record, wanted: str | None, read: str | None) -> None:
    """Whichever of the two was wanted."""
    assert not same_value(node, wanted, read)
    assert not same_value(node, read, wanted)
    assert typed(node, wanted) != typed(node, read)


@pytest.mark.parametrize(
    ("node", "wanted", "read", "form"),
    [
        (CHR, "häuser", base64.b64encode("häuser".encode()).decode(), Format.B64),
        (CHR, "ab", base64.b64encode("ab".encode("utf-16-le")).decode(), Format.BIN),
        (B64, base64.b64encode(b"<a/>").decode(), "<a/>", Format.CHR),
        (INT, "7", "0x7", Format.CHR),
    ],
)
def test_a_value_told_in_another_format_is_turned_back(
    node: Record, wanted: str, read: str, form: Format
) -> None:
    assert same_value(node, wanted, read, form)
    assert not same_value(node, wanted + "1", read, form)


# --- Wi-Fi ----------------------------------------------------------------------------------------

# Written by hand from the published schema of WLAN profiles, version 1.
NETWORK = """<?xml version="1.0"?>
<WLANProfile xmlns="http://www.microsoft.com/networking/WLAN/profile/v1">
  <name>lab</name>
  <SSIDConfig><SSID><hex>6C6162</hex><name>lab</name></SSID></SSIDConfig>
  <connectionType>ESS</connectionType>
  <MSM><security>
    <authEncryption><authentication>WPA2PSK</authentication><encryption>AES</encryption>
    </authEncryption>
    <sharedKey><keyType>passPhrase</keyType><protected>false</protected>
      <keyMaterial>correct horse</keyMaterial></sharedKey>
  </security></MSM>
</WLANProfile>"""
KEY = NETWORK[NETWORK.index("<sharedKey>") : NETWORK.index("</security>")]
ADDED = (
    '<MacRandomization xmlns="http://www.microsoft.com/networking/WLAN/profile/v3">'
    "<enableRandomization>false</enableRandomization></MacRandomization></WLANProfile>"
)


@pytest.mark.parametrize(
    "read",
    [
        NETWORK.replace(KEY, ""),
        NETWORK.replace("correct horse", "0100D08C9D").replace(">false<", ">true<"),
        NETWORK.replace("correct horse", "*****"),
        NETWORK.replace("6C6162", "6c6162"),
        NETWORK.replace("<hex>6C6162</hex>", ""),
        NETWORK.replace("</WLANProfile>", ADDED),
    ],
)
def test_a_network_is_as_wanted_although_its_key_is_kept_back(read: str) -> None:
    assert same_value(CHR, NETWORK, read)
    assert same_value(CHR, read, NETWORK)


@pytest.mark.parametrize(
    "read",
    [
        NETWORK.replace("correct horse", "battery staple"),
        NETWORK.replace("WPA2PSK", "WPA3SAE").replace(KEY, ""),
        NETWORK.replace("6C6162", "6C6163"),
        NETWORK.replace("WLANProfile", "WLANOther"),
        "<WLANProfile",
    ],
)
def test_another_network_or_key_is_another(read: str) -> None:
    assert not same_value(CHR, NETWORK, read)
    assert not same_value(CHR, read, NETWORK)


def test_profiles_are_merged_by_the_key_too() -> None:
    """What a headset keeps back is forgiven in reading, never in wishing."""
    assert typed(CHR, NETWORK) != typed(CHR, NETWORK.replace(KEY, ""))


# --- Laws -----------------------------------------------------------------------------------------

NODES = st.sampled_from(
    [CHR, ADMX, LIST, PRIVATE, CIS, FLAGS, JSON, INT, BOOL, B64, FLOAT, TIME, XML]
)
FORMATS = st.none() | st.sampled_from(Format)
PIECES = st.sampled_from(
    ["<a>", "</a>", "<enabled/>", '<data id="a" value="1"/>', "&lt;", "<![CDATA[", "]]>", "0x", "1"]
)
VALUES = (
    st.none()
    | st.text(max_size=20)
    | st.lists(PIECES, max_size=6).map("".join)
    | st.text("<>/ab&;= 01{}[]\"'\0\r\n\ud800", max_size=20)
    | st.sampled_from([NETWORK, NETWORK.replace(KEY, ""), "1e999", "9" * 5000, "[" * 3000])
)


@given(NODES, VALUES, FORMATS)
@settings(max_examples=60, deadline=None)
def test_every_value_is_itself(node: Record, value: str | None, form: Format | None) -> None:
    assert same_value(node, value, value, form)


@given(NODES, VALUES, VALUES, FORMATS)
@settings(max_examples=60, deadline=None)
def test_comparing_never_raises_and_has_no_direction(
    node: Record, one: str | None, other: str | None, form: Format | None
) -> None:
    same_value(node, one, other, form)

    assert same_value(node, one, other) == same_value(node, other, one)
    assert hash(typed(node, one)) == hash(typed(node, one))
