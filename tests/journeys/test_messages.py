"""The debug switch: messages are kept, an administrator reads them, no secret is in them."""

import pytest
from tests.journeys.conftest import serving

pytestmark = pytest.mark.journey

SECRET = "hunter2-in-the-clear"
WLAN = "./Vendor/MSFT/WiFi/Profile/ward/WlanXml"


def test_messages_are_kept_without_proofs_and_secrets() -> None:
    """A digest session in which a Wi-Fi secret is set and read again, both ways redacted."""
    with serving() as server:
        server.stop()
        server.settings = {"LENSKEEP_KEEP_BODIES": "true"}
        server.start()
        headset = server.enroll_virtual()
        headset.sync()
        device = server.device_of(headset)["id"]
        server.queue(device, "add", WLAN, format="chr", value=SECRET)
        server.queue(device, "get", WLAN)

        headset.sync(client_certificate=False)

        operations = server.operations(device)
        body = server.get(f"/api/v1/devices/{device}/messages?limit=200").json()
    bodies = [each["body"] for each in body["items"]]
    assert {"sent", "queued"}.isdisjoint(each["state"] for each in operations)
    assert {"from device", "to device"} == {each["direction"] for each in body["items"]}
    assert all("<SyncML" in each for each in bodies)
    assert any(WLAN in each and "[redacted]" in each for each in bodies)
    assert any("auth-md5" in each and "[redacted]" in each for each in bodies)
    assert not any(SECRET in each for each in bodies)
