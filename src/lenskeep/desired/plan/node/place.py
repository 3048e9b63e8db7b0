"""Nodes that go together: those below one Atomic, those that vanish with the node above them."""

import re
from typing import Final

from lenskeep.desired.guard.places import place
from lenskeep.desired.plan.node.case import names_by_server
from lenskeep.desired.validate.address import concrete
from lenskeep.tree.catalog.load import Catalog
from lenskeep.tree.catalog.record import Record
from lenskeep.tree.operation import Verb
from lenskeep.tree.uri import LocUri, parse_uri

_WHOLE: Final = re.compile("wifi/profile/[^/]+/wlanxml|vpnv2/.*")
"""What is removed with its whole profile, at the node that names it (CSP: WiFi, VPNv2)."""
_REMADE: Final = ("vpnv2/",)
"""Profiles that are never changed: they are removed and added again (CSP: VPNv2)."""
_BEGUN: Final = ("clientcertificateinstall/",)
"""CSPs that want the node itself added before what is below (CSP: ClientCertificateInstall)."""


def group_of(record: Record | None, uri: LocUri) -> str:
    """Return the LocURI of the node below which everything travels in one Atomic, or nothing."""
    if record is None or not record.atomic_root:
        return ""
    return concrete(record.atomic_root, record, uri)


def is_remade(key: str) -> bool:
    """Return whether a change means to remove the whole and to add it again."""
    return place(key).startswith(_REMADE)


def is_begun(key: str) -> bool:
    """Return whether the node above has to be added first."""
    return place(key).startswith(_BEGUN)


def whole_of(catalog: Catalog, record: Record | None, uri: LocUri) -> LocUri | None:
    """Return the node with which this one is taken away; itself, or one above, or none."""
    allows_delete = record is not None and Verb.DELETE in record.access
    if not _WHOLE.fullmatch(place(uri.key)) and (allows_delete or record is None):
        return uri
    above = _container(catalog, uri)
    if above is None and allows_delete:
        return uri
    return above


def _container(catalog: Catalog, uri: LocUri) -> LocUri | None:
    """Return the nearest node at or above this one that a server named and may delete."""
    path = uri.path
    while path.count("/") > 4:
        record = catalog.find(path)
        if record is not None and record.is_dynamic:
            is_ours = names_by_server(record) and Verb.DELETE in record.access
            return parse_uri(path) if is_ours else None
        path = path.rpartition("/")[0]
    return None
