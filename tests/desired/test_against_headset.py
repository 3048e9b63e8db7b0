"""What the server says of every node, against what the virtual headset makes of it.

Both decide from the catalog's data, each by code of its own; where they differ, one is wrong, or
the difference stands here with its reason.
"""

from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

import pytest

from lenskeep.desired.applies import DeviceFacts, Verdict, applies
from lenskeep.desired.inventory import HOLOLENS_1, HOLOLENS_2
from lenskeep.desired.validate.check import validate
from lenskeep.desired.validate.finding import Setting, Wire
from lenskeep.tree.catalog.load import Catalog, load_catalog
from lenskeep.tree.catalog.record import Record
from lenskeep.tree.ddf import canonical_path
from lenskeep.tree.operation import Verb
from lenskeep.tree.uri import node_key
from lenskeep.tree.value import Format
from lenskeep.virtual.builds import PROFILES, Profile
from lenskeep.virtual.tree.book import csp_versions, rulebook
from lenskeep.virtual.tree.store import Tree
from lenskeep.virtual.tree.verbs import Act, Circumstances, perform

UNRELEASED: Final = (
    "the played Insider headset has what Windows never released; from its build alone nobody can"
    " tell that it is one, and the catalog's rule is: no, unless HoloLens documentation says so"
)
ONLY_WITH_DOCUMENTATION: Final = frozenset(
    (
        "./Device/Vendor/MSFT/ClientCertificateInstall/SCEP/{UniqueID}/Install/AttestPrivateKey",
        "./Device/Vendor/MSFT/DMClient/Provider/{ProviderID}/ConfigRefresh/Cadence",
        "./Device/Vendor/MSFT/DMClient/Provider/{ProviderID}/ConfigRefresh/Enabled",
        "./Device/Vendor/MSFT/DMClient/Provider/{ProviderID}/ConfigRefresh/PausePeriod",
        "./Device/Vendor/MSFT/DMClient/Provider/{ProviderID}/LinkedEnrollment/DiscoveryEndpoint",
        "./Device/Vendor/MSFT/PassportForWork/{TenantId}/Policies/DisablePostLogonCredentialCaching",
        "./Device/Vendor/MSFT/PassportForWork/{TenantId}/Policies/DisablePostLogonProvisioning",
        "./User/Vendor/MSFT/ClientCertificateInstall/SCEP/{UniqueID}/Install/AttestPrivateKey",
    )
)
"""On `HL2-insider` alone the headset has them and the server says no: UNRELEASED."""

DIFFERENT_PRESENCE: Final = frozenset((each, "HL2-insider") for each in ONLY_WITH_DOCUMENTATION)

_SCHEDULE: Final = "CSP: Reboot: an empty value takes the schedule away; the headset refuses it"
_UPDATES: Final = (
    "./Device/Vendor/MSFT/EnterpriseModernAppManagement/AppManagement/System/{PackageFamilyName}"
    "/AppUpdateSettings/"
)
_EMPTY: Final = "an empty list has no item that breaks the rule; the headset takes it for one item"
_ADMX: Final = "./Device/Vendor/MSFT/Policy/ConfigOperations/ADMXInstall/"
DIFFERENT_VALUES: Final = MappingProxyType(
    {
        "./Device/Vendor/MSFT/Reboot/Schedule/Single": _SCHEDULE,
        "./Device/Vendor/MSFT/Reboot/Schedule/DailyRecurrent": _SCHEDULE,
        "./Device/Vendor/MSFT/Reboot/Schedule/WeeklyRecurrent": _SCHEDULE,
        _UPDATES + "AutoUpdateSettings/PackageSource": _EMPTY,
        _ADMX + "{AppName}/Properties/{SettingsType}/{AdmxFileId}/Version": (
            "a version is any text; the headset wants XML of everything below ADMXInstall"
        ),
    }
)
"""Nodes of which the headset refuses what the server accepts, and why that may be."""

_GUID: Final = "0f8fad5b-d9cb-469f-a165-70867728950e"
NAMES: Final = ("lab", _GUID, f"{{{_GUID}}}", "1", "A" * 40, "Contoso.App_8wekyb3d8bbwe")
VALUES: Final = (
    *("", "x", "0", "1", "-1", "2", "100", "101", "65535", "4294967295", "-2147483648", "1.5"),
    *("true", "false", "<a/>", "<policyDefinitions/>", "<enabled/>", "<disabled/>", "{}", "[1]"),
    *('{"Account": "a", "AUMID": "b!c"}', "AAAA", "a;b", "https://a.example/b", "a.example:80"),
    *("2026-03-31T22:30:00Z", "2026-03-31", "PT8H", "UTC", "hide:about", "user@contoso.com"),
)
AROUND: Final = Circumstances(user_present=True, local_time="", in_atomic=True)
BY_NAME: Final = {each.name: each for each in PROFILES}


