"""Nodes that follow others: Policy/Result, a certificate's details, NodeCache, the local time.

Some follow only after a restart.
"""

import base64
import hashlib
import re
from typing import Final

from cryptography import x509

from lenskeep.tree.catalog.allowed import Kind
from lenskeep.tree.catalog.record import Reboot
from lenskeep.tree.value import Format
from lenskeep.virtual.tree.rules import USER_VENDOR, VENDOR, Rule
from lenskeep.virtual.tree.store import Node, Tree
from lenskeep.virtual.tree.values import looks_like_admx

_CONFIG: Final = "/Policy/Config/"
_RESULT: Final = "/Policy/Result/"
_CERTIFICATE: Final = "/EncodedCertificate"
_DEVICE_NAME: Final = "./DevDetail/Ext/Microsoft/DeviceName"
_DNS_NAME: Final = "./DevDetail/Ext/Microsoft/DNSComputerName"
_COMPUTER_NAMES: Final = (
    _DEVICE_NAME.casefold(),
    _DNS_NAME.casefold(),
    f"{VENDOR}Accounts/Domain/ComputerName".casefold(),
)


def after_change(tree: Tree, path: str) -> bool:
    """Bring following nodes up to date after a node was set or removed.

    Returns False where the value turns out not to be what the node must hold; the caller undoes.
    """
    at = path.casefold().find(_CONFIG.casefold())
    if at >= 0:
        _mirror_policy(tree, path, at)
    if path.casefold().endswith(_CERTIFICATE.casefold()) and tree.find(path):
        return _describe_certificate(tree, path)
    return True


def _mirror_policy(tree: Tree, path: str, at: int, *, restarting: bool = False) -> None:
    """Policy/Result shows what is in force; it vanishes with the policy.

    What needs a restart stays in force until then. CSP: Policy.
    """
    rule = tree.book.find(path)
    if rule is not None and rule.reboot is not Reboot.NONE and not restarting:
        return
    result = path[:at] + _RESULT + path[at + len(_CONFIG) :]
    node = tree.find(path)
    if node is not None and not _does_nothing(rule, node):
        tree.put(result, node.format, node.value)
    elif tree.find(result) is not None:
        tree.remove(result)


def _does_nothing(rule: Rule | None, node: Node) -> bool:
    """A group policy's fragment on a policy that takes plain text is kept, and never looked at."""
    if rule is None or rule.format is not Format.CHR or rule.allowed.kind is Kind.ADMX:
        return False
    return looks_like_admx(node.value or "")


def settle(tree: Tree, serial: str) -> None:
    """Let everything come into force that waited for a restart."""
    for node in tree.awaited():
        name = _named(node.value or "", serial)
        if node.path.casefold() in _COMPUTER_NAMES:
            for path in (_DEVICE_NAME, _DNS_NAME):
                tree.put(path, Format.CHR, name)
        else:
            tree.put(node.path, node.format, node.value)
    for root in (VENDOR, USER_VENDOR):
        for kind in (_CONFIG, _RESULT):
            for node in tuple(tree.under(f"{root}Policy{kind[len('/Policy') : -1]}")):
                if node.format is not Format.NODE:
                    path = node.path.replace(kind, _CONFIG)
                    _mirror_policy(tree, path, path.find(_CONFIG), restarting=True)


def _named(pattern: str, serial: str) -> str:
    """Return a computer's name with the serial number, or some digits, filled in.

    CSP: DevDetail/Ext/Microsoft/DNSComputerName: `%SERIAL%`, `%RAND:n%`.
    """
    digits = str(int(hashlib.sha256(serial.encode()).hexdigest(), 16))
    name = re.sub(r"%RAND:(\d)%", lambda found: digits[: int(found[1])], pattern, flags=re.I)
    return re.sub("%SERIAL%", serial, name, flags=re.I)


def _describe_certificate(tree: Tree, path: str) -> bool:
    """Fill IssuedTo and its like; the parent's name must be the certificate's thumbprint."""
    parent = path.rpartition("/")[0]
    try:
        der = base64.b64decode(tree.value(path) or "")
        facts = _facts(x509.load_der_x509_certificate(der))
    except (ValueError, TypeError, x509.InvalidVersion):
        return False
    thumbprint = hashlib.sha1(der, usedforsecurity=False).hexdigest()
    if parent.rpartition("/")[2].casefold() != thumbprint:
        return False
    for name, value in facts.items():
        rule = tree.book.find(f"{parent}/{name}")
        if rule is not None and rule.format is Format.CHR:
            tree.put(f"{parent}/{name}", Format.CHR, value)
    return True


def _facts(certificate: x509.Certificate) -> dict[str, str]:
    return {
        "IssuedTo": certificate.subject.rfc4514_string(),
        "IssuedBy": certificate.issuer.rfc4514_string(),
        "ValidFrom": certificate.not_valid_before_utc.isoformat(),
        "ValidTo": certificate.not_valid_after_utc.isoformat(),
    }


def live_value(tree: Tree, node: Node, local_time: str) -> str | None:
    """Return a leaf's value; some are worked out the moment they are asked for."""
    key = node.path.casefold()
    if key == "./devdetail/ext/microsoft/localtime":
        return local_time
    if key.startswith(f"{VENDOR}NodeCache/".casefold()) and key.endswith("/changednodes"):
        return _changed_nodes(tree, node.path.rpartition("/")[0])
    return node.value


def _changed_nodes(tree: Tree, cache: str) -> str:
    """Return the ids of cached nodes whose value is no longer the expected one."""
    changed = []
    for entry in tree.children(f"{cache}/Nodes"):
        uri = tree.value(f"{entry.path}/NodeURI")
        expected = tree.value(f"{entry.path}/ExpectedValue")
        actual = tree.value(_canonical(uri)) if uri else None
        if (actual or "") != (expected or ""):
            changed.append(entry.path.rpartition("/")[2])
    return "/".join(changed)


def _canonical(uri: str) -> str:
    return "./Device" + uri[1:] if uri.casefold().startswith("./vendor/") else uri
