"""The one XML reader and writer: what strangers may send, what never gets in, what goes out."""

import time
import tracemalloc
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lenskeep.wire import xml
from lenskeep.wire.errors import BadMessage, CannotEncode
from lenskeep.wire.xml import Out

KIB = 1024
MIB = 1024 * KIB
ENTITY = b'<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>'
LAUGHS = (
    b'<!DOCTYPE a [<!ENTITY b "ha">'
    + b"".join(b'<!ENTITY b%d "%s">' % (n, b"&b;" * 10) for n in range(10))
    + b"]><a>&b9;</a>"
)

HOSTILE: dict[str, bytes] = {
    "nothing": b"",
    "white space only": b" \r\n\t ",
    "a byte order mark only": b"\xef\xbb\xbf",
    "text": b"hello",
    "unfinished": b"<a><b></b>",
    "two roots": b"<a/><a/>",
    "text after the root": b"<a/>x",
    "crossed tags": b"<a><b></a></b>",
    "a document type": b"<!DOCTYPE a><a/>",
    "a lower-case document type": b"<!doctype a><a/>",
    "a document type after the root": b"<a/><!DOCTYPE a>",
    "a document type inside": b"<a><!DOCTYPE a></a>",
    "an entity": ENTITY,
    "an entity declaration without a document type": b'<!ENTITY e "x"><a>&e;</a>',
    "billion laughs": LAUGHS,
    "quadratic blow-up": b'<!DOCTYPE a [<!ENTITY b "' + b"x" * 9999 + b'">]><a>' + b"&b;" * 99,
    "an external entity": b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>',
    "a parameter entity": b'<!DOCTYPE a [<!ENTITY % e SYSTEM "http://x.example/">%e;]><a/>',
    "an external document type": b'<!DOCTYPE a SYSTEM "http://x.example/a.dtd"><a/>',
    "a public document type": b'<!DOCTYPE a PUBLIC "x" "http://x.example/a.dtd"><a/>',
    "an attribute list": b'<a/><!ATTLIST a b CDATA "x">',
    "an element declaration": b"<a><!ELEMENT a ANY></a>",
    "a notation": b'<a/><!NOTATION n SYSTEM "x">',
    "a conditional section": b"<![INCLUDE[<!DOCTYPE a>]]><a/>",
    "an unknown entity": b"<a>&e;</a>",
    "an HTML entity": b"<a>&nbsp;</a>",
    "a declaration after a comment": b"<!-- x -->" + ENTITY,
    "a declaration after a comment like a start": b"<!-- <!-- -->" + ENTITY,
    "a declaration after the shortest comment": b"<!---->" + ENTITY,
    "a declaration after an unclosed-looking comment": b"<!-->" + ENTITY,
    "a declaration in what is no comment": b"<!- x -->" + ENTITY,
    "a declaration after an instruction": b"<?x <!-- ?>" + ENTITY,
    "a declaration after an instruction with CDATA": b"<?x <![CDATA[ ?>" + ENTITY,
    "a declaration after CDATA": b"<a><![CDATA[ <!-- ]]></a><!DOCTYPE a>",
    "a declaration after CDATA's false end": b"<a><![CDATA[ ]> ]] > ]]></a><!DOCTYPE a>",
    "a declaration between quotes": b"<a b='<!--'/>" + ENTITY + b"<a b='-->'/>",
    "a declaration in an attribute": b"<a b='<!DOCTYPE a>'/>",
    "a declaration after another XML declaration": b"<?xml version='1.0'?>" + ENTITY,
    "CDATA in lower case": b"<a><![cdata[<!DOCTYPE a>]]></a>",
    "CDATA before the root": b"<![CDATA[ ]]><a/>",
    "an unfinished comment": b"<a/><!-- ",
    "a comment with two hyphens": b"<a><!-- a -- b --></a>",
    "an unfinished CDATA section": b"<a><![CDATA[ </a>",
    "an unfinished instruction": b"<a/><?x ",
    "a lone end of CDATA": b"<a>]]></a>",
    "a second XML declaration": b"<?xml version='1.0'?><?xml version='1.0'?><a/>",
    "an XML declaration after a comment": b"<!-- --><?xml version='1.0'?><a/>",
    "UTF-16 with its mark": ENTITY.decode().encode("utf-16"),
    "UTF-16 without a mark": ENTITY.decode().encode("utf-16-le"),
    "UTF-16, the other end first": ENTITY.decode().encode("utf-16-be"),
    "UTF-16 and harmless": "<a/>".encode("utf-16"),
    "UTF-32": "<a/>".encode("utf-32"),
    "UTF-16 inside a UTF-8 mark": b"\xef\xbb\xbf" + ENTITY.decode().encode("utf-16-le"),
    "UTF-16 after white space": b"\n" + ENTITY.decode().encode("utf-16-be"),
    "EBCDIC": "<a/>".encode("cp037"),
    "UTF-7 that hides a declaration": b"<?xml version='1.0' encoding='utf-7'?>"
    b"+ADwAIQ-DOCTYPE a+AD4-<a/>",
    "invalid UTF-8": b"<a>\xff</a>",
    "an overlong <": b"<a>\xc0\xbc!DOCTYPE a></a>",
    "a surrogate in UTF-8": b"<a>\xed\xa0\x80</a>",
    "half a character": b"<a>\xe2\x82</a>",
    "Latin-1 as declared": b"<?xml version='1.0' encoding='latin-1'?><a>\xe9</a>",
    "NUL in text": b"<a>\x00</a>",
    "NUL after the root": b"<a/>\x00",
    "NUL as a reference": b"<a>&#0;</a>",
    "a control character": b"<a>\x01</a>",
    "a control character as a reference": b"<a>&#x1;</a>",
    "a non-character": b"<a>\xef\xbf\xbf</a>",
    "a reference beyond Unicode": b"<a>&#x110000;</a>",
    "a reference to a surrogate": b"<a>&#xD800;</a>",
    "an unbound prefix": b"<a><p:b/></a>",
    "an attribute twice": b"<a b='1' b='2'/>",
    "an attribute twice by namespace": b"<a xmlns:p='u' xmlns:q='u' p:b='1' q:b='2'/>",
    "an attribute without quotes": b"<a b=1/>",
    "a raw ampersand": b"<a>Fish & Chips</a>",
    "a prefix undeclared": b"<a xmlns:p='u'><b xmlns:p=''/></a>",
    "the xml namespace rebound": b"<a xmlns:xml='u'/>",
    "a long namespace": b"<a xmlns='" + b"u" * 257 + b"'/>",
    "a long namespace that holds >": b"<a b='>' xmlns:p = \"" + b"u>" * 129 + b'"/>',
    "a long namespace in an odd place": b"<a " + b"\n" * 999 + b"xmlns\r=\n'" + b"u" * 257 + b"'/>",
    "65 levels": b"<a>" * 65 + b"</a>" * 65,
}

