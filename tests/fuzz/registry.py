"""Which targets there are. They are imported by name, so that a worker can count coverage first."""

from importlib import import_module
from pathlib import Path
from typing import Final

from tests.fuzz.harness import Target

HERE: Final = Path(__file__).parent
CORPUS: Final = HERE / "corpus"
NAMES: Final = (
    *("xml", "soap", "syncml", "wap", "csr", "pkcs7", "csv", "yaml", "package"),
    *("session", "signature", "certificate", "token", "archive", "backup", "ddf"),
    *("documents", "rule", "uri", "values", "query"),
)


def target(name: str) -> Target:
    """Return the target of that name."""
    found: Target = import_module(f"tests.fuzz.targets.{name}").TARGET
    return found


def corpus(name: str) -> list[Path]:
    """Return the units that are kept for a target, findings of old among them."""
    return sorted(each for each in (CORPUS / name).iterdir() if each.is_file())


def words(name: str) -> Path | None:
    """Return the target's dictionary, where it has one."""
    found = HERE / "words" / f"{name}.dict"
    return found if found.exists() else None
