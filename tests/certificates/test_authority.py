"""The root, its two issuers, and what they issue."""

import ipaddress
import shutil
import subprocess
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from lenskeep.base.errors import Invalid, Unavailable
from lenskeep.base.system import SystemRandomness
from lenskeep.certificates.authority import (
    CLOCK_SLACK,
    Authority,
    DeviceLeaf,
    issue_device,
    issue_server,
)
from lenskeep.certificates.keys import (
    dump_certificate,
    dump_key,
    load_certificate,
    load_key,
    new_server_key,
    pem,
    spki,
)


@pytest.fixture(scope="session")
def server_certificate(
    servers: Authority, now: datetime, randomness: SystemRandomness
) -> x509.Certificate:
    """A server certificate for a name, another name and an address."""
    names = ["mdm.example", "EnterpriseEnrollment.Example", "192.0.2.7", "2001:db8::1"]
    return issue_server(servers, names, new_server_key().public_key(), now, randomness)


def _usage(certificate: x509.Certificate) -> list[x509.ObjectIdentifier]:
    return list(certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)


def _limits(certificate: x509.Certificate) -> x509.BasicConstraints:
    return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value


def test_issuers_chain_to_the_root_and_may_not_make_further_issuers(
    root: Authority, devices: Authority, servers: Authority
) -> None:
    """The root signs itself and both issuers, whose path length is zero."""
    for each in (root, devices, servers):
        each.certificate.verify_directly_issued_by(root.certificate)

    lengths = [_limits(each.certificate).path_length for each in (root, devices, servers)]
    assert lengths == [1, 0, 0]


def test_each_issuer_is_limited_to_its_role(devices: Authority, servers: Authority) -> None:
    """The devices' issuer is good for clients only, the servers' for servers only."""
    assert _usage(devices.certificate) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert _usage(servers.certificate) == [ExtendedKeyUsageOID.SERVER_AUTH]


def test_two_installations_have_different_names(root: Authority, servers: Authority) -> None:
    """The host name is in the authority's name, so that two on one headset are told apart."""
    names = [each.certificate.subject.rfc4514_string() for each in (root, servers)]

    assert names == ["CN=Lenskeep Root CA mdm.example", "CN=Lenskeep Servers CA mdm.example"]


def test_a_device_certificate_is_for_client_authentication(
    devices: Authority, device_der: bytes, device_key: rsa.RSAPrivateKey
) -> None:
    """It binds the request's key to our name, SHA-256, client authentication, no authority."""
    certificate = x509.load_der_x509_certificate(device_der)
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value

    certificate.verify_directly_issued_by(devices.certificate)
    assert certificate.subject.rfc4514_string() == "CN=enr_1,OU=Lenskeep"
    assert certificate.public_key() == device_key.public_key()
    assert isinstance(certificate.signature_hash_algorithm, hashes.SHA256)
    assert _usage(certificate) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert (usage.digital_signature, usage.key_encipherment) == (True, True)
    assert not usage.key_cert_sign
    assert not _limits(certificate).ca


def test_a_device_certificate_is_hardly_back_dated(device_der: bytes, now: datetime) -> None:
    """NotBefore is minutes ago, never days: the renewal window must not open early."""
    certificate = x509.load_der_x509_certificate(device_der)

    assert certificate.not_valid_before_utc == (now - CLOCK_SLACK).replace(microsecond=0)
    assert timedelta(minutes=5) >= CLOCK_SLACK
    assert certificate.not_valid_after_utc == (now + timedelta(days=365)).replace(microsecond=0)


def test_what_is_issued_stays_within_the_issuers_own_time(
    devices: Authority, device_key: rsa.RSAPrivateKey, randomness: SystemRandomness
) -> None:
    """Neither end of a certificate lies outside its issuer's ([RFC 5280] 6.1)."""
    above = devices.certificate
    leaf = DeviceLeaf(spki(device_key.public_key()), "enr_1", timedelta(days=400))
    last = above.not_valid_after_utc - timedelta(days=1)

    early = issue_device(devices, leaf, above.not_valid_before_utc, randomness)
    late = issue_device(devices, leaf, last, randomness)

    assert early.not_valid_before_utc == above.not_valid_before_utc
    assert late.not_valid_after_utc == above.not_valid_after_utc


def test_an_ended_issuer_issues_nothing(
    devices: Authority, device_key: rsa.RSAPrivateKey, randomness: SystemRandomness
) -> None:
    """Once the issuer has ended, issuing is unavailable instead of silently useless."""
    leaf = DeviceLeaf(spki(device_key.public_key()), "enr_1")

    with pytest.raises(Unavailable):
        issue_device(devices, leaf, devices.certificate.not_valid_after_utc, randomness)


