"""What the person who wears the headset sees of the tree, with what this build gets wrong.

Read by tests and demonstrations. The start menu follows AssignedAccess, the rest policies in
force; a build's own mistakes are those that release notes own up to. CSP: AssignedAccess,
ApplicationControl, Policy.
"""

from dataclasses import dataclass
from typing import Final

from lenskeep.virtual.builds import Profile
from lenskeep.virtual.tree.rules import VENDOR
from lenskeep.virtual.tree.store import Tree
from lenskeep.virtual.world.kiosk import Menu, Visit, start_menu
from lenskeep.virtual.world.network import syncs_over_proxy

_NEW_EDGE: Final = (20346, 1002)
_EDGE_IS_FREE: Final = (20348, 1501)
"""From 22H1 Edge starts without ApplicationManagement/AllowAllTrustedApps."""
_VPN_AT_ONCE: Final = (20348, 1531)
"""Before, a VPN profile deleted and added in one session is gone when the session ends."""
_WAITS_FOR_APPS: Final = (22621, 1296)
"""From here on an update of an own app waits until the app is closed."""

_RESULT: Final = f"{VENDOR}Policy/Result/"
_CONTROL: Final = f"{VENDOR}ApplicationControl/Policies"


@dataclass(frozen=True, slots=True)
class Wearer:
    """What is to be seen. `pages` is Settings/PageVisibilityList as in force, empty for all pages.

    `blocking` names the app control policies that act, the deleted ones until the next restart.
    """

    menu: Menu
    pages: str
    edge_starts: bool
    own_apps_install: bool
    blocking: tuple[str, ...]
    syncs_over_proxy: bool
    update_closes_own_app: bool
    vpn_replaced_in_one_session: bool
    confirms_wipe: bool


def view(tree: Tree, profile: Profile, blocking: tuple[str, ...], visit: Visit) -> Wearer:
    """Return what the wearer sees; `blocking` are the policies that acted before."""
    trusted = tree.value(_RESULT + "ApplicationManagement/AllowAllTrustedApps")
    new_edge = profile.generation == 2 and profile.reaches(_NEW_EDGE)
    return Wearer(
        menu=start_menu(tree, profile, visit),
        pages=tree.value(_RESULT + "Settings/PageVisibilityList") or "",
        edge_starts=not (new_edge and trusted == "0" and not profile.reaches(_EDGE_IS_FREE)),
        own_apps_install=trusted == "1",
        blocking=tuple(sorted({*blocking, *app_control(tree)})),
        syncs_over_proxy=syncs_over_proxy(profile),
        update_closes_own_app=not profile.reaches(_WAITS_FOR_APPS),
        vpn_replaced_in_one_session=replaces_vpn(profile),
        confirms_wipe=profile.confirms_wipe,
    )


def replaces_vpn(profile: Profile) -> bool:
    """Return whether a VPN profile may be deleted and added in one session."""
    return profile.reaches(_VPN_AT_ONCE)


def app_control(tree: Tree) -> tuple[str, ...]:
    """Return the names of the app control policies in the tree."""
    return tuple(
        node.path.rpartition("/")[2].casefold()
        for node in tree.children(_CONTROL)
        if tree.value(f"{node.path}/Policy")
    )
