"""Nodes that follow others: Policy/Result, a certificate's details, NodeCache, the local time."""

import base64
import hashlib
from typing import Final

from cryptography import x509

from lenskeep.tree.value import Format
from lenskeep.virtual.tree.rules import VENDOR
from lenskeep.virtual.tree.store import Node, Tree

_CONFIG: Final = "/Policy/Config/"
_RESULT: Final = "/Policy/Result/"
_CERTIFICATE: Final = "/EncodedCertificate"


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


def _mirror_policy(tree: Tree, path: str, at: int) -> None:
    """Policy/Result shows what is in force; it vanishes with the policy."""
    result = path[:at] + _RESULT + path[at + len(_CONFIG) :]
    node = tree.find(path)
    if node is not None:
        tree.put(result, node.format, node.value)
    elif tree.find(result) is not None:
        tree.remove(result)


def _describe_certificate(tree: Tree, path: str) -> bool:
    """Fill IssuedTo and its like; the parent's name must be the certificate's thumbprint."""
    parent = path.rpartition("/")[0]
    try:
        der = base64.b64decode(tree.value(path) or "")
        certificate = x509.load_der_x509_certificate(der)
    except ValueError:
        return False
    thumbprint = hashlib.sha1(der, usedforsecurity=False).hexdigest()
    if parent.rpartition("/")[2].casefold() != thumbprint:
        return False
    facts = {
        "IssuedTo": certificate.subject.rfc4514_string(),
        "IssuedBy": certificate.issuer.rfc4514_string(),
        "ValidFrom": certificate.not_valid_before_utc.isoformat(),
        "ValidTo": certificate.not_valid_after_utc.isoformat(),
    }
    for name, value in facts.items():
        rule = tree.book.find(f"{parent}/{name}")
        if rule is not None and rule.format is Format.CHR:
            tree.put(f"{parent}/{name}", Format.CHR, value)
    return True


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
