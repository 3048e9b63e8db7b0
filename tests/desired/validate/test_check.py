"""A setting against the catalog. The nodes are written by hand, one for each rule."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lenskeep.base.errors import Invalid
from lenskeep.desired.applies import DeviceFacts
from lenskeep.desired.inventory import HOLOLENS_2
from lenskeep.desired.validate.check import validate
from lenskeep.desired.validate.finding import Findings, Setting, Weight
from lenskeep.files.catalog import shipped_catalog
from lenskeep.tree.catalog.allowed import Allowed, Kind
from lenskeep.tree.catalog.load import Match, load_catalog
from lenskeep.tree.catalog.record import (
    Build,
    Confidence,
    Dependency,
    DependencyGroup,
    Naming,
    Placeholder,
    Record,
)
from lenskeep.tree.catalog.template import template_key
from lenskeep.tree.operation import Verb
from lenskeep.tree.uri import Scope
from lenskeep.tree.value import Format

SCHEMA = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="toy">
 <xs:complexType><xs:attribute name="size" type="xs:int" use="required"/></xs:complexType>
</xs:element></xs:schema>"""
ALL = frozenset({Verb.GET, Verb.ADD, Verb.REPLACE, Verb.DELETE})
P = "./Device/Vendor/MSFT/Policy/Config"
VPN = "./Device/Vendor/MSFT/VPNv2/{ProfileName}"
SWITCH = Allowed(Kind.ENUM, values=("0", "1"))


def node(
    uri: str,
    form: Format = Format.INT,
    allowed: Allowed = SWITCH,
    access: frozenset[Verb] = ALL,
    **more: Any,
) -> Record:
    return Record(
        uri, Scope.DEVICE, "", "", uri.split("/")[-1], access, form, allowed=allowed, **more
    )


LOCKS = Dependency(f"{P}/DeviceLock/On", Allowed(Kind.ENUM, values=("0",)))
PROFILE = Placeholder("ProfileName", Naming.SERVER, "^[^/]*$")
RECORDS = [
    node(f"{P}/A/Switch"),
    node(f"{P}/A/Toggle", Format.BOOL, Allowed()),
    node(f"{P}/A/Length", allowed=Allowed(Kind.RANGE, ranges=((4, 16),))),
    node(f"{P}/A/Old", is_deprecated=True, deprecated_since="10.0.22000"),
    node(f"{P}/A/Insider", confidence=Confidence.INSIDER),
    node(f"{P}/A/New", confidence=Confidence.DOCUMENTED, hl_min_build=Build(22621, 1244)),
    node(
        f"{P}/DeviceLock/Length",
        dependencies=(DependencyGroup("on", (LOCKS,), Allowed(Kind.RANGE, ranges=((0, 9),))),),
    ),
    node(
        f"{P}/DeviceLock/Never",
        dependencies=(
            DependencyGroup("off", (Dependency(LOCKS.uri, LOCKS.allowed, negated=True),)),
        ),
    ),
    node(f"{P}/Settings/PageVisibilityList", Format.CHR, Allowed()),
    node(f"{P}/Power/StandbyTimeoutPluggedIn", Format.CHR, Allowed(Kind.ADMX)),
    node(f"{VPN}/Ip", Format.CHR, Allowed(), placeholders=(PROFILE,), atomic_root=VPN),
    node(f"{VPN}/Secret", allowed=SWITCH, placeholders=(PROFILE,)),
    node("./Device/Vendor/MSFT/Reboot/RebootNow", Format.NULL, Allowed(), frozenset({Verb.EXEC})),
    node(
        "./Device/Vendor/MSFT/Apps/{Name}",
        Format.NODE,
        Allowed(),
        placeholders=(Placeholder("Name", Naming.CLIENT),),
    ),
    node(f"{P}/A/Document", Format.CHR, Allowed(Kind.XSD, xsd_id="s1")),
    node(f"{P}/A/Absent", Format.CHR, Allowed(Kind.XSD, xsd_id="s2")),
    node("./DevInfo/DevId", Format.CHR, Allowed(), frozenset({Verb.GET})),
]


class Few:
    """A catalog of a few nodes."""

    schemas: Mapping[str, str] = MappingProxyType({"s1": SCHEMA})

    def match(self, uri: str) -> Match | None:
        wanted = uri.casefold().split("/")
        for each in RECORDS:
            template = template_key(each.uri).split("/")
            pairs = zip(template, wanted, strict=False)
            if len(template) == len(wanted) and all(a in ("{}", b) for a, b in pairs):
                return Match(each)
        return None


