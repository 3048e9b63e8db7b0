"""What has to be on a headset before its first run ends, of all that is wanted of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lenskeep.desired.guard.lockdown import is_lockdown
from lenskeep.desired.standing import DeviceStanding, SettingState
from lenskeep.desired.wanted import WantedNode, WantedTree
from lenskeep.enrollment.first_run.goods import Expected, Goods
from lenskeep.enrollment.first_run.model import FirstRunPlan, Kind
from lenskeep.tree.uri import Scope

_FAILED: Final = (SettingState.FAILED, SettingState.CONFLICTING)
_STORES: Final = "EnterpriseModernAppManagement/AppManagement/AppStore"
"""assumed: where the headset looks for an app that is only named by its family."""


@dataclass(frozen=True, slots=True)
class Wanting:
    """What is wanted of a device, and how it stands to it."""

    wanted: WantedTree
    standing: DeviceStanding


@dataclass(frozen=True, slots=True)
class _Looked:
    """A node, and what the status page would look for in its place."""

    node: WantedNode
    kind: Kind | None
    """None: the page has no list for it; it is waited for all the same."""
    list: str = ""
    entry: str = ""


def goods_of(plan: FirstRunPlan, wanting: Wanting) -> Goods:
    """Return what is expected, and how far it is.

    Lock-downs and staged roll-outs are left out: they wait for other things by design, and would
    hold the page up for ever. So is what the headset does not have.
    """
    chosen = [each for each in _looked(plan, wanting.wanted) if _is_there_at_all(wanting, each)]
    device = [each for each in chosen if each.node.uri.scope is Scope.DEVICE]
    user = [each for each in chosen if each.node.uri.scope is Scope.USER]
    return Goods(
        device=_expected(device, _named(plan, "./Device")),
        user=_expected(user, ()),
        waiting_device=sum(_waits(wanting, each.node) for each in device),
        waiting_user=sum(_waits(wanting, each.node) for each in user),
        failed=tuple(
            each.node.uri.text for each in device if _state(wanting, each.node) in _FAILED
        ),
    )


def _looked(plan: FirstRunPlan, wanted: WantedTree) -> Iterator[_Looked]:
    for node in wanted.nodes:
        owners = (*node.owners, *node.undecided)
        is_chosen = not plan.profiles or any(each.profile in plan.profiles for each in owners)
        if node.guard or is_lockdown(node.uri.text) or not is_chosen:
            continue
        found = _look(node)
        if found.kind is None or found.kind in plan.kinds:
            yield found


def _look(node: WantedNode) -> _Looked:
    """Return what the page looks for. assumed: a certificate by its own node, an app by the node
    of its family, one that is being installed from elsewhere under `nonStore`.
    """
    names = node.uri.path.split("/")
    folded = [each.casefold() for each in names[4:]]
    match folded:
        case ["policy", "config", _, _, *_]:
            return _Looked(node, Kind.POLICIES, "policies", node.uri.text)
        case ["wifi" | "vpnv2", *_]:
            return _Looked(node, Kind.NETWORKS, "networks", node.uri.text)
        case ["clientcertificateinstall", "scep", _, *_]:
            return _Looked(node, Kind.CERTIFICATES, "scep_certificates", "/".join(names[:7]))
        case ["clientcertificateinstall", "pfxcertinstall", _, *_]:
            return _Looked(node, Kind.CERTIFICATES, "pfx_certificates", "/".join(names[:7]))
        case ["enterprisemodernappmanagement", "appmanagement", _, _, *_]:
            return _Looked(node, Kind.APPS, "modern_apps", "/".join(names[:8]) + ";1")
        case ["enterprisemodernappmanagement", "appinstallation", _, *_]:
            own = "/".join((*names[:5], "AppManagement", "nonStore", names[6]))
            return _Looked(node, Kind.APPS, "modern_apps", f"{own};1")
        case ["enterprisedesktopappmanagement", "msi", _, *_]:
            return _Looked(node, Kind.APPS, "msi_apps", "/".join(names[:7]) + ";1")
        case _:
            return _Looked(node, None)


def _named(plan: FirstRunPlan, scope: str) -> tuple[str, ...]:
    """Return the apps that the plan names by itself."""
    if Kind.APPS not in plan.kinds:
        return ()
    return tuple(f"{scope}/Vendor/MSFT/{_STORES}/{each};1" for each in plan.apps)


def _expected(looked: list[_Looked], apps: tuple[str, ...]) -> Expected:
    def entries(name: str) -> tuple[str, ...]:
        found = (each.entry for each in looked if each.list == name)
        return tuple(sorted(dict.fromkeys(found)))

    return Expected(
        policies=entries("policies"),
        networks=entries("networks"),
        modern_apps=tuple(dict.fromkeys((*entries("modern_apps"), *apps))),
        msi_apps=entries("msi_apps"),
        pfx_certificates=entries("pfx_certificates"),
        scep_certificates=entries("scep_certificates"),
    )


def _is_there_at_all(wanting: Wanting, each: _Looked) -> bool:
    return _state(wanting, each.node) is not SettingState.NOT_APPLICABLE


def _waits(wanting: Wanting, node: WantedNode) -> bool:
    state = _state(wanting, node)
    return state is None or not state.is_settled


def _state(wanting: Wanting, node: WantedNode) -> SettingState | None:
    """Return how the node stands; None where it was never looked at."""
    found = wanting.standing.by_key.get(node.key)
    return None if found is None else found.state
