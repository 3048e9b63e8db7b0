"""The catalog's file holds every field, and the same bytes for the same records."""

import gzip
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.tree.catalog.gadgets import files, overlay

from lenskeep.base.errors import Invalid
from lenskeep.tree.catalog.allowed import Admx, Allowed, Kind
from lenskeep.tree.catalog.load import load_catalog
from lenskeep.tree.catalog.pack import Header, pack, unpack
from lenskeep.tree.catalog.record import (
    Build,
    Confidence,
    Conflict,
    Dependency,
    DependencyGroup,
    Evidence,
    Generation,
    Naming,
    Placeholder,
    Reboot,
    Record,
    Says,
    Source,
    Words,
)
from lenskeep.tree.catalog.sources.build import build_catalog
from lenskeep.tree.operation import Verb
from lenskeep.tree.uri import Scope
from lenskeep.tree.value import Format

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
TEXTS = st.lists(TEXT, max_size=3).map(tuple)
NUMBER = st.integers(-(2**31), 2**32 - 1)
BUILDS = st.builds(Build, st.integers(10240, 30000), st.none() | st.integers(0, 9999))
ALLOWED = st.builds(
    Allowed,
    st.sampled_from(Kind),
    TEXTS,
    TEXTS,
    st.lists(st.tuples(NUMBER, NUMBER), max_size=2).map(tuple),
    st.none() | TEXT.filter(bool),
    st.none() | TEXT.filter(bool),
    st.none() | st.builds(Admx, TEXT, TEXT, TEXT),
    st.none() | st.sampled_from([";", "\uf000"]),
)
GROUPS = st.builds(
    DependencyGroup,
    TEXT,
    st.lists(st.builds(Dependency, TEXT, ALLOWED, st.booleans()), max_size=2).map(tuple),
    st.none() | ALLOWED,
)
EVIDENCE = st.builds(
    Evidence,
    st.sampled_from(Source),
    st.sampled_from(Says),
    st.dictionaries(st.sampled_from(Generation), st.sampled_from(Says)),
    TEXT,
)
RECORDS = st.builds(
    Record,
    uri=st.just("./Device/Vendor/MSFT/Box/{Shelf Id}/Lid"),
    scope=st.just(Scope.DEVICE),
    csp=st.just("Box"),
    area=st.just(""),
    name=st.just("Lid"),
    access=st.frozensets(st.sampled_from(Verb)),
    format=st.sampled_from(Format),
    default=st.none() | TEXT,
    allowed=ALLOWED,
    placeholders=st.tuples(
        st.builds(Placeholder, TEXT, st.sampled_from(Naming), st.none() | TEXT, TEXT)
    ),
    occurrence=TEXT,
    is_permanent=st.booleans(),
    case_sensitive=st.none() | st.booleans(),
    mime=TEXT,
    dependencies=st.lists(GROUPS, max_size=2).map(tuple),
    atomic_root=st.none() | TEXT.filter(bool),
    conflict=st.sampled_from(Conflict),
    reboot=st.sampled_from(Reboot),
    is_deprecated=st.just(True),
    deprecated_since=TEXT,
    builds=st.lists(BUILDS, max_size=3).map(tuple),
    is_insider=st.booleans(),
    csp_version=TEXT,
    editions=st.none() | st.frozensets(TEXT, max_size=3),
    evidence=st.lists(EVIDENCE, max_size=3).map(tuple),
    confidence=st.sampled_from(Confidence),
    hl_min_build=st.none() | BUILDS,
    note=TEXT,
    words=st.builds(Words, TEXT, TEXT, TEXT, st.none() | st.tuples(TEXT, TEXT, TEXT)),
    is_synthesized=st.just(False),
)


@given(RECORDS)
@settings(max_examples=60, deadline=None)
def test_a_record_comes_back_as_it_was(record: Record) -> None:
    catalog = load_catalog(pack(Header(), [record], {}))

    assert list(catalog) == [record]


def test_header_and_schemas_come_back() -> None:
    header = Header("a set", "abc", 3, 5, 1, has_text=True)
    found = unpack(pack(header, [], {"b": "<b/>", "a": "<a/>"}))

    assert found.header == header
    assert list(found.schemas) == ["a", "b"]


def test_the_same_sources_make_the_same_bytes_in_any_order() -> None:
    there = files()
    back = dict(reversed(there.items()))

    assert build_catalog(there, overlay()) == build_catalog(back, overlay())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"text",
        gzip.compress(b"text", mtime=0),
        gzip.compress(b"[]", mtime=0),
        gzip.compress(json.dumps({"format": 1}).encode(), mtime=0),
        gzip.compress(json.dumps({"format": 99}).encode(), mtime=0),
    ],
)
def test_another_file_is_refused(body: bytes) -> None:
    with pytest.raises(Invalid):
        unpack(body)


def test_a_file_whose_bytes_were_spoiled_is_refused() -> None:
    body = bytearray(gzip.compress(b"{}" * 2000))
    body[12] ^= 0xFF

    with pytest.raises(Invalid, match="cannot be read"):
        unpack(bytes(body))


@pytest.mark.parametrize(
    "change", [{"evidence": [["policy-list", "yes", "x", ""]]}, {"format": "x" * 9999}]
)
def test_a_file_of_another_shape_is_refused_in_few_words(change: dict[str, object]) -> None:
    header = {"label": "", "sha256": "", "files": 0, "nodes": 0}
    whole = {"format": 1, "header": header, "editions": [], "evidence": [], "schemas": {}}
    body = gzip.compress(json.dumps({**whole, "records": [], **change}).encode())

    with pytest.raises(Invalid) as caught:
        unpack(body)
    assert len(str(caught.value)) < 200
