"""Static files from memory: named by their content, so that browsers may keep them for good."""

import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

STATIC: Final = Path(__file__).parent / "static"
REQUIRED: Final = ("vendor/tabler.min.css", "vendor/htmx.min.js")
"""Third-party files that the asset build lays beside ours."""
_TYPES: Final = frozenset({".css", ".js", ".svg", ".txt"})
_FOREVER: Final = "public, max-age=31536000, immutable"
"""A year: the address changes with the content."""


@dataclass(frozen=True, slots=True)
class Asset:
    """One static file."""

    body: bytes
    packed: bytes | None
    """The same in gzip, where the build made it."""
    media_type: str
    version: str


@dataclass(frozen=True, slots=True)
class Assets:
    """All static files by name."""

    files: Mapping[str, Asset]

    @property
    def is_complete(self) -> bool:
        """Whether the asset build was run."""
        return all(name in self.files for name in REQUIRED)

    def url(self, name: str) -> str:
        """Return the address of a file with the version of its content."""
        asset = self.files.get(name)
        return f"/static/{name}" + (f"?v={asset.version}" if asset else "")

    def answer(self, request: Request) -> Response:
        """Answer a request for `/static/{name}`."""
        asset = self.files.get(request.path_params["name"])
        if asset is None:
            return PlainTextResponse("There is no such file.", 404)
        headers = {
            "Cache-Control": _FOREVER
            if request.query_params.get("v") == asset.version
            else "no-cache",
            "X-Content-Type-Options": "nosniff",
            "Vary": "Accept-Encoding",
        }
        accepted = request.headers.get("accept-encoding", "")
        if asset.packed is not None and "gzip" in accepted:
            headers["Content-Encoding"] = "gzip"
            return Response(asset.packed, headers=headers, media_type=asset.media_type)
        return Response(asset.body, headers=headers, media_type=asset.media_type)


def load_assets(folder: Path = STATIC) -> Assets:
    """Return the static files below `folder`, read once."""
    paths = (path for path in sorted(folder.rglob("*")) if path.suffix in _TYPES)
    return Assets({path.relative_to(folder).as_posix(): _load(path) for path in paths})


def _load(path: Path) -> Asset:
    body = path.read_bytes()
    beside = path.with_name(path.name + ".gz")
    packed = beside.read_bytes() if beside.exists() else None
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Asset(body, packed, media_type, hashlib.sha256(body).hexdigest()[:12])