def test_serial_numbers_are_large_positive_and_new(
    devices: Authority, device_key: rsa.RSAPrivateKey, now: datetime, randomness: SystemRandomness
) -> None:
    """Every certificate has an unpredictable serial number of 127 bits ([RFC 5280] 4.1.2.2)."""
    leaf = DeviceLeaf(spki(device_key.public_key()), "enr_1")
    serials = {issue_device(devices, leaf, now, randomness).serial_number for _ in range(8)}

    assert len(serials) == 8
    assert {each.bit_length() for each in serials} == {127}


@pytest.mark.parametrize("name", ["", "x" * 65])
def test_a_common_name_has_one_to_64_characters(
    devices: Authority,
    device_key: rsa.RSAPrivateKey,
    now: datetime,
    randomness: SystemRandomness,
    name: str,
) -> None:
    """A name that the standard forbids is refused as our own mistake ([RFC 5280])."""
    with pytest.raises(Invalid):
        issue_device(devices, DeviceLeaf(spki(device_key.public_key()), name), now, randomness)


def test_a_server_certificate_names_hosts_and_addresses(
    server_certificate: x509.Certificate,
) -> None:
    """Names are DNS names in lower case, addresses are addresses ([RFC 6125] 6.4)."""
    kind = x509.SubjectAlternativeName
    names = server_certificate.extensions.get_extension_for_class(kind).value

    assert names.get_values_for_type(x509.DNSName) == [
        "mdm.example",
        "enterpriseenrollment.example",
    ]
    assert names.get_values_for_type(x509.IPAddress) == [
        ipaddress.ip_address("192.0.2.7"),
        ipaddress.ip_address("2001:db8::1"),
    ]
    common = server_certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    assert common[0].value == "mdm.example"


def test_a_server_certificate_lives_at_most_398_days(
    server_certificate: x509.Certificate,
) -> None:
    """Longer ones are refused by strict clients ([CA/B BR] 6.3.2)."""
    life = server_certificate.not_valid_after_utc - server_certificate.not_valid_before_utc

    assert life <= timedelta(days=398)
    assert _usage(server_certificate) == [ExtendedKeyUsageOID.SERVER_AUTH]


@pytest.mark.parametrize("names", [[], ["büro.example"]])
def test_a_server_certificate_needs_writable_names(
    servers: Authority, now: datetime, randomness: SystemRandomness, names: list[str]
) -> None:
    """No name and a name beyond ASCII are the administrator's to correct."""
    with pytest.raises(Invalid):
        issue_server(servers, names, new_server_key().public_key(), now, randomness)


def test_keys_and_certificates_survive_being_stored(root: Authority, devices: Authority) -> None:
    """DER and PEM give back what went in."""
    again = load_key(dump_key(devices.key))

    assert dump_key(again) == dump_key(devices.key)
    assert load_certificate(dump_certificate(root.certificate)) == root.certificate
    assert load_certificate(pem([root.certificate]).encode()) == root.certificate


@pytest.mark.parametrize("load", [load_key, load_certificate])
def test_what_is_no_key_or_certificate_is_invalid(load: object) -> None:
    """Broken files are named, not quoted."""
    assert callable(load)

    for data in (b"", b"junk-junk", b"-----BEGIN nothing"):
        with pytest.raises(Invalid) as caught:
            load(data)
        assert "junk" not in str(caught.value)


def test_an_authority_does_not_show_its_key(root: Authority) -> None:
    """Its text form holds the certificate alone."""
    assert "key" not in repr(root)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
@pytest.mark.parametrize("purpose", ["sslclient", "sslserver"])
def test_openssl_agrees_with_the_chains(
    root: Authority,
    devices: Authority,
    servers: Authority,
    device_der: bytes,
    server_certificate: x509.Certificate,
    tmp_path: Path,
    now: datetime,
    purpose: str,
) -> None:
    """Strict verification by another library accepts each leaf for its own purpose only."""
    device = x509.load_der_x509_certificate(device_der)
    leaves = {"sslclient": (device, devices), "sslserver": (server_certificate, servers)}
    (tmp_path / "root.pem").write_text(pem([root.certificate]))

    for use, (leaf, issuer) in leaves.items():
        (tmp_path / "leaf.pem").write_text(pem([leaf]))
        (tmp_path / "issuer.pem").write_text(pem([issuer.certificate]))
        command = ["openssl", "verify", "-x509_strict", "-purpose", purpose]
        command += ["-attime", str(int(now.timestamp())), "-CAfile", "root.pem"]
        command += ["-untrusted", "issuer.pem", "leaf.pem"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
        assert (done.returncode == 0) is (use == purpose), done.stderr
