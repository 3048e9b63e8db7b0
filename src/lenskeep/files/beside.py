"""How a command beside the server reaches it: the data folder knows where, and with which token.

Apart from `app`, because a command that speaks REST need not load a whole server first.
"""

from dataclasses import dataclass
from pathlib import Path

from lenskeep.base.errors import Missing
from lenskeep.config import ANY_ADDRESS, load_settings, split_address
from lenskeep.files.folder import LISTENING, LOCAL_TOKEN, DataFolder


@dataclass(frozen=True, slots=True)
class LocalAccess:
    """How a command beside the server reaches it."""

    url: str
    token: str
    ca: Path | None
    """The root to trust; None: those of the system, for an administrator's own certificate."""


def local_access(data: Path | None = None) -> LocalAccess:
    """Return how to reach the server that runs on this data folder. Raises Missing."""
    settings = load_settings(data)
    folder = DataFolder(settings.data)
    if not folder.has(LOCAL_TOKEN):
        raise Missing("data folder made by `lenskeep init`", str(settings.data))
    token = folder.read(LOCAL_TOKEN).decode("ascii").strip()
    if settings.tls_certificate is not None:
        return LocalAccess(settings.url("").rstrip("/"), token, None)
    host, port = settings.listening
    if folder.has(LISTENING):
        host, port = split_address(folder.read(LISTENING).decode("ascii"))
    if host in (*ANY_ADDRESS, "127.0.0.1", "::1"):
        host = "localhost"
    elif ":" in host:
        host = f"[{host}]"
    return LocalAccess(f"https://{host}:{port}", token, folder.trusted_roots())
