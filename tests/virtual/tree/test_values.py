"""Which values a node takes, by what the catalog says that it allows."""

import pytest

from lenskeep.tree.catalog.allowed import Allowed, Kind
from lenskeep.tree.value import Format
from lenskeep.virtual.tree.rules import Rule
from lenskeep.virtual.tree.values import Unfit, is_json, taken

YES_NO = Allowed(Kind.ENUM, values=("true", "false"))
NEGATIVE = Allowed(Kind.RANGE, ranges=((-1, 10), (20, 20)))
UNSIGNED = Allowed(Kind.RANGE, ranges=((0, 4294967295),))
BITS = Allowed(Kind.FLAGS, values=("0x0", "0x1", "0x4"))
WORDS = Allowed(Kind.REGEX, pattern="(?i)[a-c]+")
LIST = Allowed(Kind.ENUM, values=("a", "b"), delimiter="\uf000")
PORTS = Allowed(Kind.RANGE, ranges=((1, 9),), delimiter=",")
ADMX = Allowed(Kind.ADMX)


def keep(form: str, allowed: Allowed, value: str | None) -> str | None:
    return taken(Rule("./X", "GR", Format(form), allowed), value)


@pytest.mark.parametrize(
    ("form", "allowed", "value", "kept"),
    [
        ("int", Allowed(Kind.ENUM, values=("0", "1")), " 01 ", "1"),
        ("int", Allowed(Kind.ENUM, values=("0x10",)), "16", "16"),
        ("int", NEGATIVE, "-1", "-1"),
        ("int", NEGATIVE, "20", "20"),
        ("int", UNSIGNED, "4294967295", "4294967295"),
        ("int", BITS, "5", "5"),
        ("int", Allowed(Kind.RANGE), "7", "7"),
        ("bool", YES_NO, "True", "true"),
        ("bool", Allowed(Kind.ENUM, values=("0", "1")), "1", "1"),
        ("bool", Allowed(), "FALSE", "false"),
        ("chr", WORDS, "aBc", "aBc"),
        ("chr", Allowed(Kind.REGEX, pattern="/javascript(/"), "anything", "anything"),
        ("chr", LIST, "a\uf000b", "a\uf000b"),
        ("chr", LIST, "a\uf000b\uf000", "a\uf000b\uf000"),
        ("chr", PORTS, "1,9", "1,9"),
        ("chr", ADMX, "<Enabled />", "<Enabled />"),
        ("chr", ADMX, "<enabled/> <data id='A' value='1'/>", "<enabled/> <data id='A' value='1'/>"),
        ("chr", ADMX, "<disabled/>", "<disabled/>"),
        ("chr", Allowed(Kind.JSON), '{"a": 1}', '{"a": 1}'),
        ("chr", Allowed(Kind.SDDL), "O:BAG:BAD:(A;;FA;;;WD)", "O:BAG:BAD:(A;;FA;;;WD)"),
        ("chr", Allowed(), "", ""),
        ("xml", Allowed(), "<a><b/></a>", "<a><b/></a>"),
        ("b64", Allowed(), "aGVs\r\nbG8=", "aGVsbG8="),
        ("time", Allowed(), "2026-01-31T10:00:00Z", "2026-01-31T10:00:00Z"),
        ("float", Allowed(), "1.5", "1.5"),
        ("null", Allowed(), "", None),
        ("node", Allowed(), None, None),
    ],
)
def test_what_a_node_takes(form: str, allowed: Allowed, value: str | None, kept: str) -> None:
    assert keep(form, allowed, value) == kept


@pytest.mark.parametrize(
    ("form", "allowed", "value"),
    [
        ("int", Allowed(Kind.ENUM, values=("0", "1")), "2"),
        ("int", Allowed(Kind.ENUM, values=("0", "1")), "yes"),
        ("int", NEGATIVE, "-2"),
        ("int", NEGATIVE, "11"),
        ("int", UNSIGNED, "4294967296"),
        ("int", Allowed(), "4294967296"),
        ("int", Allowed(), "-2147483649"),
        ("int", BITS, "2"),
        ("int", BITS, "-1"),
        ("bool", YES_NO, "1"),
        ("bool", YES_NO, "yes"),
        ("chr", WORDS, "abd"),
        ("chr", LIST, "a\uf000c"),
        ("chr", LIST, "a;b"),
        ("chr", PORTS, "1,x"),
        ("chr", PORTS, "1,,2"),
        ("chr", ADMX, "1"),
        ("chr", ADMX, ""),
        ("chr", ADMX, "enabled <enabled/>"),
        ("chr", ADMX, "<enabled>"),
        ("chr", ADMX, "<enable/>"),
        ("chr", ADMX, "<enabled/><data id='A'/>"),
        ("chr", ADMX, "<enabled/>more"),
        ("chr", Allowed(Kind.JSON), "{"),
        ("chr", Allowed(Kind.SDDL), "everybody"),
        ("chr", Allowed(Kind.XSD), "text"),
        ("chr", Allowed(), None),
        ("xml", Allowed(), "<a>"),
        ("b64", Allowed(), "not base64"),
        ("time", Allowed(), "tomorrow"),
        ("float", Allowed(), "one"),
        ("null", Allowed(), "something"),
        ("node", Allowed(), "something"),
    ],
)
def test_what_a_node_refuses(form: str, allowed: Allowed, value: str | None) -> None:
    with pytest.raises(Unfit):
        keep(form, allowed, value)


def test_json_that_is_nested_without_end_is_none() -> None:
    assert not is_json("[" * 100_000)
