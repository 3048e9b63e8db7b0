"""Certificates and keys of others: uploaded, forwarded by a proxy, or in a setting's value."""

import base64
from random import Random
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from tests.fuzz import keys
from tests.fuzz.harness import Target, attempt, demand, same
from tests.fuzz.mutators import der, text

from lenskeep.base.errors import Invalid, Refused
from lenskeep.certificates.keys import dump_certificate, load_certificate, load_key, spki
from lenskeep.certificates.verify import (
    MAX_HEADER_CHARACTERS,
    read_forwarded,
    verify_device_certificate,
)
from lenskeep.desired.validate.circumstances import Circumstances
from lenskeep.desired.validate.content.certificates import (
    certificate,
    personal_information_exchange,
)
from lenskeep.tree.uri import parse_uri
from lenskeep.virtual.enrollment import provisioning
from lenskeep.virtual.trouble import Breach

_URI: Final = parse_uri(
    "./Device/Vendor/MSFT/RootCATrustedCertificates/Root/"
    "0123456789ABCDEF0123456789ABCDEF01234567/EncodedCertificate"
)


def run(data: bytes) -> None:
    """Read the bytes in each of the ways in which a certificate comes."""
    found = attempt(Invalid, load_certificate, data)
    if found is not None:
        same(found, load_certificate(dump_certificate(found)), "a certificate reads the same")
    attempt(Invalid, load_key, data)
    _forwarded(data.decode("latin-1"))
    _forwarded(base64.b64encode(data).decode("ascii"))
    issuers = [_issuer(keys.rsa_key()), _issuer(keys.ec_key())]
    attempt(Refused, verify_device_certificate, data, issuers, keys.NOW)
    attempt(Breach, provisioning._load, data, "a certificate")
    for value in (base64.b64encode(data).decode("ascii"), data.decode("utf-8", "replace")):
        findings = certificate(_URI, value, Circumstances(None, None, keys.NOW))
        findings += personal_information_exchange(_URI, value)
        demand(all(len(each.message) < 2000 for each in findings), "words of a readable length")


def _forwarded(header: str) -> None:
    octets = attempt(Refused, read_forwarded, header)
    if octets is not None:
        demand(octets and len(header) <= MAX_HEADER_CHARACTERS, "something, within its limit")
        colons = f":{base64.b64encode(octets).decode('ascii')}:"
        if len(colons) <= MAX_HEADER_CHARACTERS:
            same(octets, read_forwarded(colons), "the same in another form")


def _issuer(key: keys.Key) -> x509.Certificate:
    return keys.certificate(key)


def mutate(data: bytes, random: Random) -> bytes:
    """Return another certificate, most of them signed anew; or another header."""
    if data[:1] != b"\x30" and random.random() < 0.9:
        return text.mutate(data, random)
    return der.mutate(data, random, _sealed)


def _sealed(tree: der.Part) -> der.Part:
    """Sign with the key that the certificate is of, as its own issuer."""
    if len(tree.parts) != 3:
        return tree
    body = der.join(tree.parts[0])
    key: keys.Key = keys.rsa_key() if spki(keys.rsa_key().public_key()) in body else keys.ec_key()
    if isinstance(key, rsa.RSAPrivateKey):
        made = key.sign(body, padding.PKCS1v15(), hashes.SHA256())
    else:
        made = key.sign(body, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
    tree.parts[2] = der.Part(3, b"\0" + made)
    return tree


TARGET: Final = Target(
    name="certificate",
    covers=(
        "lenskeep.certificates.keys:load_certificate",
        "lenskeep.certificates.keys:load_key",
        "lenskeep.certificates.verify:read_forwarded",
        "lenskeep.certificates.verify:verify_device_certificate",
        "lenskeep.virtual.enrollment.provisioning:apply_document",
        "lenskeep.desired.validate.content.certificates:certificate",
        "lenskeep.desired.validate.content.certificates:personal_information_exchange",
    ),
    run=run,
    mutate=mutate,
    max_bytes=40 * 1024,
)
