"""Certificate requests (PKCS#10), most of them signed again after they were changed."""

from random import Random
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.serialization import load_der_public_key
from tests.fuzz import keys
from tests.fuzz.harness import Target, attempt, demand, same
from tests.fuzz.mutators import der

from lenskeep.base.errors import Refusal, Refused
from lenskeep.certificates.keys import spki
from lenskeep.certificates.request import (
    MAX_REQUEST_BYTES,
    CertificateRequest,
    read_request,
)

_SHA256_EC: Final = bytes.fromhex("2a8648ce3d040302")


def run(data: bytes) -> None:
    """Read a request; what is taken is canonical, short, and proven."""
    found = attempt(Refused, _refused_as_such, data)
    if found is None:
        return
    demand(len(data) <= MAX_REQUEST_BYTES, "no request above its limit")
    demand(len(found.common_name) <= 64 and found.common_name.isprintable(), "a name to show")
    claimed = found.device_id or ""
    demand(len(claimed) <= 64 and claimed.isprintable(), "a device id to show")
    same(found.spki_der, spki(load_der_public_key(found.spki_der)), "a canonical key")  # type: ignore[arg-type]
    same(found, read_request(data), "the same request reads the same")


def _refused_as_such(data: bytes) -> CertificateRequest:
    try:
        return read_request(data)
    except Refused as refused:
        demand(refused.kind is Refusal.CERTIFICATE_REQUEST, "refused as a certificate request")
        raise


def mutate(data: bytes, random: Random) -> bytes:
    """Return another request, most of them with the right proof of possession."""
    return der.mutate(data, random, _sealed)


def _sealed(tree: der.Part) -> der.Part:
    """Sign with the key that the request names, where it is one of ours; else with EC."""
    if len(tree.parts) != 3:
        return tree
    info = der.join(tree.parts[0])
    if spki(keys.rsa_key().public_key()) in info:
        signature = keys.rsa_key().sign(info, padding.PKCS1v15(), hashes.SHA256())
    else:
        scheme = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
        signature = keys.ec_key().sign(info, scheme)
        tree.parts[1] = der.Part(0x30, b"", [der.Part(6, _SHA256_EC)])
    tree.parts[2] = der.Part(3, b"\0" + signature)
    return tree


TARGET: Final = Target(
    name="csr",
    covers=("lenskeep.certificates.request:read_request", "lenskeep.certificates.der:fields"),
    run=run,
    mutate=mutate,
    max_bytes=MAX_REQUEST_BYTES + 1024,
)