def check(uri: str, value: str | None = None, verb: Verb | None = None, **more: Any) -> Findings:
    return validate(Few(), Setting(uri, value, verb), **more)


def weights(findings: Findings) -> list[Weight]:
    return [each.weight for each in findings.found]


@pytest.mark.parametrize(
    ("uri", "value", "wire"),
    [
        (f"{P}/A/Switch", " 01 ", (Format.INT, "1")),
        ("./Vendor/MSFT/policy/config/a/switch", "0", (Format.INT, "0")),
        (f"{P}/A/Toggle", "TRUE", (Format.BOOL, "true")),
        (f"{P}/A/Length", "16", (Format.INT, "16")),
        (
            f"{P}/Power/StandbyTimeoutPluggedIn",
            '<enabled/><data id="EnterACStandbyTimeOut" value="60"/>',
            (Format.CHR, '<enabled/><data id="EnterACStandbyTimeOut" value="60"/>'),
        ),
        ("./Vendor/MSFT/VPNv2/Hall%20B/Ip", "anything", (Format.CHR, "anything")),
    ],
)
def test_a_legal_value_goes_out_typed(
    uri: str, value: str | None, wire: tuple[Format, str]
) -> None:
    findings = check(uri, value)

    assert findings.found == ()
    sent = findings.require()
    assert (sent.format, sent.value) == wire
    assert sent.uri.text == uri


@pytest.mark.parametrize(
    ("uri", "value", "field", "allowed"),
    [
        (f"{P}/A/Switch", "7", "value", "0, 1"),
        (f"{P}/A/Switch", "on", "value", "0, 1"),
        (f"{P}/A/Switch", None, "value", "0, 1"),
        (f"{P}/A/Toggle", "1", "value", "true, false"),
        (f"{P}/A/Length", "3", "value", "4 to 16"),
        (f"{P}/A/Nothing", "1", "uri", None),
        ("no address", "1", "uri", "./Device/..., ./User/..., ./Vendor/..., ./DevInfo/..."),
        ("./Vendor/MSFT/VPNv2/a%2/Ip", "x", "uri", "percent-encoded, % itself as %25"),
        ("./Vendor/MSFT/VPNv2/a%2Fb/Ip", "x", "uri", "^[^/]*$"),
        ("./Vendor/MSFT/VPNv2/{ProfileName}/Ip", "x", "uri", "the name itself"),
        ("./DevInfo/DevId", "x", "uri", "get"),
        ("./Vendor/MSFT/Reboot/RebootNow", None, "uri", "exec"),
        ("./Vendor/MSFT/Apps/Contoso", None, "uri", "get, delete"),
    ],
)
def test_an_illegal_setting_is_refused_with_the_field_and_what_is_allowed(
    uri: str, value: str | None, field: str, allowed: str | None
) -> None:
    findings = check(uri, value)

    assert [(each.field, each.allowed) for each in findings.refusals] == [(field, allowed)]
    assert findings.wire is None
    with pytest.raises(Invalid) as raised:
        findings.require()
    assert raised.value.complaints[0].field == field


def test_everything_wrong_is_said_at_once() -> None:
    setting = Setting("./Vendor/MSFT/VPNv2/a%2/Secret", "7", Verb.EXEC, Format.CHR)

    findings = validate(Few(), setting)

    assert [each.field for each in findings.refusals] == ["uri", "verb", "format", "value"]


def test_what_came_to_a_secret_node_is_not_repeated() -> None:
    findings = check("./Vendor/MSFT/VPNv2/a/Secret", "hunter2")

    assert "hunter2" not in repr(findings.found)
    assert findings.refusals[0].message == "'[redacted]' is not a whole number"


@pytest.mark.parametrize("verb", [Verb.GET, Verb.DELETE])
def test_get_and_delete_carry_no_value(verb: Verb | None) -> None:
    assert check(f"{P}/A/Switch", None, verb).require().format is None
    assert check(f"{P}/A/Switch", "1", verb).refusals


def test_an_exec_without_value_goes_out() -> None:
    assert check("./Vendor/MSFT/Reboot/RebootNow", None, Verb.EXEC).require().value is None


def test_a_switch_written_as_a_word_is_sent_as_its_number_with_a_warning() -> None:
    findings = check(f"{P}/A/Switch", "True")

    assert weights(findings) == [Weight.WARNING]
    assert findings.require().value == "1"


