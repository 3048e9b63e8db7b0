"""Write the generated pages of docs/reference from the source: `python -m tools.reference_pages`.

With `--check` nothing is written; the status is 1 where a committed page is not what the source
says. A page that needs a person's judgment (events.md, security.md ...) is not made here.
"""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from tools.pages import commands, enrollment_errors, errors, rest, settings, statuses
from tools.spec_map import spec_map_page

ROOT: Final = Path(__file__).resolve().parents[1]
FOLDER: Final = "docs/reference"

PAGES: Final[Mapping[str, Callable[[], str]]] = {
    "settings.md": settings.page,
    "command-line.md": commands.page,
    "rest.md": rest.page,
    "enrollment-errors.md": enrollment_errors.page,
    "errors.md": errors.page,
    "statuses.md": statuses.page,
    "spec-map.md": spec_map_page,
}


def stale() -> list[str]:
    """Return the pages that are not what the source says."""
    folder = ROOT / FOLDER
    return [
        name
        for name, make in PAGES.items()
        if not (folder / name).exists() or (folder / name).read_text("utf-8") != make()
    ]


def write() -> None:
    """Write all pages."""
    folder = ROOT / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in PAGES.items():
        (folder / name).write_text(make(), "utf-8")


def main() -> int:
    """Write, or check."""
    if "--check" not in sys.argv[1:]:
        write()
        return 0
    found = stale()
    for name in found:
        print(f"{FOLDER}/{name} is out of date: run  python -m tools.reference_pages")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
