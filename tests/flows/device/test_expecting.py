"""What has to be there before a headset is let go, and in which list it stands."""

from datetime import UTC, datetime

import pytest

from lenskeep.base.identifiers import ProfileId
from lenskeep.desired.profile import Owner
from lenskeep.desired.standing import DeviceStanding, NodeStanding, SettingState
from lenskeep.desired.wanted import WantedNode, WantedTree
from lenskeep.enrollment.first_run.goods import Goods
from lenskeep.enrollment.first_run.model import FirstRunPlan, Kind
from lenskeep.flows.device.own.expecting import Wanting, goods_of
from lenskeep.tree.uri import parse_uri
from lenskeep.tree.value import Format

NOW = datetime(2026, 5, 4, tzinfo=UTC)
V = "./Device/Vendor/MSFT"
POLICY = f"{V}/Policy/Config/Connectivity/AllowBluetooth"
WIFI = f"{V}/WiFi/Profile/Lab/WlanXml"
VPN = f"{V}/VPNv2/Work/ProfileXML"
SCEP = f"{V}/ClientCertificateInstall/SCEP/a/Install/ServerURL"
PFX = f"{V}/ClientCertificateInstall/PFXCertInstall/b/PFXCertBlob"
APP = f"{V}/EnterpriseModernAppManagement/AppManagement/AppStore/A_1/DoNotUpdate"
OWN_APP = f"{V}/EnterpriseModernAppManagement/AppInstallation/B_1/HostedInstall"
MSI = f"{V}/EnterpriseDesktopAppManagement/MSI/%7Bc%7D/DownloadInstall"
KIOSK = f"{V}/AssignedAccess/Configuration"
LOCK = f"{V}/Policy/Config/System/AllowStorageCard"
USER = "./User/Vendor/MSFT/Policy/Config/Experience/AllowCortana"


def goods(
    *uris: str,
    plan: FirstRunPlan | None = None,
    state: SettingState | None = SettingState.PENDING,
    guard: str = "",
) -> Goods:
    """What is expected where these nodes are wanted by one profile, standing so."""
    owner = Owner(ProfileId("prf_1"), "Base", 1)
    nodes = tuple(
        WantedNode(parse_uri(uri), Format.CHR, "1", uri, (owner,), guard=guard) for uri in uris
    )
    stand = [NodeStanding(uri, state, NOW) for uri in uris] if state is not None else []
    standing = DeviceStanding().with_nodes(stand)
    return goods_of(plan or FirstRunPlan(), Wanting(WantedTree(nodes), standing))


@pytest.mark.parametrize(
    ("uri", "name", "entry"),
    [
        (POLICY, "ExpectedPolicies", POLICY),
        (WIFI, "ExpectedNetworkProfiles", WIFI),
        (VPN, "ExpectedNetworkProfiles", VPN),
        (SCEP, "ExpectedSCEPCerts", f"{V}/ClientCertificateInstall/SCEP/a"),
        (PFX, "ExpectedPFXCerts", f"{V}/ClientCertificateInstall/PFXCertInstall/b"),
        (APP, "ExpectedModernAppPackages", f"{APP.removesuffix('/DoNotUpdate')};1"),
        (
            OWN_APP,
            "ExpectedModernAppPackages",
            f"{V}/EnterpriseModernAppManagement/AppManagement/nonStore/B_1;1",
        ),
        (MSI, "ExpectedMSIAppPackages", f"{V}/EnterpriseDesktopAppManagement/MSI/%7Bc%7D;1"),
    ],
)
def test_each_kind_has_its_list(uri: str, name: str, entry: str) -> None:
    """Apps with a count, certificates by their own node."""
    assert goods(uri).device.lists() == ((name, entry),)


def test_what_has_no_list_is_waited_for_all_the_same() -> None:
    """A kiosk, for one."""
    found = goods(KIOSK)

    assert (found.device.lists(), found.waiting_device) == ((), 1)


def test_several_nodes_of_one_certificate_are_one_entry() -> None:
    """The page looks for the certificate, not for its parts."""
    other = SCEP.replace("ServerURL", "Challenge")

    assert goods(SCEP, other).device.scep_certificates == (f"{V}/ClientCertificateInstall/SCEP/a",)


def test_lock_downs_and_staged_roll_outs_hold_nobody_up() -> None:
    """They wait for another contact, or for another headset."""
    assert goods(LOCK) == Goods()
    assert goods(POLICY, guard="prf_1/1") == Goods()


@pytest.mark.parametrize(
    ("state", "waiting", "failed"),
    [
        (None, 1, 0),
        (SettingState.PENDING, 1, 0),
        (SettingState.SENT, 1, 0),
        (SettingState.APPLIED, 0, 0),
        (SettingState.VERIFIED, 0, 0),
        (SettingState.FAILED, 0, 1),
        (SettingState.CONFLICTING, 0, 1),
    ],
)
def test_what_is_there_and_what_is_not(
    state: SettingState | None, waiting: int, failed: int
) -> None:
    """What was never looked at is not there."""
    found = goods(POLICY, state=state)

    assert (found.waiting_device, len(found.failed)) == (waiting, failed)


def test_the_users_settings_do_not_hold_the_device() -> None:
    """They wait for a sign-in that comes after the page."""
    found = goods(USER, POLICY)

    assert (found.waiting_device, found.waiting_user) == (1, 1)
    assert (found.device.policies, found.user.policies) == ((POLICY,), (USER,))


def test_only_chosen_kinds_and_profiles_are_expected() -> None:
    """Others may come later."""
    networks = FirstRunPlan(kinds=frozenset({Kind.NETWORKS}))
    another = FirstRunPlan(profiles=("prf_2",))

    assert goods(POLICY, WIFI, plan=networks).device.lists() == (("ExpectedNetworkProfiles", WIFI),)
    assert goods(POLICY, plan=another) == Goods()


def test_apps_that_are_named_stand_in_the_list() -> None:
    """Whoever installs them."""
    found = goods(plan=FirstRunPlan(apps=("A_1",)))

    assert found.device.modern_apps == (
        f"{V}/EnterpriseModernAppManagement/AppManagement/AppStore/A_1;1",
    )
    assert found.waiting_device == 0
