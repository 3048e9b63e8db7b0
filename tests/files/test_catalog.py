"""Descriptions come from a folder or a zip; the data folder's catalog wins over the shipped one."""

import zipfile
from pathlib import Path

import pytest
from tests.tree.catalog.gadgets import files, overlay

from lenskeep.base.errors import Invalid, Missing
from lenskeep.files import catalog
from lenskeep.tree.catalog.load import load_catalog
from lenskeep.tree.catalog.sources.build import build_catalog


def filled(folder: Path) -> Path:
    """Return the folder with descriptions and a file that is none."""
    for name, body in files().items():
        (folder / name).write_bytes(body)
    (folder / "NOTICE").write_text("not a description")
    return folder


def zipped(folder: Path, inside: str = "set/") -> Path:
    """Return a zip of the descriptions."""
    target = folder / "set.zip"
    with zipfile.ZipFile(target, "w") as archive:
        for name, body in files().items():
            archive.writestr(inside + name, body)
        archive.writestr("NOTICE", "not a description")
    return target


def test_a_folder_and_a_zip_give_the_same(tmp_path: Path) -> None:
    assert catalog.read_descriptions(filled(tmp_path)) == files()
    assert catalog.read_descriptions(zipped(tmp_path)) == files()


def test_what_is_neither_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.zip"
    other.write_text("text")

    with pytest.raises(Invalid, match="cannot be read"):
        catalog.read_descriptions(other)
    with pytest.raises(Missing):
        catalog.read_descriptions(tmp_path / "nowhere")


def test_a_large_file_in_a_zip_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalog, "MAX_FILE", 100)

    with pytest.raises(Invalid, match="too large"):
        catalog.read_descriptions(zipped(tmp_path))


def test_the_shipped_catalog_serves_until_another_is_imported(tmp_path: Path) -> None:
    assert catalog.current_catalog(tmp_path) == catalog.shipped_catalog()
    own = build_catalog(files(), overlay())
    (tmp_path / catalog.CATALOG).write_bytes(own)

    assert catalog.current_catalog(tmp_path) == own


def test_the_shipped_catalog_has_what_is_promised() -> None:
    found = load_catalog(catalog.shipped_catalog())

    assert (found.header.nodes, found.header.supplemented) == (5766, 76)
    assert sum(1 for record in found if record.is_holographic) == 3540


def deflated(folder: Path) -> bytearray:
    """Return a zip of one description, packed."""
    with zipfile.ZipFile(folder / "one.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Box.xml", b"<MgmtTree/>" * 200)
    return bytearray((folder / "one.zip").read_bytes())


def test_a_zip_whose_packed_bytes_were_spoiled_is_refused(tmp_path: Path) -> None:
    body = deflated(tmp_path)
    body[30 + len("Box.xml")] = 0xFF  # where the deflated bytes begin: a block of no known kind

    (tmp_path / "spoiled.zip").write_bytes(body)

    with pytest.raises(Invalid, match="cannot be read"):
        catalog.read_descriptions(tmp_path / "spoiled.zip")


def test_a_zip_with_a_name_that_is_not_in_its_encoding_is_refused(tmp_path: Path) -> None:
    body = deflated(tmp_path)
    entry = body.index(b"PK\x01\x02")
    body[entry + 9] |= 0x08  # "the name is UTF-8"
    body[entry + 46] = 0xFF

    (tmp_path / "spoiled.zip").write_bytes(body)

    with pytest.raises(Invalid, match="cannot be read"):
        catalog.read_descriptions(tmp_path / "spoiled.zip")


def test_a_spoiled_zip_is_told_of_in_few_words(tmp_path: Path) -> None:
    """The library repeats the name that it expected, which may have 64 KiB."""
    with zipfile.ZipFile(tmp_path / "long.zip", "w") as archive:
        archive.writestr("a" * 5000 + ".xml", b"<MgmtTree/>")
    body = bytearray((tmp_path / "long.zip").read_bytes())
    body[30] = ord("b")  # the name in front of the file is not the one in the directory
    (tmp_path / "long.zip").write_bytes(body)

    with pytest.raises(Invalid, match="cannot be read") as caught:
        catalog.read_descriptions(tmp_path / "long.zip")
    assert len(str(caught.value)) < 500
