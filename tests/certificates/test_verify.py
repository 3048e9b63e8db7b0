"""Whose certificate a peer shows, directly or through a proxy."""

import base64
import hashlib
from datetime import datetime, timedelta
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lenskeep.base.errors import Refusal, Refused
from lenskeep.base.system import SystemRandomness
from lenskeep.certificates.authority import (
    Authority,
    DeviceLeaf,
    IssuerRole,
    issue_device,
    issue_server,
    make_issuer,
    make_root,
)
from lenskeep.certificates.keys import dump_certificate, pem, spki
from lenskeep.certificates.verify import (
    fingerprint,
    read_forwarded,
    verify_device_certificate,
    verify_forwarded,
)


def test_our_own_device_certificate_is_good_and_known_by_its_hash(
    devices: Authority, device_der: bytes, now: datetime
) -> None:
    """The SHA-256 of its DER is what the store looks up."""
    verify_device_certificate(device_der, [devices.certificate], now)

    assert fingerprint(device_der) == hashlib.sha256(device_der).digest()


def test_one_of_several_issuers_is_enough(
    devices: Authority, servers: Authority, device_der: bytes, now: datetime
) -> None:
    """After an issuer was renewed, certificates of both are good."""
    header = _forms(device_der)["base64"]

    issuers = [servers.certificate, devices.certificate]
    assert verify_forwarded(header, issuers, now) == device_der


def test_a_foreign_authority_of_the_same_name_is_refused(
    device_der: bytes, device_key: rsa.RSAPrivateKey, now: datetime, randomness: SystemRandomness
) -> None:
    """Names prove nothing: the signature decides, either way round."""
    foreign = make_issuer(
        make_root("mdm.example", now, randomness),
        IssuerRole.DEVICES,
        "mdm.example",
        now,
        randomness,
    )
    leaf = DeviceLeaf(spki(device_key.public_key()), "enr_1")
    forged = dump_certificate(issue_device(foreign, leaf, now, randomness))

    with pytest.raises(Refused, match="not issued by us"):
        verify_device_certificate(device_der, [foreign.certificate], now)
    with pytest.raises(Refused, match="not issued by us"):
        verify_device_certificate(forged, [], now)


def test_time_counts_at_both_ends(devices: Authority, device_der: bytes, now: datetime) -> None:
    """Neither a certificate of tomorrow nor one of last year is good."""
    for moment in (now - timedelta(hours=1), now + timedelta(days=366)):
        with pytest.raises(Refused, match="expired") as caught:
            verify_device_certificate(device_der, [devices.certificate], moment)
        assert caught.value.kind is Refusal.AUTHENTICATION


def test_a_server_certificate_is_no_device(
    servers: Authority, device_key: rsa.RSAPrivateKey, now: datetime, randomness: SystemRandomness
) -> None:
    """The extended key usage keeps the roles apart, even if the issuer were trusted.

    [RFC 5280] 4.2.1.12.
    """
    key = device_key.public_key()
    der = dump_certificate(issue_server(servers, ["mdm.example"], key, now, randomness))

    with pytest.raises(Refused, match="client authentication"):
        verify_device_certificate(der, [servers.certificate], now)


def test_an_issuer_is_no_device(root: Authority, devices: Authority, now: datetime) -> None:
    """The issuer for devices names client authentication too, but is an authority."""
    der = dump_certificate(devices.certificate)

    with pytest.raises(Refused, match="client authentication"):
        verify_device_certificate(der, [root.certificate], now)


