"""A certificate with its key as the headset's own store holds it, found by thumbprint."""

import hashlib
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12

from lenskeep.virtual.enrollment.hresult import EnrollmentRefused, Hresult
from lenskeep.virtual.trouble import WrongState


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom a certificate proves, and the key that proves it."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey = field(repr=False)

    @property
    def der(self) -> bytes:
        """The certificate's bytes."""
        return self.certificate.public_bytes(Encoding.DER)


def find_holder(pfx: bytes | None, password: str, thumbprint: str) -> Holder:
    """Return the holder of the certificate with that SHA-1 thumbprint, however spelled.

    Raises EnrollmentRefused (0x80180028) where the store has none, WrongState for a broken file.
    """
    wanted = "".join(letter for letter in thumbprint.upper() if letter.isalnum())
    if pfx is None:
        raise EnrollmentRefused(Hresult.CERTIFICATE_NOT_FOUND, "the store is empty")
    try:
        key, certificate, _ = pkcs12.load_key_and_certificates(pfx, password.encode() or None)
    except ValueError as error:
        raise WrongState("the PFX cannot be opened: wrong password, or no PFX") from error
    if certificate is None or not isinstance(key, rsa.RSAPrivateKey):
        raise WrongState("the PFX has no certificate with an RSA key")
    holder = Holder(certificate, key)
    if hashlib.sha1(holder.der, usedforsecurity=False).hexdigest().upper() != wanted:
        raise EnrollmentRefused(
            Hresult.CERTIFICATE_NOT_FOUND, "the store has another certificate than the package says"
        )
    return holder
