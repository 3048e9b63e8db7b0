"""A fleet to want things of, and things to want."""

from tests.flows.home import OPERATOR, START, Home

from lenskeep.base.identifiers import DeviceId, GroupId
from lenskeep.desired.inventory import EDITION, MODEL, SOFTWARE, identify
from lenskeep.desired.known import Known
from lenskeep.desired.profile import Drift, ProfileBody, ProfileSetting
from lenskeep.desired.wanted import WantedTree
from lenskeep.flows.desired.assigning import Assigned, assign
from lenskeep.flows.desired.casting.recast import open_tree
from lenskeep.flows.desired.profiles import Draft, create_profile
from lenskeep.flows.desired.regrouping import regroup
from lenskeep.flows.mandate import ALL_DEVICES, Profile
from lenskeep.tree.fact import Fact

POLICY = "./Device/Vendor/MSFT/Policy/Config/"
CAMERA = f"{POLICY}Camera/AllowCamera"
BLUETOOTH = f"{POLICY}Connectivity/AllowBluetooth"
LOCATION = f"{POLICY}System/AllowLocation"
CACHE = f"{POLICY}MixedReality/AADGroupMembershipCacheValidityInDays"
"""It has no rule of its own by which values merge."""
STORAGE = f"{POLICY}System/AllowStorageCard"
"""Its 0 can lock a headset out."""
IDLE = f"{POLICY}DeviceLock/MaxInactivityTimeDeviceLock"
NETWORK = "./Vendor/MSFT/WiFi/Profile/Ward/WlanXml"
"""It holds a key: a secret."""
WARD = (
    '<WLANProfile xmlns="http://www.microsoft.com/networking/WLAN/profile/v1"><name>Ward</name>'
    "<SSIDConfig><SSID><hex>57617264</hex><name>Ward</name></SSID></SSIDConfig>"
    "<connectionType>ESS</connectionType><connectionMode>auto</connectionMode><MSM><security>"
    "<authEncryption><authentication>WPA2PSK</authentication><encryption>AES</encryption>"
    "<useOneX>false</useOneX></authEncryption><sharedKey><keyType>passPhrase</keyType>"
    "<protected>false</protected><keyMaterial>not-told-to-viewers</keyMaterial></sharedKey>"
    "</security></MSM></WLANProfile>"
)


def body(*settings: tuple[str, str], drift: Drift = Drift.CORRECT) -> ProfileBody:
    """These nodes with these values."""
    return ProfileBody(tuple(ProfileSetting(uri, value) for uri, value in settings), drift)


def locking() -> ProfileBody:
    """What can lock a headset out, acknowledged."""
    return ProfileBody((ProfileSetting(STORAGE, "0", acknowledged=True),))


async def fleet(
    home: Home, count: int, build: str = "22621.1244", first: int = 1
) -> list[DeviceId]:
    """Enroll so many HoloLens 2 that have told their build; they are in their groups."""
    found = [await home.enroll(first + number) for number in range(count)]
    for each in found:
        await tell(home, each, (SOFTWARE, f"10.0.{build}"), (MODEL, "HoloLens 2"), (EDITION, "136"))
    await regroup(home.house)
    return found


async def tell(home: Home, device: DeviceId, *told: tuple[str, str]) -> None:
    """Let the device tell these values, and nothing else any more."""
    known = Known().learn(Fact(uri, 200, START, None, value) for uri, value in told)
    await home.say(device, known=known.dump(), known_count=known.count, identity=identify(known))


async def profile(home: Home, name: str, *settings: tuple[str, str]) -> Profile:
    """A profile of this name that wants these."""
    return (await create_profile(home.house, OPERATOR, Draft(name, "", body(*settings)))).profile


async def assigned(home: Home, made: Profile, group: GroupId = ALL_DEVICES) -> Assigned:
    """The profile assigned to the group, whatever others want."""
    return await assign(home.house, OPERATOR, made.id, group, accept_conflicts=True)


async def tree_of(home: Home, device: DeviceId) -> WantedTree:
    """What is wanted of the device."""
    wanting = await home.house.standings.standing_of(device)
    return open_tree(home.house, wanting.sealed_tree)


async def values_of(home: Home, device: DeviceId) -> dict[str, str | None]:
    """The value that is wanted of each of its nodes."""
    return {each.uri.text: each.value for each in (await tree_of(home, device)).nodes}
