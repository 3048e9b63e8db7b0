"""A package as the headset keeps it: everything that it takes to apply it once more."""

import base64
import json
from typing import Any

from lenskeep.virtual.enrollment.ways import Package


def dump_package(way: Package) -> bytes:
    """Return the package as JSON; its secrets are in it."""
    kept: dict[str, Any] = {
        "customizations": _text(way.customizations),
        "pfx": _text(way.pfx) if way.pfx else None,
        "pfx_password": way.pfx_password,
        "files": [[name, _text(data)] for name, data in way.files],
    }
    return json.dumps(kept, indent=1).encode()


def load_package(data: bytes) -> Package:
    """Return the package that `dump_package` kept."""
    kept: dict[str, Any] = json.loads(data)
    files = tuple((name, base64.b64decode(text)) for name, text in kept["files"])
    pfx = base64.b64decode(kept["pfx"]) if kept["pfx"] else None
    return Package(base64.b64decode(kept["customizations"]), pfx, kept["pfx_password"], files)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