FLOODS: dict[str, bytes] = {
    "too many bytes": b"<a>" + b"x" * MIB + b"</a>",
    "depth": b"<a>" * (MIB // 8) + b"</a>" * (MIB // 8),
    "depth within the number of elements": b"<a>" * 60_000 + b"x" * (MIB // 2) + b"</a>" * 60_000,
    "depth without an end": b"<a>" * (MIB // 4),
    "many elements": b"<a>" + b"<b/>" * (MIB // 5) + b"</a>",
    "many elements with text": b"<a>" + b"x<b/>" * (MIB // 6) + b"</a>",
    "many comments": b"<a>" + b"<!---->" * (MIB // 8) + b"<b></a>",
    "many unfinished comments": b"<!--" * (MIB // 5),
    "many instructions": b"<a>" + b"<b/><?x?>" * (MIB // 10) + b"<b></a>",
    "many instructions and text": b"<a>" + (b"<b/>" + b"x" * 20 + b"<?x?>") * (MIB // 32),
    "many CDATA sections": b"<a>" + b"<![CDATA[]]>" * (MIB // 13) + b"<b></a>",
    "many ends of comments": b"<a>" + b"-->" * (MIB // 4) + b"<!--",
    "a huge attribute": b"<a b='" + b"x" * (MIB - 100) + b"'",
    "a huge name": b"<" + b"a" * (MIB - 100) + b"/",
    "many attributes": b"<a " + b" ".join(b"b%x=''" % n for n in range(80_000)),
    "many quotes": b"<a b=" + b"'\"" * (MIB // 3),
    "many namespaces": b"<a " + b" ".join(b"xmlns:b%x='u'" % n for n in range(60_000)),
    "many words xmlns": b"<a " + b"xmlns:" * (MIB // 8) + b" xmlns" * (MIB // 16) + b"/",
    "one namespace copied by many elements": b"<a xmlns='"
    + b"u" * (MIB // 2)
    + b"'>"
    + b"<b/>" * 20_000
    + b"</a>",
    "one namespace copied by many names": b"<a xmlns='"
    + b"u" * (MIB // 2)
    + b"'>"
    + b"".join(b"<b%x/>" % n for n in range(9_000))
    + b"</a>",
    "one namespace copied by many attributes": b"<a xmlns:p='"
    + b"u" * (MIB // 2)
    + b"'>"
    + b"".join(b"<b p:c%x=''/>" % n for n in range(9_000))
    + b"</a>",
    "references": b"<a>" + b"&#x10FFFF;" * (MIB // 11),
    "line ends": b"<a>" + b"\r\n" * (MIB // 2 - 99),
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_document_is_refused(body: bytes) -> None:
    with pytest.raises(BadMessage):
        xml.read(body)


@pytest.mark.parametrize("body", FLOODS.values(), ids=FLOODS.keys())
def test_a_flood_is_refused_in_little_time(body: bytes) -> None:
    """Two seconds of the processor are forty times what the slowest one takes."""
    started = time.process_time()

    with pytest.raises(BadMessage):
        xml.read(body)

    assert time.process_time() - started < 2


@pytest.mark.parametrize("body", FLOODS.values(), ids=FLOODS.keys())
def test_a_flood_takes_little_memory(body: bytes) -> None:
    """32 MiB at most for a message of 1 MiB."""
    tracemalloc.start()
    try:
        with pytest.raises(BadMessage):
            xml.read(body)
        assert tracemalloc.get_traced_memory()[1] < 32 * MIB
    finally:
        tracemalloc.stop()


def test_the_limit_counts_every_byte() -> None:
    body = b"<a>" + b"x" * 93 + b"</a>"

    assert xml.text(xml.read(body, max_bytes=100)) == "x" * 93
    with pytest.raises(BadMessage, match="101 bytes, at most 100"):
        xml.read(body + b" ", max_bytes=100)


def test_a_refusal_does_not_repeat_the_bytes() -> None:
    """What a stranger sent does not reach logs through the exception."""
    for body in (b"<a>hunter2", b"<!DOCTYPE hunter2><a/>", b"<a hunter2='1' hunter2='2'/>"):
        with pytest.raises(BadMessage) as refused:
            xml.read(body)
        assert "hunter2" not in str(refused.value)


FINE: dict[str, tuple[bytes, str]] = {
    "plain": (b"<a>x</a>", "x"),
    "a byte order mark": (b"\xef\xbb\xbf<a>x</a>", "x"),
    "white space around": (b"\r\n <a>x</a>\n\n", "x"),
    "a mark, then white space": (b"\xef\xbb\xbf \n<?xml version='1.0'?><a>x</a>", "x"),
    "a declared UTF-8": (b"<?xml version='1.0' encoding='UTF-8'?><a>\xc3\xa9</a>", "\u00e9"),
    "a wrongly declared encoding": (
        b"<?xml version='1.0' encoding='utf-16'?><a>\xc3\xa9</a>",
        "\u00e9",
    ),
    "an unknown declared encoding": (b"<?xml version='1.0' encoding='x-y'?><a>x</a>", "x"),
    "a declaration in a comment": (b"<!-- <!DOCTYPE a> --><a>x</a>", "x"),
    "a declaration in CDATA": (b"<a><![CDATA[<!DOCTYPE a>]]></a>", "<!DOCTYPE a>"),
    "a declaration in an instruction": (b"<?x <!DOCTYPE a> ?><a>x</a>", "x"),
    "a declaration escaped": (b"<a>&lt;!DOCTYPE a&gt;</a>", "<!DOCTYPE a>"),
    "a comment inside text": (b"<a>x<!-- y -->z</a>", "xz"),
    "CDATA with the start of a comment": (b"<a><![CDATA[<!--]]></a>", "<!--"),
    "a comment with the start of CDATA": (b"<!-- <![CDATA[ --><a>x</a>", "x"),
    "two CDATA sections that hold the end": (b"<a><![CDATA[]]]]><![CDATA[>]]></a>", "]]>"),
    "the five entities": (b"<a>&lt;&gt;&amp;&quot;&apos;</a>", "<>&\"'"),
    "a reference": (b"<a>&#x10FFFF;</a>", "\U0010ffff"),
    "the longest namespace": (b"<a xmlns='" + b"u" * 256 + b"'>x</a>", "x"),
    "a long text that looks like a namespace": (
        b"<a>xmlns='" + b"u" * 999 + b"' and xmlns" + b"u" * 999 + b"</a>",
        "xmlns='" + "u" * 999 + "' and xmlns" + "u" * 999,
    ),
    "an escaped tag with a long namespace": (
        b"<a>&lt;b xmlns='" + b"u" * 999 + b"'></a>",
        "<b xmlns='" + "u" * 999 + "'>",
    ),
    "a long attribute": (b"<a b='" + b"u" * 99_999 + b"'>x</a>", "x"),
}


@pytest.mark.parametrize(("body", "text"), FINE.values(), ids=FINE.keys())
def test_an_unusual_but_harmless_document_is_read(body: bytes, text: str) -> None:
    assert xml.text(xml.read(body)) == text


def test_64_levels_are_read() -> None:
    assert xml.read(b"<a>" * 64 + b"</a>" * 64).tag == "a"


def test_a_large_message_of_usual_density_is_read() -> None:
    """8 MiB of Items as `?list=StructData` gives them."""
    source = b"<Source><LocURI>./Device/Vendor/MSFT/Some/Node</LocURI></Source>"
    item = b"<Item>" + source + b"<Data>1</Data></Item>"
    count = 8 * MIB // len(item) - 1
    body = b"<Results>" + item * count + b"</Results>"

    assert len(xml.read(body, max_bytes=xml.MAX_BYTES_PROVEN)) == count


def test_more_elements_than_any_message_has_are_refused() -> None:
    body = b"<a>" + b"<b></b>     " * 400_000 + b"</a>"

    with pytest.raises(BadMessage, match="more than 400000 elements"):
        xml.read(body, max_bytes=xml.MAX_BYTES_PROVEN)


def test_a_namespace_counts_and_a_prefix_does_not() -> None:
    for body in (b"<a xmlns='u'/>", b"<p:a xmlns:p='u'/>", b"<a xmlns='u/'/>", b'<a xmlns="u/"/>'):
        root = xml.read(body)
        assert (xml.namespace_of(root), xml.local_name(root)) == ("u", "a")


def test_no_namespace_is_an_empty_one() -> None:
    root = xml.read(b"<a/>")

    assert (xml.namespace_of(root), xml.local_name(root)) == ("", "a")


def test_children_are_found_by_namespace() -> None:
    root = xml.read(b"<a xmlns:p='u'><b>1</b><p:b>2</p:b><p:b>3</p:b></a>")

    assert xml.text(xml.child(root, "u", "b")) == "2"
    assert [xml.text(each) for each in xml.children(root, "u", "b")] == ["2", "3"]
    assert xml.child(root, "v", "b") is None
    assert xml.required(root, "u", "b").text == "2"


def test_a_missing_element_is_named_with_its_place_and_rule() -> None:
    with pytest.raises(BadMessage) as refused:
        xml.required(xml.read(b"<a/>"), "u", "b", section="[X] 1")

    assert (refused.value.where, refused.value.section) == ("a", "[X] 1")
    assert str(refused.value) == "a: b is missing ([X] 1)"


def test_the_text_of_nothing_is_empty() -> None:
    assert [xml.text(None), xml.text(xml.read(b"<a/>")), xml.text(xml.read(b"<a> </a>"))] == [
        ""
    ] * 3


def test_an_attribute_is_found_qualified_or_not() -> None:
    root = xml.read(b"<a xmlns:p='u' b=' 1 ' p:c=' 2 '/>")

    assert [xml.attribute(root, name) for name in ("b", "c", "d")] == ["1", "2", None]


CONTENTS: dict[str, tuple[bytes, str]] = {
    "text is kept to the byte": (b"<a xmlns='u'> x\n </a>", " x\n "),
    "nothing": (b"<a xmlns='u'/>", ""),
    "what inherits the namespace has none": (b"<a xmlns='u'><b/></a>", "<b/>"),
    "white space around markup is cut": (b"<a xmlns='u'>\n <b> x </b>\n</a>", "<b> x </b>"),
    "another namespace is declared": (
        b"<a xmlns='u'><b xmlns='v'><c/></b></a>",
        '<b xmlns="v"><c/></b>',
    ),
    "a prefix becomes a declaration": (
        b"<p:a xmlns:p='u' xmlns:q='v'><q:b><p:c/><d/></q:b></p:a>",
        '<b xmlns="v"><c xmlns=""/><d xmlns=""/></b>',
    ),
    "attributes are kept": (
        b"<a xmlns='u' xmlns:q='v'><b c='&lt;' q:d='\"' xml:lang='en'/></a>",
        '<b c="&lt;" xmlns:n1="v" n1:d="&quot;" xml:lang="en"/>',
    ),
    "text among markup stays escaped": (
        b"<a xmlns='u'>1 &lt; 2<b>&amp;</b>3 &gt; 2</a>",
        "1 &lt; 2<b>&amp;</b>3 &gt; 2",
    ),
    "CDATA among markup is escaped": (b"<a><b><![CDATA[<c>]]></b></a>", "<b>&lt;c&gt;</b>"),
}


@pytest.mark.parametrize(("body", "inside"), CONTENTS.values(), ids=CONTENTS.keys())
def test_content_is_text_or_markup_as_text(body: bytes, inside: str) -> None:
    assert xml.content(xml.read(body)) == inside


def test_an_element_is_written_without_white_space() -> None:
    root = Out("s:a", (Out("b", "x"), Out("c"), Out("d", "", (("e", "1"),))), (("xmlns:s", "u"),))

    assert xml.write(root) == b'<s:a xmlns:s="u"><b>x</b><c/><d e="1"/></s:a>'


def test_a_declaration_is_written_on_demand() -> None:
    written = xml.write(Out("a"), declaration=True)

    assert written == b'<?xml version="1.0" encoding="UTF-8"?><a/>'


def test_text_and_attributes_are_escaped() -> None:
    """Carriage returns too, or a reader would lose them ([XML 1.0] 2.11)."""
    nasty = "<&>\"'\r\n\t]]>"

    written = xml.write(Out("a", nasty, (("b", nasty),)))

    assert written == (
        b'<a b="&lt;&amp;&gt;&quot;\'&#xD;&#xA;&#x9;]]&gt;">&lt;&amp;&gt;"\'&#xD;\n\t]]&gt;</a>'
    )


@pytest.mark.parametrize("text", ["\x00", "a\x0b", "\ud800", "\ufffe", "\uffff", "<\x1f"])
def test_what_xml_cannot_carry_is_not_written(text: str) -> None:
    """Neither in text nor in an attribute ([XML 1.0] 2.2)."""
    for element in (Out("a", text), Out("a", (), (("b", text),))):
        with pytest.raises(CannotEncode):
            xml.write(element)


def test_what_the_reader_would_refuse_for_depth_is_not_written() -> None:
    deep = Out("a")
    for _ in range(63):
        deep = Out("a", (deep,))

    assert xml.read(xml.write(deep)).tag == "a"
    with pytest.raises(CannotEncode, match="64 levels"):
        xml.write(Out("a", (deep,)))


def test_octets_are_those_of_the_written_text() -> None:
    assert [xml.octets(text) for text in ("", "a", "\u00e9", "<", "\r", "\U0001f600")] == [
        *(0, 1, 2),
        *(4, 5, 4),
    ]


NAMES = st.from_regex(r"\A[a-z]{1,5}\Z")
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"))
TEXTS |= st.text("<>&\"'\r\n\t ]!-x")
TEXTS = TEXTS.map(lambda text: "".join(c for c in text if (ord(c) & 0xFFFE) != 0xFFFE))
ATTRIBUTES = st.dictionaries(NAMES, TEXTS, max_size=3).map(lambda found: tuple(found.items()))
OUTS = st.recursive(
    st.builds(Out, NAMES, TEXTS, ATTRIBUTES),
    lambda inner: st.builds(Out, NAMES, st.lists(inner, max_size=3).map(tuple), ATTRIBUTES),
    max_leaves=8,
)


def as_read(element: Element) -> Out:
    inside = tuple(as_read(each) for each in element) or (element.text or ())
    return Out(element.tag, inside, tuple(element.attrib.items()))


def as_meant(element: Out) -> Out:
    if isinstance(element.content, str):
        return Out(element.name, element.content or (), element.attributes)
    return Out(element.name, tuple(map(as_meant, element.content)), element.attributes)


@settings(max_examples=60, deadline=None)
@given(OUTS)
def test_what_is_written_is_read_back(element: Out) -> None:
    written = xml.write(element)

    assert as_read(xml.read(written)) == as_meant(element)
    assert xml.write(element) == written


@settings(max_examples=60, deadline=None)
@given(OUTS)
def test_markup_inside_data_is_the_same_raw_or_escaped(element: Out) -> None:
    """Both ways of putting a document into Data give the same document."""
    raw = xml.content(xml.read(xml.write(Out("Data", (element,), (("xmlns", "u"),)))))

    assert as_read(xml.read(raw.encode())) == as_meant(element)


PIECES = st.sampled_from(
    [
        *(b"<a>", b"</a>", b"<b/>", b"<!--", b"-->", b"<![CDATA[", b"]]>", b"<?x", b"?>"),
        *(
            b"<!DOCTYPE a>",
            b"<!ENTITY e 'x'>",
            b"&e;",
            b"&lt;",
            b"'",
            b'"',
            b">",
            b"<",
            b"xmlns='u'",
        ),
        *(b"\x00", b"\xff", b"\xef\xbb\xbf", b" ", b"x", b"<?xml version='1.0'?>", b"-", b"]"),
    ]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(PIECES, max_size=30))
def test_whatever_comes_is_read_or_refused(pieces: list[bytes]) -> None:
    """Nothing but BadMessage escapes, and no declaration outside comments and CDATA is read."""
    for body in (b"".join(pieces), b"<a>" + b"".join(pieces) + b"</a>"):
        try:
            root = xml.read(body)
        except BadMessage:
            continue
        xml.content(root)


@pytest.mark.parametrize(
    "inside",
    [
        " ".join(["<p:e", *(f'p:a{n}=""' for n in range(9000)), "/>"]),
        "<p:e></p:e>" * 9000,
    ],
)
def test_names_that_outgrow_the_message_are_refused(inside: str) -> None:
    long, usual = (f'<D xmlns:p="{"n" * size}">{inside}</D>' for size in (250, 50))

    with pytest.raises(BadMessage, match="namespaces outweigh"):
        xml.read(long.encode())
    assert len(xml.content(xml.read(usual.encode()))) < 12 * len(usual)
