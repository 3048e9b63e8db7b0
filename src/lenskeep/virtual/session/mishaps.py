"""What a build gets wrong once a session is over, whatever it answered while it lasted."""

from collections.abc import Iterable
from typing import Final

from lenskeep.base.errors import Invalid
from lenskeep.tree.operation import Verb
from lenskeep.tree.uri import parse_uri
from lenskeep.virtual.builds import Profile
from lenskeep.virtual.session.commands import Done
from lenskeep.virtual.tree.store import Tree
from lenskeep.virtual.world.wearer import replaces_vpn

_PROFILE_DEPTH: Final = 5
"""Names in `Device/Vendor/MSFT/VPNv2/NAME`."""


def forget_replaced_vpn(tree: Tree, profile: Profile, done: Iterable[Done]) -> None:
    """Lose the VPN profiles that were deleted and added again in one session. CSP: VPNv2."""
    if replaces_vpn(profile):
        return
    deleted: set[str] = set()
    for each in done:
        path = _vpn_profile(each.uri)
        if not path or each.status >= 300:
            continue
        if each.verb == Verb.DELETE.value:
            deleted.add(path.casefold())
        elif each.verb == Verb.ADD.value and path.casefold() in deleted and tree.find(path):
            tree.remove(path)


def _vpn_profile(uri: str) -> str:
    """Return the path of the VPN profile that a LocURI is in, empty where it is in none."""
    try:
        found = parse_uri(uri)
    except Invalid:
        return ""
    names = found.segments[:_PROFILE_DEPTH]
    if len(names) < _PROFILE_DEPTH or names[3].casefold() != "vpnv2":
        return ""
    return "./" + "/".join(names)