def test_an_atomic_node_names_its_root_with_the_names_of_the_address() -> None:
    findings = check("./Vendor/MSFT/VPNv2/Hall%20B/Ip", "x")

    assert findings.atomic_root == "./Device/Vendor/MSFT/VPNv2/Hall%20B"


def test_a_lock_out_is_no_refusal() -> None:
    findings = check(f"{P}/Settings/PageVisibilityList", "showonly:reset")

    assert findings.is_accepted
    assert len(findings.lockouts) == 2


def test_deprecated_and_insider_nodes_are_warnings() -> None:
    assert weights(check(f"{P}/A/Old", "1")) == [Weight.WARNING]
    assert weights(check(f"{P}/A/Insider", "1")) == [Weight.WARNING]


class TestDependencies:
    """A setting that needs another."""

    def test_without_the_wanted_tree_nothing_is_said(self) -> None:
        assert check(f"{P}/DeviceLock/Length", "1").found == ()

    @pytest.mark.parametrize("wanted", [{}, {LOCKS.uri: "1"}])
    def test_an_unmet_one_is_a_warning(self, wanted: Mapping[str, str | None]) -> None:
        findings = check(f"{P}/DeviceLock/Length", "1", wanted=wanted)

        assert weights(findings) == [Weight.WARNING]
        assert findings.found[0].allowed == "0"

    def test_a_met_one_says_what_is_allowed_then(self) -> None:
        wanted = {"./Vendor/MSFT/Policy/Config/DeviceLock/on": "0"}

        assert check(f"{P}/DeviceLock/Length", "9", wanted=wanted).found == ()
        assert check(f"{P}/DeviceLock/Length", "10", wanted=wanted).refusals

    def test_a_negated_one_is_met_by_anything_else(self) -> None:
        assert check(f"{P}/DeviceLock/Never", "1", wanted={}).found == ()
        assert check(f"{P}/DeviceLock/Never", "1", wanted={LOCKS.uri: "1"}).found == ()
        assert check(f"{P}/DeviceLock/Never", "1", wanted={LOCKS.uri: "0"}).warnings


class TestDevice:
    """A setting for one device."""

    def test_what_it_does_not_have_is_refused_with_the_reason(self) -> None:
        device = DeviceFacts(HOLOLENS_2, 0x88, "19041.1128")

        (finding,) = check(f"{P}/A/New", "1", device=device).refusals

        assert finding.field == "device"
        assert "not applicable on 19041.1128: needs 22621.1244 or later" in finding.message

    def test_what_nobody_knows_is_a_warning(self) -> None:
        device = DeviceFacts(HOLOLENS_2, 0x88, "22621.1244")

        assert check(f"{P}/A/New", "1", device=device).found == ()
        assert weights(check(f"{P}/A/Switch", "1", device=device)) == [Weight.WARNING]


URIS = [each.uri.replace("{ProfileName}", "a").replace("{Name}", "b") for each in RECORDS]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(URIS), st.text(max_size=40) | st.none(), st.sampled_from([None, *Verb]))
def test_what_was_accepted_is_accepted_again_unchanged(
    uri: str, value: str | None, verb: Verb | None
) -> None:
    first = check(uri, value, verb)

    assert (first.wire is None) is bool(first.refusals)
    if first.wire is not None:
        again = check(uri, first.wire.value, verb)
        assert again.wire == first.wire


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60))
def test_no_address_breaks_the_check(text: str) -> None:
    check(text, "1")
    check(f"./Vendor/MSFT/VPNv2/{text}/Ip", "1")


@pytest.mark.parametrize(
    ("name", "value", "came"),
    [
        ("Document", '<toy size="5"/>', []),
        ("Document", '<toy size="big"/>', ["size"]),
        ("Document", '<toy colour="red"/>', ["colour", "size"]),
        ("Absent", "<whatever/>", []),
    ],
)
def test_a_document_follows_the_schema_that_was_imported(
    name: str, value: str, came: list[str]
) -> None:
    found = check(f"{P}/A/{name}", value).refusals

    assert came == [each.came for each in found]


def test_a_document_that_cannot_be_read_is_said_once() -> None:
    found = check(f"{P}/A/Document", "<toy").refusals

    assert ["a well-formed document"] == [each.allowed for each in found]


def test_a_policy_in_the_wrong_scope_is_said_to_be_none_there() -> None:
    catalog = load_catalog(shipped_catalog())
    uri = "./User/Vendor/MSFT/Policy/Config/Experience/AllowCortana"

    found = validate(catalog, Setting(uri, "0"))

    assert "is no policy of the catalog in this scope" in found.refusals[0].message
