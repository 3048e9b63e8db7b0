"""A headset at the doors of a house, in this very process: discovery, policies, enrollment."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx2
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from starlette.applications import Starlette
from tests.flows.home import ADMIN, OPERATOR, Home

from lenskeep.base.secret import Secret
from lenskeep.flows.device.enrolling.headers import (
    DISCOVERY_PATH,
    ENROLLMENT_PATH,
    POLICY_PATH,
)
from lenskeep.flows.entrance import Attempt
from lenskeep.flows.entry.admission.rules import set_rules, show_rules
from lenskeep.flows.people import add_account, new_code
from lenskeep.flows.records import DeviceFilter
from lenskeep.web.device.doors import make_device_routes
from lenskeep.wire import discover, soap, wstep, xcep

PASSWORD = "bcdf-ghjk-mnpq-rstv"
ANNA = "anna@example.org"
SERVER = "https://localhost:8443"
_NUMBERS = count(1)


@dataclass(frozen=True)
class Goggles:
    """What a headset says of itself."""

    number: int = field(default_factory=lambda: next(_NUMBERS))
    edition: str = "136"
    os_version: str = "10.0.22621.1244"
    serial: str = ""

    @property
    def dev_id(self) -> str:
        """Its DeviceID."""
        return f"{self.number:032X}"

    @property
    def hardware(self) -> str:
        """Its HWDevID."""
        return f"{self.number:064X}"

    @property
    def context(self) -> tuple[tuple[str, str], ...]:
        """The items of its request."""
        items = (
            ("HWDevID", self.hardware),
            ("OSEdition", self.edition),
            ("DeviceName", f"HOLO-{self.number}"),
            ("DeviceID", self.dev_id),
            ("EnrollmentType", "Full"),
            ("OSVersion", self.os_version),
            ("SerialNumber", self.serial),
        )
        return tuple(each for each in items if each[1])


@dataclass
class Street:
    """The doors, and the house behind them."""

    home: Home
    client: httpx2.AsyncClient
    code: str = ""

    async def discover(self, *offered: str, email: str = ANNA) -> httpx2.Response:
        """Knock at discovery."""
        return await self.post(DISCOVERY_PATH, discovering(*offered, email=email))

    async def policies(self, user: str = ANNA, secret: str = PASSWORD) -> httpx2.Response:
        """Ask for policies."""
        header = _header(soap.ACTION_GET_POLICIES, POLICY_PATH, user, secret)
        return await self.post(POLICY_PATH, xcep.write_get_policies(header, xcep.GetPolicies()))

    async def enroll(
        self, goggles: Goggles, user: str = ANNA, secret: str = PASSWORD
    ) -> httpx2.Response:
        """Ask for a certificate."""
        return await self.post(ENROLLMENT_PATH, enrolling(goggles, user, secret))

    async def post(self, path: str, body: bytes) -> httpx2.Response:
        """Send a message."""
        headers = {"Content-Type": soap.CONTENT_TYPE}
        return await self.client.post(path, content=body, headers=headers)

    async def rule(self, **document: Any) -> None:
        """Set these rules."""
        base = (await show_rules(self.home.house, ADMIN)).version
        await set_rules(self.home.house, ADMIN, document, base)

    async def attempts(self) -> tuple[Attempt, ...]:
        """Return what was written down, newest first."""
        return (await self.home.house.entry.attempts.attempts(None, 200)).items

    async def stored(self) -> tuple[object, ...]:
        """Return everything that an enrollment would change."""
        house = self.home.house
        devices = await house.fleet.devices(DeviceFilter(), None, 100)
        codes = await house.people.codes(None, 100)
        audit = await house.fleet.audit_lines(None, 100)
        actions = [each.action for each in audit.items if each.action.startswith("device.")]
        return (
            [each.id for each in devices.items],
            [each.uses_left for each in codes.items],
            actions,
        )


@asynccontextmanager
async def open_street(home: Home) -> AsyncIterator[Street]:
    """Yield the doors of this house; Anna has an account, and there is a code."""
    await add_account(home.house, ADMIN, ANNA, Secret(PASSWORD))
    _, code = await new_code(home.house, OPERATOR, uses=9)
    app = Starlette(routes=make_device_routes(home.house))
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url=SERVER) as client:
        yield Street(home, client, code.reveal())


def discovering(*offered: str, email: str = ANNA, os_version: str = "10.0.22621.1244") -> bytes:
    """Return a Discover."""
    header = soap.RequestHeader(
        soap.ACTION_DISCOVER, soap.MESSAGE_ID_DISCOVER, f"{SERVER}{DISCOVERY_PATH}"
    )
    asked = discover.Discover(email, "4.0", "CIMClient_Windows", os_version, "136", offered)
    return discover.write_discover(header, asked)


def enrolling(goggles: Goggles, user: str, secret: str) -> bytes:
    """Return a request for a certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, goggles.dev_id)])
    built = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    asked = wstep.SecurityTokenRequest(
        wstep.RequestType.ISSUE,
        wstep.TOKEN_TYPE,
        wstep.PKCS10,
        built.public_bytes(Encoding.DER),
        goggles.context,
    )
    return wstep.write_request(_header(soap.ACTION_RST, ENROLLMENT_PATH, user, secret), asked)


def _header(action: str, path: str, user: str, secret: str) -> soap.RequestHeader:
    number = soap.MESSAGE_ID_RST
    token = soap.UsernameToken(user, Secret(secret))
    return soap.RequestHeader(action, number, f"{SERVER}{path}", token)
