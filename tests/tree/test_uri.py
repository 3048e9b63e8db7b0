"""LocURIs: which are taken, and which are the same node."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lenskeep.base.errors import Invalid
from lenskeep.tree.uri import MAX_LENGTH, Scope, node_key, parse_uri, same_node


@pytest.mark.parametrize(
    ("text", "path", "scope", "query"),
    [
        ("./DevInfo/Mod", "./DevInfo/Mod", Scope.DEVICE, ""),
        ("./Vendor/MSFT/X", "./Device/Vendor/MSFT/X", Scope.DEVICE, ""),
        ("./vendor/MSFT/X", "./Device/vendor/MSFT/X", Scope.DEVICE, ""),
        ("./Device/Vendor/MSFT/X", "./Device/Vendor/MSFT/X", Scope.DEVICE, ""),
        ("./User/Vendor/MSFT/X", "./User/Vendor/MSFT/X", Scope.USER, ""),
        ("./user/Vendor/MSFT/X", "./user/Vendor/MSFT/X", Scope.USER, ""),
        ("  ./DevInfo/Mod\n", "./DevInfo/Mod", Scope.DEVICE, ""),
        ("./a/%7Bb%7D/{c}", "./a/%7Bb%7D/{c}", Scope.DEVICE, ""),
        ("./a?list=StructData", "./a", Scope.DEVICE, "?list=StructData"),
        ("./a?prop=Type", "./a", Scope.DEVICE, "?prop=Type"),
        (".", ".", Scope.DEVICE, ""),
        (".?list=Struct", ".", Scope.DEVICE, "?list=Struct"),
    ],
)
def test_a_locuri_is_taken_apart(text: str, path: str, scope: Scope, query: str) -> None:
    """Path, scope and query; ./Vendor is ./Device/Vendor."""
    uri = parse_uri(text)

    assert (path, scope, query) == (uri.path, uri.scope, uri.query)
    assert text.strip() == uri.text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "DevInfo/Mod",
        "/DevInfo",
        "./",
        "./a//b",
        "./a/",
        "./a/../b",
        "./a/./b",
        "./a/*",
        "./a b",
        "./a#b",
        "./a\x00",
        "./a\ud800",
        "./a?list=Everything",
        "./a?",
        "./a?list=Struct?prop=Type",
        "./" + "a" * MAX_LENGTH,
    ],
)
def test_what_is_no_locuri_is_refused_in_words(text: str) -> None:
    """The complaint names the field."""
    with pytest.raises(Invalid) as caught:
        parse_uri(text)

    assert [complaint.field for complaint in caught.value.complaints] == ["uri"]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("./Vendor/MSFT/X", "./Device/Vendor/MSFT/x", True),
        ("./DevInfo/DevID", "./DevInfo/DevId", True),
        ("./a?list=StructData", "./a", True),
        ("./User/Vendor/MSFT/X", "./Vendor/MSFT/X", False),
        ("not one", " NOT ONE ", True),
        ("not one", "another", False),
    ],
)
def test_two_spellings_name_one_node(one: str, other: str, *, same: bool) -> None:
    """Names compare without case, and either spelling of the device's tree."""
    assert same is same_node(one, other)


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=40))
def test_any_text_has_a_key_and_white_space_around_it_does_not_matter(text: str) -> None:
    """Never an exception, whatever a peer writes."""
    assert node_key(text) == node_key(f" {text}\n")


@settings(max_examples=60, deadline=None)
@given(names=st.lists(st.from_regex(r"[A-Za-z0-9%{}~_.-]{1,8}", fullmatch=True), min_size=1))
def test_a_canonical_path_is_its_own_canonical_path(names: list[str]) -> None:
    """Parsing what was parsed changes nothing."""
    text = "./" + "/".join(names)
    if any(name in (".", "..") for name in names) or len(text) > MAX_LENGTH:
        return

    uri = parse_uri(text)

    assert uri.path == parse_uri(uri.path).path
    assert uri.key == parse_uri(uri.path.upper()).key
    assert list(uri.segments) == uri.path.split("/")[1:]


@pytest.mark.parametrize("blank", ["\x85", "\xa0", "\u2028", "\x1f"])
def test_a_name_holds_no_blank_of_any_kind(blank: str) -> None:
    with pytest.raises(Invalid, match="is not allowed"):
        parse_uri(f"./Vendor/MSFT/A{blank}?list=Struct")


def test_what_is_taken_is_taken_in_its_full_spelling_too() -> None:
    short = "./Vendor/" + "a" * (MAX_LENGTH - len("./Device/Vendor/"))

    assert parse_uri(parse_uri(short).path).path == parse_uri(short).path
    with pytest.raises(Invalid, match="written in full"):
        parse_uri(short + "a")