@pytest.mark.parametrize("data", [b"", b"\x30\x00", b"x" * 9000], ids=["none", "empty", "large"])
def test_what_is_no_certificate_is_refused(devices: Authority, now: datetime, data: bytes) -> None:
    """Bytes of any other kind are an identity that is not proved."""
    with pytest.raises(Refused) as caught:
        verify_device_certificate(data, [devices.certificate], now)

    assert caught.value.kind is Refusal.AUTHENTICATION


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
@given(at=st.integers(0, 2000), put=st.binary(max_size=3), cut=st.integers(0, 5))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_mutation_of_what_was_signed_is_accepted(
    devices: Authority, device_der: bytes, now: datetime, at: int, put: bytes, cut: int
) -> None:
    """Any change ends as Refused, or left what was signed alone (a spare bit of the signature);
    then the hash by which it is looked up is another all the same.
    """
    at %= len(device_der)
    mutated = device_der[:at] + put + device_der[at + cut :]

    try:
        verify_device_certificate(mutated, [devices.certificate], now)
    except Refused as refused:
        assert refused.kind is Refusal.AUTHENTICATION  # noqa: PT017 - both ends are right
    else:
        signed = [x509.load_der_x509_certificate(each) for each in (mutated, device_der)]
        assert signed[0].tbs_certificate_bytes == signed[1].tbs_certificate_bytes


def test_a_certificate_of_an_unknown_version_is_refused(
    devices: Authority, device_der: bytes, now: datetime
) -> None:
    """Version 2 exists on paper only; the library has an error of its own for it."""
    other = device_der.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x01")

    with pytest.raises(Refused, match="cannot be read"):
        verify_device_certificate(other, [devices.certificate], now)


def _forms(der: bytes) -> dict[str, str]:
    text = pem([x509.load_der_x509_certificate(der)])
    plain = base64.b64encode(der).decode()
    return {
        "nginx": quote(text, safe=""),
        "PEM with spaces": text.replace("\n", " "),
        "base64": plain,
        "RFC 9440": f":{plain}:",
        "traefik": quote(plain),
        "envoy": f'Hash=00ff;Cert="{quote(text, safe="")}";Subject="CN=enr_1,OU=Lenskeep";URI=',
    }


@pytest.mark.parametrize(
    "form", ["nginx", "PEM with spaces", "base64", "RFC 9440", "traefik", "envoy"]
)
def test_a_forwarded_certificate_is_read_in_every_usual_form(device_der: bytes, form: str) -> None:
    """What proxies put into a header gives back the very DER."""
    assert read_forwarded(_forms(device_der)[form]) == device_der


def test_a_forwarded_certificate_is_checked_like_any_other(
    devices: Authority, servers: Authority, device_der: bytes, now: datetime
) -> None:
    """The proxy's word is for the bytes alone: issuer and time are ours to check."""
    header = _forms(device_der)["nginx"]

    assert verify_forwarded(header, [devices.certificate], now) == device_der
    with pytest.raises(Refused, match="not issued"):
        verify_forwarded(header, [servers.certificate], now)


@pytest.mark.parametrize(
    "header",
    [
        pytest.param("", id="nothing"),
        pytest.param("%", id="a broken escape"),
        pytest.param("(null)", id="what Apache writes for none"),
        pytest.param("Hash=00;Subject=x", id="Envoy without Cert"),
        pytest.param('Cert=""', id="Envoy with an empty one"),
        pytest.param("A" * 40_000, id="too long"),
        pytest.param("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----", id="empty PEM"),
        pytest.param("ÄÖ", id="not ASCII"),
    ],
)
def test_a_header_without_a_certificate_is_refused(header: str) -> None:
    """No proof is never taken for a proof."""
    with pytest.raises(Refused) as caught:
        read_forwarded(header)

    assert caught.value.kind is Refusal.AUTHENTICATION


def test_two_certificates_in_one_header_are_refused(
    devices: Authority, device_der: bytes, now: datetime
) -> None:
    """A proxy that appends to what the client sent would let the client choose."""
    forms = _forms(device_der)

    for header in (
        f"{forms['nginx']}, {forms['nginx']}",
        f"{forms['envoy']},{forms['envoy']}",
        f"{forms['base64']},{forms['base64']}",
        f"{forms['RFC 9440']}, {forms['RFC 9440']}",
        f"{forms['base64']}{forms['base64']}",
    ):
        with pytest.raises(Refused):
            verify_forwarded(header, [devices.certificate], now)
