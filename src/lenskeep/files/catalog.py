"""The catalog's files: those that came with us, an administrator's own, descriptions to import."""

import lzma
import struct
import zipfile
import zlib
from importlib import resources
from pathlib import Path
from typing import Final, TypeVar

from lenskeep.base.errors import Invalid, Missing, Unavailable
from lenskeep.tree.catalog.sources.overlay import OverlayFiles

CATALOG: Final = "catalog.json.gz"
"""The name in the package and, for an imported catalog, in the data folder."""

MAX_FILE: Final = 8 * 1024 * 1024
"""Bytes of one description; the largest known has 0.7 MB."""
MAX_FILES: Final = 2000
"""Descriptions in a set; the May 2024 set has 308."""


_UNREADABLE: Final = (
    *(zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError),
    *(ValueError, OverflowError, struct.error, zlib.error, lzma.LZMAError),
)
"""What the library raises for a zip that is broken, or packed in a way it does not know: besides
its own error whatever its parts raise."""

_MAX_TOLD: Final = 200
"""Characters of the library's words, which may repeat what stands in the file."""

T = TypeVar("T")


def shipped_catalog() -> bytes:
    """Return the catalog that came with us."""
    return _shipped(CATALOG)


def shipped_overlay() -> OverlayFiles:
    """Return our layer over the descriptions."""
    return OverlayFiles(
        policies=_shipped("hololens_policies.csv"),
        csps=_shipped("hololens_csps.csv"),
        supplement=_shipped("supplement.jsonl"),
        own=_shipped("overlay.toml"),
    )


def current_catalog(folder: Path) -> bytes:
    """Return the catalog imported into a data folder, or the one that came with us."""
    try:
        return (folder / CATALOG).read_bytes()
    except FileNotFoundError:
        return shipped_catalog()
    except OSError as error:
        raise Unavailable(f"{CATALOG} cannot be read: {error.strerror}") from None


def read_descriptions(source: Path) -> dict[str, bytes]:
    """Return the `.xml` files of a folder or a zip, by name. Raises Missing or Invalid."""
    if source.is_dir():
        return {
            each.name: _read(each)
            for each in _few(sorted(source.iterdir()))
            if each.suffix.casefold() == ".xml"
        }
    if not source.exists():
        raise Missing("folder or zip", str(source))
    try:
        with zipfile.ZipFile(source) as archive:
            return _unzipped(archive)
    except _UNREADABLE as error:
        raise Invalid.field(
            "source",
            f"{source.name} cannot be read: {str(error)[:_MAX_TOLD]}",
            "a folder of .xml files, or a zip",
        ) from None


def read_file(path: Path) -> bytes:
    """Return a file. Raises Missing or Invalid."""
    if not path.is_file():
        raise Missing("file", str(path))
    return _read(path)


def _unzipped(archive: zipfile.ZipFile) -> dict[str, bytes]:
    """Return the descriptions by file name alone: archives differ in the folder they use."""
    found: dict[str, bytes] = {}
    for entry in _few(archive.infolist()):
        name = entry.filename.rpartition("/")[2]
        if not name.casefold().endswith(".xml"):
            continue
        if entry.file_size > MAX_FILE:
            raise _too_large(name)
        with archive.open(entry) as file:
            body = file.read(MAX_FILE + 1)
        if len(body) > MAX_FILE:
            raise _too_large(name)
        found[name] = body
    return found


def _few(entries: list[T]) -> list[T]:
    if len(entries) > MAX_FILES:
        raise Invalid.field("source", f"{len(entries)} files are in it", f"at most {MAX_FILES}")
    return entries


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_FILE:
            raise _too_large(path.name)
        return path.read_bytes()
    except OSError as error:
        raise Invalid.field("source", f"{path.name} cannot be read: {error.strerror}") from None


def _too_large(name: str) -> Invalid:
    return Invalid.field("source", f"{name} is too large", f"at most {MAX_FILE} bytes")


def _shipped(name: str) -> bytes:
    return resources.files("lenskeep.tree").joinpath("data", name).read_bytes()
