"""A headset that enrolls under an account, with real keys, so that it can come back."""

from tests.flows.device.renewer import SERVER, Headset, Papers, new_key, request
from tests.flows.home import ADMIN, Home

from lenskeep.base.secret import Secret
from lenskeep.flows.device.enrolling.headers import ENROLLMENT_PATH
from lenskeep.flows.device.enrolling.issue import enroll
from lenskeep.flows.device.proving.asked import Visitor
from lenskeep.flows.people import add_account
from lenskeep.flows.records import DeviceFilter
from lenskeep.wire import soap, wap, wstep

SECRET = Secret("gaze-and-commit-7")


async def came(home: Home, user: str = "ada@example.org", hardware: int = 1) -> Headset:
    """Return a headset of this hardware that enrolled under the account, as after a reset."""
    if await home.store.enrollments.account_by_name(user) is None:
        await add_account(home.house, ADMIN, user, SECRET)
    home.clock.advance(seconds=1)
    key, dev_id = new_key(), f"{hardware:016X}{int(home.clock.now().timestamp()):016X}"
    context = (
        ("DeviceID", dev_id),
        ("HWDevID", f"{hardware:064X}"),
        ("EnrollmentType", "Full"),
        ("DeviceName", f"HOLO-{hardware}"),
    )
    token = soap.UsernameToken(user, SECRET)
    address = f"{SERVER}{ENROLLMENT_PATH}"
    header = soap.RequestHeader(soap.ACTION_RST, soap.MESSAGE_ID_RST, address, token)
    asked = wstep.SecurityTokenRequest(
        wstep.RequestType.ISSUE, wstep.TOKEN_TYPE, wstep.PKCS10, request(key), context
    )
    answer = await enroll(home.house, wstep.write_request(header, asked), Visitor("192.0.2.9"))
    _, response = wstep.read_response(answer)
    document = wap.read_provisioning(response.provisioning)
    rows = (await home.store.fleet.devices(DeviceFilter(), None, 100)).items
    (device,) = [row.id for row in rows if row.device_id == dev_id]
    return Headset(home, dev_id, device, Papers(key, document.client), [document.root])
