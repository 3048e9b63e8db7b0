"""A small authority, made once for each test process: RSA keys cost a tenth of a second each."""

from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from lenskeep.base.system import SystemRandomness
from lenskeep.certificates.authority import (
    Authority,
    DeviceLeaf,
    IssuerRole,
    issue_device,
    make_issuer,
    make_root,
)
from lenskeep.certificates.keys import dump_certificate, spki


@pytest.fixture(scope="session")
def now() -> datetime:
    """The moment at which everything here is made."""
    return datetime(2026, 3, 1, 12, 0, 0, 654321, tzinfo=UTC)


@pytest.fixture(scope="session")
def randomness() -> SystemRandomness:
    """Real dice: serial numbers only."""
    return SystemRandomness()


@pytest.fixture(scope="session")
def root(now: datetime, randomness: SystemRandomness) -> Authority:
    """A root."""
    return make_root("mdm.example", now, randomness)


@pytest.fixture(scope="session")
def devices(root: Authority, now: datetime, randomness: SystemRandomness) -> Authority:
    """The issuer for devices under the root."""
    return make_issuer(root, IssuerRole.DEVICES, "mdm.example", now, randomness)


@pytest.fixture(scope="session")
def servers(root: Authority, now: datetime, randomness: SystemRandomness) -> Authority:
    """The issuer for servers under the root."""
    return make_issuer(root, IssuerRole.SERVERS, "mdm.example", now, randomness)


@pytest.fixture(scope="session")
def device_key() -> rsa.RSAPrivateKey:
    """A headset's key."""
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture(scope="session")
def device_der(
    devices: Authority,
    device_key: rsa.RSAPrivateKey,
    now: datetime,
    randomness: SystemRandomness,
) -> bytes:
    """A headset's certificate."""
    leaf = DeviceLeaf(spki(device_key.public_key()), "enr_1")
    return dump_certificate(issue_device(devices, leaf, now, randomness))
