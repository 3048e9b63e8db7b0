"""A certified OpenID provider (`oidc-provider`, from npm) in a process of its own, over TLS."""

import base64
import datetime
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx2
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.journeys.conftest import Server, free_port
from tools.oidc_provider import FOLDER, MODULES, find_node

from lenskeep.wire import soap, xcep
from lenskeep.wire.security import BASE64_BINARY, USER_TOKEN, BinaryToken

SECRET: Final = "a secret+of/the=tests%"
"""Of the client `lenskeep`; its signs are those that are lost where somebody forgets to encode."""

_POLICY: Final = "/EnrollmentServer/Policy.svc"
_SOAP: Final = {"Content-Type": "application/soap+xml; charset=utf-8"}


@dataclass(frozen=True)
class OpenIdProvider:
    """A running provider."""

    issuer: str
    certificate: Path
    """Its own, self-signed: whoever trusts it reads this file."""


@contextmanager
def providing(redirect_uri: str) -> Iterator[OpenIdProvider]:
    """Run the provider; it sends browsers back to this address only."""
    node = find_node()
    assert node, "no Node.js: run tools/setup.sh tests"
    assert MODULES.exists(), "the provider is not installed: run tools/setup.sh tests"
    folder = Path(tempfile.mkdtemp(prefix="lenskeep-openid-"))
    folder.chmod(0o755)
    port = free_port()
    certificate, key = _certificate(folder)
    command = [node, "provider.mjs", str(port), redirect_uri, str(certificate), str(key)]
    with (folder / "provider.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=FOLDER, stdout=subprocess.PIPE, stderr=log)
    try:
        assert process.stdout is not None
        line = process.stdout.readline().decode()
        assert line.startswith("ready "), (folder / "provider.log").read_text()
        yield OpenIdProvider(line.split()[1], certificate)
    finally:
        process.terminate()
        process.wait(20)
        assert process.stdout is not None
        process.stdout.close()
        shutil.rmtree(folder)


def _certificate(folder: Path) -> tuple[Path, Path]:
    """Make a certificate for `localhost` that is its own root."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test provider")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, private = folder / "provider.pem", folder / "provider.key"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return certificate, private


def present(server: Server, token: str) -> httpx2.Response:
    """Show a token at the policy door."""
    data = base64.b64encode(token.encode()).decode()
    url = f"{server.url}{_POLICY}"
    shown = BinaryToken(USER_TOKEN, BASE64_BINARY, data)
    header = soap.RequestHeader(soap.ACTION_GET_POLICIES, soap.MESSAGE_ID_GET_POLICIES, url, shown)
    body = xcep.write_get_policies(header, xcep.GetPolicies())
    with httpx2.Client(verify=server.tls(), timeout=60) as client:
        return client.post(url, content=body, headers=_SOAP)
