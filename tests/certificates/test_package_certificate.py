"""Certificates of packages: what we make works for Windows, what we are given is looked at."""

from datetime import datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12
from tests.certificates import signing

from lenskeep.base.errors import Invalid, Refused
from lenskeep.base.secret import Secret
from lenskeep.base.system import SystemRandomness
from lenskeep.certificates.authority import Authority
from lenskeep.certificates.package_certificate import (
    make_package_certificate,
    read_package_certificate,
    thumbprint,
)
from lenskeep.certificates.verify import verify_device_certificate
from lenskeep.certificates.xml_signature import verify_signature

PASSWORD = Secret("to be typed nowhere")


def test_a_made_certificate_signs_a_request_that_is_believed(
    now: datetime, randomness: SystemRandomness
) -> None:
    made = make_package_certificate(
        "ward7@example.org", PASSWORD, now + timedelta(days=90), now, randomness
    )
    key, certificate, more = pkcs12.load_key_and_certificates(made.pfx, PASSWORD.reveal().encode())

    assert made.certificate == certificate
    assert [] == more
    assert isinstance(key, rsa.RSAPrivateKey)
    body = signing.signed_request(signing.Holder(made.certificate, key), now)
    assert verify_signature(body, made.certificate, now)


def test_it_is_no_device_certificate(
    now: datetime, randomness: SystemRandomness, devices: Authority
) -> None:
    made = make_package_certificate("w", PASSWORD, now + timedelta(days=1), now, randomness)

    with pytest.raises(Refused):
        verify_device_certificate(
            made.certificate.public_bytes(Encoding.DER), [devices.certificate], now
        )


def test_the_key_is_in_no_text_of_it(now: datetime, randomness: SystemRandomness) -> None:
    made = make_package_certificate("w", PASSWORD, now + timedelta(days=1), now, randomness)

    assert "pfx" not in repr(made)
    with pytest.raises(ValueError, match="password"):
        pkcs12.load_key_and_certificates(made.pfx, b"another")


@pytest.mark.parametrize("encoding", [Encoding.DER, Encoding.PEM])
def test_a_given_certificate_is_read_in_both_forms(now: datetime, encoding: Encoding) -> None:
    who = signing.holder(now)

    read = read_package_certificate(who.certificate.public_bytes(encoding), now)

    assert who.certificate == read
    assert 40 == len(thumbprint(read))
    assert thumbprint(read).isupper() or thumbprint(read).isdigit()


def test_a_given_certificate_that_cannot_serve_is_refused(now: datetime) -> None:
    weak = signing.holder(now, bits=1024).certificate.public_bytes(Encoding.DER)
    short = signing.holder(now, days=0).certificate.public_bytes(Encoding.DER)

    for data, words in (
        (b"no certificate", "not readable"),
        (b"x" * 100_000, "100000 bytes"),
        (weak, "its key cannot sign"),
        (short, "its time is over"),
    ):
        with pytest.raises(Invalid, match=words):
            read_package_certificate(data, now)
