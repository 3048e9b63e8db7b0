"""A renewal's PKCS#7, most of them sealed again after they were changed."""

import hashlib
from contextlib import suppress
from random import Random
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.serialization import Encoding
from tests.fuzz import keys
from tests.fuzz.harness import Target, attempt, demand, same
from tests.fuzz.mutators import der

from lenskeep.base.errors import Refusal, Refused
from lenskeep.certificates.request import read_request
from lenskeep.certificates.signed_request import (
    MAX_CERTIFICATES,
    MAX_SIGNED_BYTES,
    MAX_SIGNERS,
    named_certificate,
    read_signed_request,
    verify_signature,
)

_MESSAGE_DIGEST: Final = bytes.fromhex("2a864886f70d010904")
_ECDSA: Final = bytes.fromhex("2a8648ce3d0403")
_DIGESTS: Final = {
    bytes.fromhex("2b0e03021a"): hashes.SHA1(),
    bytes.fromhex("608648016503040201"): hashes.SHA256(),
    bytes.fromhex("608648016503040202"): hashes.SHA384(),
    bytes.fromhex("608648016503040203"): hashes.SHA512(),
}


def run(data: bytes) -> None:
    """Read it; ask which certificate is meant, whose it is, and what the request inside says."""
    signed = attempt(Refused, read_signed_request, data)
    if signed is None:
        return
    demand(len(data) <= MAX_SIGNED_BYTES, "nothing above its limit")
    demand(1 <= len(signed.signers) <= MAX_SIGNERS, "few signers")
    demand(len(signed.certificates) <= MAX_CERTIFICATES, "few certificates")
    named = named_certificate(signed)
    demand(named is None or named in signed.certificates, "a certificate that is there")
    same(signed, read_signed_request(data), "the same request reads the same")
    proven = [_is_signed(signed, each) for each in _certificates()]
    demand(sum(proven) <= 1, "signed by one key")
    attempt(Refused, read_request, signed.request)


def _certificates() -> tuple[x509.Certificate, x509.Certificate]:
    return keys.certificate(keys.rsa_key()), keys.certificate(keys.ec_key())


def _is_signed(signed: object, certificate: x509.Certificate) -> bool:
    try:
        verify_signature(signed, certificate)  # type: ignore[arg-type]
    except Refused as refused:
        demand(refused.kind is Refusal.NOT_ELIGIBLE_TO_RENEW, "refused as a renewal")
        return False
    return True


def mutate(data: bytes, random: Random) -> bytes:
    """Return another one, most of them with right digests and signatures."""
    return der.mutate(data, random, _sealed)


def _sealed(tree: der.Part) -> der.Part:
    """Make the digest of every signer right, and its signature."""
    with suppress(IndexError, ValueError):
        body = tree.parts[1].parts[0]
        octets = body.parts[2].parts[1].parts[0]
        content = der.join(der.Part(4, octets.content, octets.parts))
        content = content[_head(content) :]
        for signer in body.parts[-1].parts:
            _seal(signer, content)
    return tree


def _head(data: bytes) -> int:
    return 2 if data[1] < 0x80 else 2 + (data[1] & 0x7F)


def _seal(signer: der.Part, content: bytes) -> None:
    digest = next(
        (_DIGESTS[each.content] for each in signer.parts[2].parts if each.content in _DIGESTS),
        hashes.SHA256(),
    )
    signed = content
    if signer.parts[3].tag == 0xA0:
        attributes = signer.parts[3]
        for each in attributes.parts:
            if each.parts and each.parts[0].content == _MESSAGE_DIGEST:
                made = hashlib.new(digest.name, content).digest()
                each.parts[1] = der.Part(0x31, b"", [der.Part(4, made)])
        signed = der.join(der.Part(0x31, attributes.content, attributes.parts))
    places = [n for n, each in enumerate(signer.parts) if each.tag == 4]
    algorithm = signer.parts[places[-1] - 1].parts[0].content
    if algorithm.startswith(_ECDSA):
        scheme = ec.ECDSA(digest, deterministic_signing=True)
        made = keys.ec_key().sign(signed, scheme)
    else:
        made = keys.rsa_key().sign(signed, padding.PKCS1v15(), digest)
    signer.parts[places[-1]] = der.Part(4, made)


def certificate_der(key: keys.Key) -> bytes:
    """Return the certificate that a renewal of this key embeds."""
    return keys.certificate(key).public_bytes(Encoding.DER)


TARGET: Final = Target(
    name="pkcs7",
    covers=(
        "lenskeep.certificates.signed_request:read_signed_request",
        "lenskeep.certificates.signed_request:named_certificate",
        "lenskeep.certificates.signed_request:verify_signature",
    ),
    run=run,
    mutate=mutate,
    max_bytes=MAX_SIGNED_BYTES + 1024,
)