@cache
def catalog() -> Catalog:
    """Return the shipped catalog."""
    return load_catalog(files("lenskeep.tree").joinpath("data/catalog.json.gz").read_bytes())


@cache
def settable() -> tuple[Record, ...]:
    return tuple(each for each in catalog() if each.is_settable)


def facts(profile: Profile, *, reported: bool) -> DeviceFacts:
    """Return what a headset has told: its build, and perhaps which CSPs it has."""
    versions = csp_versions(profile) if reported else {}
    return DeviceFacts(
        HOLOLENS_2 if profile.generation == 2 else HOLOLENS_1,
        profile.edition,
        f"{profile.build}.{profile.revision}",
        {node_key(f"./Device/Vendor/MSFT/{csp}"): version for csp, version in versions.items()},
    )


@cache
def named(uri: str) -> str:
    """Return a record's address with names in its open places, such as they take."""
    uris = [
        "/".join(name if each.startswith("{") else each for each in uri.split("/"))
        for name in NAMES
    ]
    return next((each for each in uris if catalog().find(each) is not None), uris[0])


def is_there(record: Record, profile: Profile) -> bool:
    """Return whether the headset has the node itself, not an open place that takes its name."""
    rule = rulebook(profile).find(canonical_path(named(record.uri)))
    return rule is not None and (record.is_dynamic or not rule.path.endswith("/*"))


@pytest.mark.parametrize("name", BY_NAME)
@pytest.mark.parametrize("reported", [False, True])
def test_what_applies_is_there_and_what_does_not_is_not(name: str, reported: bool) -> None:
    profile = BY_NAME[name]
    device = facts(profile, reported=reported)

    different = {
        (each.uri, name)
        for each in settable()
        if (verdict := applies(each, device).verdict) is not Verdict.UNKNOWN
        and (verdict is Verdict.YES) is not is_there(each, profile)
    }

    assert {each for each in DIFFERENT_PRESENCE if each[1] == name} == different


def status_of(profile: Profile, record: Record, wire: Wire) -> int:
    """Return what a headset without anything else answers, the node's parent being there."""
    tree = Tree(rulebook(profile), ())  # its nodes are shared with all of the kind
    tree.put(wire.uri.path.rpartition("/")[0], Format.NODE, None)
    form = wire.format.value if wire.format else None
    there = tree.find(wire.uri.path) is not None or bool(record.area)
    verb = Verb.REPLACE if Verb.REPLACE in record.access and there else Verb.ADD
    if verb not in record.access:
        tree.put(wire.uri.path, record.format, "")
        verb = Verb.REPLACE
    return perform(tree, Act(verb, wire.uri.text, form, wire.value), AROUND).status


def candidates(record: Record) -> list[str]:
    """Return values worth a try: of every kind, the node's own, and those just outside."""
    edges = (number for low, high in record.allowed.ranges for number in (low - 1, low, high))
    beyond = (high + 1 for _, high in record.allowed.ranges)
    own = (*record.allowed.values, *map(str, edges), *map(str, beyond))
    return list(dict.fromkeys((*VALUES, *own)))


@pytest.mark.parametrize("name", ["HL2-22621.1244", "HL1-17763-Business", "HL1-17763-Dev"])
def test_what_is_accepted_is_taken(name: str) -> None:
    profile = BY_NAME[name]
    device = facts(profile, reported=False)
    tried = 0
    refused: dict[str, list[tuple[str, int]]] = {}

    for record in settable():
        if applies(record, device).verdict is not Verdict.YES:
            continue
        for value in candidates(record):
            wire = validate(catalog(), Setting(named(record.uri), value)).wire
            if wire is None:
                continue
            tried += 1
            status = status_of(profile, record, wire)
            if status != 200:
                refused.setdefault(record.uri, []).append((value, status))

    assert tried > 50
    assert refused.keys() <= DIFFERENT_VALUES.keys(), refused


def test_every_difference_in_values_is_still_one() -> None:
    """A reason that nothing needs any more goes."""
    profile = BY_NAME["HL2-22621.1244"]
    for uri in DIFFERENT_VALUES:
        record = catalog().find(uri)
        assert record is not None
        wires = [validate(catalog(), Setting(named(record.uri), each)).wire for each in ("", "x")]
        assert any(each and status_of(profile, record, each) != 200 for each in wires), uri
