"""The May 2024 set, where it lies beside the project: every count, and what we ship of it."""

import csv
import gzip
from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from lenskeep.files.catalog import read_descriptions, shipped_catalog, shipped_overlay
from lenskeep.tree.catalog.allowed import Kind
from lenskeep.tree.catalog.load import Catalog, load_catalog
from lenskeep.tree.catalog.record import Confidence, Naming, Record
from lenskeep.tree.catalog.sources.build import build_catalog
from lenskeep.tree.catalog.sources.overlay import OverlayFiles, read_overlay
from lenskeep.tree.operation import Verb

DATA: Final = Path(__file__).parents[3].parent / "shared" / "data"

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not (DATA / "ddf").is_dir(), reason="the set is not beside the project"),
]


@cache
def descriptions() -> dict[str, bytes]:
    """Return the set."""
    return read_descriptions(DATA / "ddf")


@cache
def facts() -> bytes:
    """Return the catalog of the set with our layer."""
    return build_catalog(descriptions(), read_overlay(shipped_overlay()))


@cache
def bare() -> tuple[Record, ...]:
    """Return the records of the set alone, with Microsoft's text."""
    layer = read_overlay(OverlayFiles())
    return tuple(load_catalog(build_catalog(descriptions(), layer, with_text=True)))


@cache
def catalog() -> Catalog:
    """Return the catalog of the set with our layer."""
    return load_catalog(facts())


def count(**counted: int) -> None:
    """Compare counts of the bare records, each by a name of `COUNTS`."""
    for name, expected in counted.items():
        assert sum(1 for record in bare() if COUNTS[name](record)) == expected, name


COUNTS: Final[Mapping[str, Callable[[Record], bool]]] = {
    "nodes": lambda r: True,
    "holographic": lambda r: r.is_holographic,
    "dynamic": lambda r: r.is_dynamic,
    "one_placeholder": lambda r: len(r.placeholders) == 1,
    "more_placeholders": lambda r: len(r.placeholders) > 1,
    "settable": lambda r: r.is_settable,
    "settable_holographic": lambda r: r.is_settable and r.is_holographic,
    "settable_holographic_not_admx": lambda r: (
        r.is_settable and r.is_holographic and not r.area.startswith("ADMX_")
    ),
    "atomic": lambda r: r.atomic_root is not None,
    "deprecated": lambda r: r.is_deprecated,
    "permanent": lambda r: r.is_permanent,
    "defaults": lambda r: r.default is not None,
    "described": lambda r: bool(r.words.description),
    "no_edition": lambda r: r.editions == frozenset(),
    "conflict_rules": lambda r: r.conflict.value != "NoMerge",
    "reboots": lambda r: r.reboot.value != "none",
    "dependent": lambda r: bool(r.dependencies),
    "group_policies": lambda r: r.words.group_policy is not None,
    "executable": lambda r: Verb.EXEC in r.access,
}


def test_the_set_is_read_whole() -> None:
    count(
        nodes=5766,
        holographic=3540,
        dynamic=129,
        one_placeholder=946,
        more_placeholders=202,
        settable=4478,
        settable_holographic=2580,
        settable_holographic_not_admx=830,
        atomic=416,
        deprecated=83,
        permanent=769,
        defaults=1239,
        described=2869,
        no_edition=22,
        conflict_rules=3589,
        reboots=18,
        dependent=116,
        group_policies=817,
        executable=61,
    )


def test_allowed_values_by_kind() -> None:
    kinds = Counter(record.allowed.kind for record in bare())
    lists = Counter(record.allowed.delimiter for record in bare() if record.allowed.is_list)

    assert kinds[Kind.ADMX] == 2490
    assert kinds[Kind.ENUM] == 1101
    assert kinds[Kind.RANGE] == 209
    assert kinds[Kind.REGEX] == 21
    assert kinds[Kind.XSD] == 18
    assert kinds[Kind.FLAGS] == 11
    assert lists == {";": 88, "\uf000": 62, ",": 28, "|": 14}


def test_formats_and_namings() -> None:
    formats = Counter(record.format.value for record in bare())
    dynamic = [record for record in bare() if record.is_dynamic]
    namings = Counter(record.placeholders[-1].naming for record in dynamic)

    assert formats == {
        "chr": 3420,
        "int": 1273,
        "node": 785,
        "bool": 206,
        "b64": 28,
        "null": 28,
        "xml": 21,
        "bin": 3,
        "time": 2,
    }
    assert namings[Naming.UNSTATED] == 6
    assert sum(1 for each in dynamic if each.placeholders[-1].pattern) == 10


def test_every_range_is_understood_and_every_reference_found() -> None:
    uris = {record.uri for record in bare()}
    references = [
        each.uri
        for record in bare()
        for group in record.dependencies
        for each in group.dependencies
    ]

    assert all(r.allowed.ranges for r in bare() if r.allowed.kind is Kind.RANGE)
    assert len(references) == 118
    assert set(references) <= uris


def test_the_shipped_catalog_is_what_the_set_makes() -> None:
    assert gzip.decompress(facts()) == gzip.decompress(shipped_catalog())
    assert catalog().header.label == "DDF v2, May 2024"
    assert catalog().header.supplemented == 76


def test_our_layer_is_what_lies_beside_the_set() -> None:
    beside = OverlayFiles(
        policies=(DATA / "hololens_policies.csv").read_bytes(),
        csps=(DATA / "hololens_csps.csv").read_bytes(),
        supplement=(DATA / "hololens_supplement.jsonl").read_bytes(),
        own=shipped_overlay().own,
    )

    assert build_catalog(descriptions(), read_overlay(beside)) == facts()


def test_evidence_by_confidence() -> None:
    settable = Counter(r.confidence for r in catalog() if r.is_settable)

    assert settable[Confidence.DDF_ADMX_BLANKET] == 1749
    documented = [r for r in catalog() if r.is_settable and r.confidence is Confidence.DOCUMENTED]
    assert len(documented) == 127
    assert sum(1 for record in documented if record.is_holographic) == 125
    excluded = {r.csp for r in catalog() if r.confidence is Confidence.EXCLUDED}
    assert {"RemoteWipe", "RemoteLock", "AppLocker", "WindowsLicensing"} <= excluded


def test_every_usable_policy_is_there_in_our_words() -> None:
    with (DATA / "hololens_policies.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["hololens2"] == "yes"]

    assert len(rows) == 147
    for row in rows:
        path = f"{row['area']}/{row['policy']}"
        above = "" if row["area"] == "RemoteLock" else "Policy/Config/"
        record = catalog().find(f"./Device/Vendor/MSFT/{above}{path}")
        assert record is not None, path
        assert record.words.title, path
        assert record.words.explanation, path
        assert record.confidence.is_yes, path
        assert str(record.hl_min_build) == row["min_build"], path


def test_every_csp_that_hololens_has_is_there_in_our_words() -> None:
    with (DATA / "hololens_csps.csv").open(encoding="utf-8", newline="") as file:
        names = [row["csp"] for row in csv.DictReader(file) if row["hololens2"] == "yes"]

    for name in names:
        roots = [r for r in catalog() if r.csp == name and r.name == name]
        assert roots, name
        assert all(root.words.explanation for root in roots), name


def test_no_sentence_of_ours_is_one_of_theirs() -> None:
    theirs = {record.words.description for record in bare()}
    theirs |= {label for record in bare() for label in record.allowed.labels}

    assert not {r.words.explanation for r in catalog() if r.words.explanation} & theirs
