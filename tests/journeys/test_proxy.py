"""Behind a TLS-terminating proxy: its word counts if it is named, and nobody else's."""

from collections.abc import Iterator
from urllib.parse import quote

import httpx2
import pytest
from tests.journeys.conftest import Headset, Server, serving
from tests.journeys.test_identity import CONTENT, assert_refused, header_status, package_one

from lenskeep.wire.syncml.write import write_message

pytestmark = pytest.mark.journey

HEADER = "X-SSL-Client-Cert"


@pytest.fixture(scope="module")
def proxied() -> Iterator[Server]:
    """A server that believes proxies on loopback."""
    with serving() as server:
        server.stop()
        server.settings = {"LENSKEEP_TRUSTED_PROXIES": "127.0.0.0/8, ::1"}
        server.start()
        yield server


def send(server: Server, dev_id: str, headers: list[tuple[str, str]]) -> httpx2.Response:
    """Send a first message as a proxy would."""
    with httpx2.Client(verify=server.tls()) as client:
        url = f"{server.url}/ManagementServer/MDM.svc"
        body = write_message(package_one(server, dev_id))
        return client.post(url, content=body, headers=[*CONTENT.items(), *headers])


def pem(headset: Headset) -> str:
    """Return a headset's certificate as nginx hands it over."""
    certificate = headset.virtual.device.trust(with_certificate=True).certificate
    assert certificate is not None
    return quote(certificate.decode())


def test_a_named_proxy_is_believed(proxied: Server) -> None:
    """The certificate it hands over is the device's proof."""
    headset = proxied.enroll_virtual()

    answer = send(proxied, headset.dev_id, [(HEADER, pem(headset))])

    assert header_status(answer).code == 200


def test_another_device_is_refused_there_too(proxied: Server) -> None:
    """The binding is checked as ever."""
    one, other = proxied.enroll_virtual(), proxied.enroll_virtual()

    assert_refused(send(proxied, other.dev_id, [(HEADER, pem(one))]), 401)


def test_a_header_twice_is_refused(proxied: Server) -> None:
    """A proxy that adds its header to the client's own lets the client choose."""
    one, other = proxied.enroll_virtual(), proxied.enroll_virtual()
    headers = [(HEADER, pem(one)), (HEADER, pem(other))]

    assert_refused(send(proxied, one.dev_id, headers), 401)


@pytest.mark.parametrize(
    "value", ["nonsense", quote("-----BEGIN CERTIFICATE-----\nAA==\n"), "AAAA"]
)
def test_what_is_no_certificate_is_refused(proxied: Server, value: str) -> None:
    """Shown but wrong is 401, not 407."""
    headset = proxied.enroll_virtual()

    assert_refused(send(proxied, headset.dev_id, [(HEADER, value)]), 401)


def test_without_the_header_the_digest_is_asked_for(proxied: Server) -> None:
    """A proxy that hands over nothing leaves the second proof."""
    headset = proxied.enroll_virtual()

    assert_refused(send(proxied, headset.dev_id, []), 407)
    assert headset.sync(client_certificate=False).challenged


def test_a_stranger_with_the_header_is_not_believed(running_server: Server) -> None:
    """Where no proxy is named, the header is air."""
    headset = running_server.enroll_virtual()

    assert_refused(send(running_server, headset.dev_id, [(HEADER, pem(headset))]), 407)


def test_the_forwarded_certificate_must_be_of_our_chain(proxied: Server) -> None:
    """A certificate with the right name from elsewhere proves nothing."""
    headset = proxied.enroll_virtual()
    server_chain = (proxied.data / "tls" / "server.pem").read_text()
    first = server_chain[: server_chain.index("-----END")] + "-----END CERTIFICATE-----\n"

    assert_refused(send(proxied, headset.dev_id, [(HEADER, quote(first))]), 401)
