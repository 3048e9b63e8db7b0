"""Certificates as bytes: what cannot be read is refused, early."""

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from tests.fuzz import keys as made

from lenskeep.base.errors import Invalid
from lenskeep.certificates.keys import load_certificate


def test_a_certificate_comes_back_in_either_form() -> None:
    certificate = made.certificate(made.ec_key())

    for form in (Encoding.DER, Encoding.PEM):
        assert certificate == load_certificate(certificate.public_bytes(form))


@pytest.mark.parametrize("tag", [b"\x08", b"\x03"])  # no text at all; a text of bits
def test_a_certificate_whose_names_cannot_be_read_is_refused_at_once(tag: bytes) -> None:
    """The library would read them later, where nobody expects it."""
    der = made.certificate(made.ec_key()).public_bytes(Encoding.DER)
    common_name = b"\x06\x03\x55\x04\x03\x0c"

    with pytest.raises(Invalid, match="not readable"):
        load_certificate(der.replace(common_name, common_name[:-1] + tag))
