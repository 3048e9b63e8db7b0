"""Facts are shipped; Microsoft's words come with an administrator's import alone."""

import gzip

from tests.tree.catalog.gadgets import files, gadgets, overlay

from lenskeep.files.catalog import shipped_catalog
from lenskeep.tree.catalog.load import load_catalog
from lenskeep.tree.catalog.plain import plain_record
from lenskeep.tree.catalog.sources.build import build_catalog

SPIN = "./Device/Vendor/MSFT/Policy/Config/Gadgets/AutoSpin"


def test_a_catalog_of_facts_holds_no_words_but_ours() -> None:
    text = gzip.decompress(build_catalog(files(), overlay())).decode()

    for words in ("The maker's own sentence", "Turning", "Prose of a maker", "<schema/>"):
        assert words not in text
    assert "Turns the gadget when nobody looks." in text


def test_an_import_holds_them_all() -> None:
    catalog = gadgets(with_text=True)
    record = catalog.find(SPIN)

    assert record is not None
    assert record.words.description == "The maker's own sentence."
    assert record.words.explanation == "Turns the gadget when nobody looks."
    assert record.allowed.labels == ("Still", "Turning")
    assert list(catalog.schemas.values()) == ["<schema/>"]
    assert catalog.header.has_text


def test_the_shipped_catalog_holds_facts_alone() -> None:
    catalog = load_catalog(shipped_catalog())

    assert not catalog.header.has_text
    assert not catalog.schemas
    for record in catalog:
        assert not record.words.description, record.uri
        assert not record.allowed.labels, record.uri
        assert not any(each.rule for each in record.placeholders), record.uri


def test_plain_values_name_every_field() -> None:
    record = gadgets().find(SPIN)
    assert record is not None
    plain = plain_record(record)

    assert plain["access"] == ["add", "delete", "get", "replace"]
    assert plain["allowed"]["values"] == ["0", "1"]
    assert plain["hl_min_build"] == "20348.1432"
    assert plain["evidence"][1] == {
        "source": "policy-list",
        "says": "yes",
        "generations": {"hololens1_dev": "no", "hololens1_comm": "no", "hololens2": "yes"},
        "note": None,
    }
