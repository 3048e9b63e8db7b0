"""REST: bulk accounts and packages; secrets come once, and to administrators alone."""

import base64
import xml.etree.ElementTree as ET

import pytest
from tests.web.api.rest import Rest
from tests.web.test_qr import read

from lenskeep.access import Scope

WARD = {
    "name": "Ward 7",
    "uses": 20,
    "wifi": [{"ssid": "Ward", "key": "long enough"}],
    "user": {"name": "ward"},
    "first_run": {"skip_calibration": True},
    "device_name": "W7-%SERIAL%",
}
NS = "{urn:schemas-microsoft-com:windows-provisioning}"


async def test_a_package_is_made_shown_read_again_and_removed(rest: Rest) -> None:
    made = await rest.ask("POST", "/packages", WARD)

    assert 201 == made.status_code, made.text
    assert "no-store" == made.headers["cache-control"]
    body = made.json()
    where = made.headers["location"].removeprefix("/api/v1")
    files = {each["name"]: base64.b64decode(each["content"]) for each in body["files"]}
    assert {"customizations.xml", "root.cer"} == set(files)
    assert body["user_password"]
    shown = await rest.get(where)
    assert "icd.exe" in shown["building"]["command"]
    assert "files" not in shown
    listed = await rest.get("/packages")
    assert ["Ward 7"] == [each["name"] for each in listed["items"]]
    for secret in ("long enough", body["user_password"], _secret(files["customizations.xml"])):
        assert secret not in str(shown)
        assert secret not in str(listed)
    again = await rest.ask("GET", f"{where}/customizations.xml")
    assert files["customizations.xml"] == again.content
    assert "no-store" == again.headers["cache-control"]
    assert "attachment" in again.headers["content-disposition"]
    refused = await rest.ask("POST", "/packages", {"name": "ward 7"})
    assert 409 == refused.status_code
    assert 204 == (await rest.ask("DELETE", where)).status_code
    assert 404 == (await rest.ask("GET", where)).status_code
    (account,) = (await rest.ask("GET", "/bulk-accounts")).json()["items"]
    assert account["disabled_at"] is not None


def _secret(xml: bytes) -> str:
    (found,) = ET.fromstring(xml).iter(NS + "Secret")
    return found.text or ""


async def test_a_bulk_account_is_added_listed_and_disabled(rest: Rest) -> None:
    made = await rest.ask("POST", "/bulk-accounts", {"name": "w@example.org", "uses": 3})
    certified = await rest.ask(
        "POST", "/bulk-accounts", {"name": "c@example.org", "make_certificate": True}
    )

    assert (201, 201) == (made.status_code, certified.status_code)
    assert 32 == len(made.json()["password"])
    assert certified.json()["pfx"]
    assert certified.json()["pfx_password"]
    listed = (await rest.ask("GET", "/bulk-accounts")).json()["items"]
    assert {"password", "certificate"} == {each["by"] for each in listed}
    assert made.json()["password"] not in str(listed)
    gone = await rest.ask("DELETE", f"/bulk-accounts/{made.json()['id']}")
    assert 204 == gone.status_code


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "x", "enroll_by": "magic"}, "enroll_by"),
        ({"name": "x", "wifi": [{"ssid": "a", "key": "short"}]}, "wifi.key"),
        ({"name": "", "enroll_by": "none"}, "name"),
        ({"name": "x", "days": 0}, "days"),
        ({"name": "x", "kiosk": "<html/>"}, "kiosk"),
        ({"name": "x", "roots": ["no certificate"]}, "roots.1"),
    ],
)
async def test_what_is_wrong_is_said_by_its_field(
    rest: Rest, body: dict[str, object], field: str
) -> None:
    answer = await rest.ask("POST", "/packages", body)

    assert 422 == answer.status_code, answer.text
    assert field in [each["field"] for each in answer.json()["complaints"]]
    assert [] == (await rest.get("/packages"))["items"]


@pytest.mark.parametrize("scope", [Scope.READ, Scope.OPERATE])
async def test_only_administrators_come_near_the_secrets(rest: Rest, scope: Scope) -> None:
    made = await rest.ask("POST", "/packages", {"name": "x"})
    where = f"/packages/{made.json()['id']}"

    for method, path, body in (
        ("POST", "/packages", {"name": "y"}),
        ("GET", f"{where}/customizations.xml", None),
        ("GET", f"{where}/files", None),
        ("DELETE", where, None),
        ("GET", "/bulk-accounts", None),
        ("POST", "/bulk-accounts", {"name": "w@example.org"}),
    ):
        assert 403 == (await rest.ask(method, path, body, scope)).status_code, path
    assert 200 == (await rest.ask("GET", where, scope=scope)).status_code


async def test_the_sheet_says_what_to_press_for_a_build(rest: Rest) -> None:
    new = await rest.get("/instructions", build="22621.1244")
    old = await rest.get("/instructions", build="18362.1039")

    assert {"package", "typed password", "entra join"} <= {each["way"] for each in new["ways"]}
    assert "package" not in {each["way"] for each in old["ways"]}
    assert new["link"].startswith("ms-device-enrollment:?mode=mdm&servername=https%3A%2F%2F")
    assert 95 == len(new["root_sha256"])


async def test_the_code_holds_the_sheets_address(rest: Rest) -> None:
    page = (await rest.get("/instructions"))["page"]

    svg = await rest.ask("GET", "/instructions/qr.svg", scope=Scope.READ)

    assert "image/svg+xml" == svg.headers["content-type"].partition(";")[0]
    assert page == read(svg.text)
