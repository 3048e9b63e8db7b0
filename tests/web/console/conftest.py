"""A console on a real house: keys and a SQLite database in a temporary folder, no server."""

import re
import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette

from lenskeep.app import initialize, open_house
from lenskeep.base.identifiers import AdminId, CertificateId, CodeId, DeviceId, EnrollmentId
from lenskeep.flows.admins import SIGN_IN_PURPOSE
from lenskeep.flows.house import House
from lenskeep.flows.ports import Enrolled, NewEnrollment
from lenskeep.flows.records import (
    Actor,
    ActorKind,
    Admin,
    Audit,
    Certificate,
    Code,
    Enrollment,
    Principal,
    PrincipalKind,
    SignIn,
)
from lenskeep.web.console.app import make_console
from lenskeep.web.console.visitor import COOKIE, form_proof

PASSWORD = "correct horse battery"
ORIGIN = "https://console.test"


@dataclass(frozen=True, slots=True)
class Browser:
    """What a browser does with the console, without a browser."""

    house: House
    client: httpx2.AsyncClient

    async def get(self, path: str, *, live: bool = False) -> httpx2.Response:
        """Load a page, or as htmx a part of it."""
        return await self.client.get(path, headers={"HX-Request": "true"} if live else {})

    async def send(
        self,
        path: str,
        fields: Mapping[str, str | Sequence[str]] | None = None,
        *,
        live: bool = False,
    ) -> httpx2.Response:
        """Send a form of a page of ours."""
        proof = form_proof(self.house, self.client.cookies.get(COOKIE) or "")
        return await self.client.post(
            path,
            data={"form_proof": proof, **(fields or {})},
            headers={"HX-Request": "true"} if live else {},
        )

    async def sign_in(self, role: str) -> "Browser":
        """Take the cookie of a person in this role, without the cost of hashing."""
        house, now = self.house, self.house.clock.now()
        admin = Admin(AdminId(house.ids.new("adm")), f"the {role}", role, "no hash", now)
        line = Audit(now, Actor(ActorKind.SYSTEM, "test"), "admin.add", admin.id)
        await house.people.add_admin(admin, line)
        secret = house.randomness.octets(16).hex()
        digest = house.keyring.digest(SIGN_IN_PURPOSE, secret.encode())
        await house.people.add_sign_in(SignIn(digest, admin, now, now + timedelta(hours=1)), line)
        self.client.cookies.set(COOKIE, secret)
        return self

    async def enroll(self, name: str = "HOLOLENS-0001", hw_dev_id: str = "") -> DeviceId:
        """Put a headset into the house, as enrollment leaves it."""
        house, now = self.house, self.house.clock.now()
        device_id = DeviceId(house.ids.new("dev"))
        code_id = CodeId(house.ids.new("cod"))
        line = Audit(now, Actor(ActorKind.DEVICE, name), "device.enroll", device_id)
        code = Code(code_id, house.randomness.octets(32), 1, 1, now, now + timedelta(hours=1))
        await house.people.add_code(code, line)
        new = NewEnrollment(
            enrollment=self._enrollment(device_id, code_id, hw_dev_id),
            certificate=self._certificate(),
            provisioning="sealed",
            device_name=name,
            user="anna@example.org",
            os_version="10.0.22621.1244",
            existing_device=None,
            audit=line,
        )
        assert await house.enrollments.enroll(new) is Enrolled.STORED
        return device_id

    def _enrollment(self, device_id: DeviceId, code_id: CodeId, hw_dev_id: str) -> Enrollment:
        house = self.house
        return Enrollment(
            id=EnrollmentId(house.ids.new("enr")),
            device_id=device_id,
            principal=Principal(PrincipalKind.CODE, code_id, "anna@example.org"),
            dev_id=house.randomness.octets(16).hex().upper(),
            hw_dev_id=hw_dev_id,
            kind="Device",
            created_at=house.clock.now(),
            context={},
            auth_name=house.randomness.octets(8).hex(),
            auth_secret="sealed",
            server_secret="sealed",
            first_nonce="bm9uY2U=",
            server_nonce="bm9uY2U=",
        )

    def _certificate(self) -> Certificate:
        house, now = self.house, self.house.clock.now()
        return Certificate(
            id=CertificateId(house.ids.new("crt")),
            serial=house.randomness.octets(8).hex().upper(),
            sha256=house.randomness.octets(32),
            spki_sha256=house.randomness.octets(32),
            der=b"der",
            not_before=now,
            not_after=now + timedelta(days=365),
        )


@pytest.fixture(scope="session")
def new_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder as `init` leaves it, made once."""
    folder = tmp_path_factory.mktemp("house")
    initialize(folder, hostname="mdm.example.org", also=("EnterpriseEnrollment.example.org",))
    return folder


@pytest.fixture
async def house(new_folder: Path, tmp_path: Path) -> AsyncIterator[House]:
    """A house with nobody in it."""
    folder = tmp_path / "data"
    shutil.copytree(new_folder, folder)
    async with open_house(folder) as opened:
        yield opened


@pytest.fixture
async def browser(house: House) -> AsyncIterator[Browser]:
    """A browser in which nobody has signed in."""
    transport = httpx2.ASGITransport(Starlette(routes=make_console(house)))
    async with httpx2.AsyncClient(transport=transport, base_url=ORIGIN) as client:
        yield Browser(house, client)


def hidden(page: str, name: str) -> str:
    """Return the value of a hidden field."""
    found = re.search(rf'type="hidden" name="{name}" value="([^"]*)"', page)
    assert found, page
    return found[1]
