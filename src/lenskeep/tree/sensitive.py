"""Which nodes hold, or may hold, a secret: by their names, the one list of the house.

Used where values are shown to those who may only look, and where messages are kept for debugging.
"""

import json
import re
from typing import Final
from urllib.parse import unquote

REDACTED: Final = "[redacted]"
"""What stands in place of a secret."""

_SECRETIVE: Final = re.compile(
    r"password|secret|pfx|psk|passphrase|sharedkey|wlanxml|profilexml|eap(?!ps)|credential|token|"
    r"privatekey|productkey|license|aauthdata|nonce|challenge|recoverykey|/laps/|pin\b|"
    r"archivedefinition",
    re.IGNORECASE,
)
"""CSP: WiFi, VPNv2, ClientCertificateInstall, Accounts, WindowsLicensing, DMAcc, and DiagnosticLog,
whose ArchiveDefinition holds the address to upload to, with its signature."""
_RULES_ABOUT_PASSWORDS: Final = re.compile(r"/policy/(config|result)/devicelock/", re.IGNORECASE)
"""CSP: Policy/DeviceLock. How passwords must be; none is in there."""


def is_sensitive(name: str) -> bool:
    """Return whether the node of this LocURI (or a type of this name) may hold a secret."""
    plain = unquote(name)
    return bool(_SECRETIVE.search(plain)) and not _RULES_ABOUT_PASSWORDS.search(plain)


def redacted(uri: str, value: str | None) -> str | None:
    """Return the value of this node, or what stands in its place where it may be a secret.

    The answer to `?list=` is a JSON object of LocURI to value: it is redacted node by node.
    """
    if value is None:
        return None
    path, _, query = uri.partition("?")
    if is_sensitive(path):
        return REDACTED
    if query.startswith("list=") and is_sensitive(value):
        return _redacted_list(value)
    return value


def _redacted_list(value: str) -> str:
    try:
        nodes = json.loads(value)
    except (ValueError, RecursionError):
        return REDACTED
    if not isinstance(nodes, dict):
        return REDACTED
    plain = {
        node: held if held is None or not is_sensitive(node) else REDACTED
        for node, held in nodes.items()
    }
    return json.dumps(plain, ensure_ascii=False)
