"""The XML signature of an enrollment by certificate: whether it is right, and what it covers.

[MS-MDE2] 3.4.4.1.1.1.2: a RequestSecurityToken carries a certificate in its security header and
is signed with that certificate's key. Only one form of signature is taken: one, enveloped, over
the whole message, exclusive canonicalization, RSA with SHA-256. What it covers is returned, and
nothing else of the message may be believed: the caller reads the request again from there.

The library that checks it is built on lxml, which keeps every name that it reads for as long as
its thread lives. So the caller asks only for a certificate that it knows, the message is bounded
in size and in names, and each message has a thread of its own, which takes its names with it
(docs/decisions/0017). Pure otherwise: the time comes in as an argument.
"""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from xml.etree.ElementTree import Element

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.exceptions import SignXMLException
from signxml.verifier import SignatureConfiguration, XMLVerifier

from lenskeep.base.errors import Refusal, Refused
from lenskeep.certificates.package_certificate import MIN_KEY_BITS
from lenskeep.wire import xml
from lenskeep.wire.envelope import SOAP_12
from lenskeep.wire.errors import BadMessage
from lenskeep.wire.security import SECURITY, read_timestamp, salvage_base64

MAX_BYTES: Final = 256 * 1024
"""The largest signed request; with attestation and a dozen network cards one has about 40 kB."""

MAX_NAMES: Final = 200
"""Different names (elements, attributes, prefixes) in one; what Windows sends has about 50."""

MAX_NAME_BYTES: Final = 128
"""The longest legal name here is below 40."""

CLOCK_SKEW: Final = timedelta(minutes=5)
"""[WSS] 10 asks for an allowance and names none; five minutes is what Kerberos has ([RFC 4120])."""

MAX_AGE: Final = timedelta(minutes=5)
"""From Created on, whatever Expires claims; the published sample has two minutes. With the skew
it is as long as an answer is repeated: a message sent once more gets what it got before."""

_DS: Final = "http://www.w3.org/2000/09/xmldsig#"
_EXCLUSIVE: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
_ENVELOPED: Final = _DS + "enveloped-signature"
_RSA_SHA256: Final = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
_SHA256: Final = "http://www.w3.org/2001/04/xmlenc#sha256"
_PREFIX: Final = re.compile(rb"xmlns:([^\s=]+)")
_INSTRUCTION: Final = re.compile(rb"<\?(?!xml\s)")
_PLACE: Final = [f"{{{SECURITY}}}Security", f"{{{SOAP_12}}}Header", f"{{{SOAP_12}}}Envelope"]
_PINNED: Final = SignatureConfiguration(
    location=f"./{{{SOAP_12}}}Header/{{{SECURITY}}}Security/",
    expect_references=1,
    signature_methods=frozenset({SignatureMethod.RSA_SHA256}),
    digest_algorithms=frozenset({DigestAlgorithm.SHA256}),
)


def verify_signature(body: bytes, certificate: x509.Certificate, now: datetime) -> bytes:
    """Return the part of a message that is signed with this certificate's key: all of it but the
    signature, in canonical form.

    The certificate is one that the caller knows and found good; the signed message must name the
    same, and be of now. Raises Refused(AUTHENTICATION), for every fault alike.
    """
    _refuse_excess(body)
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < MIN_KEY_BITS:
        raise _refused(f"the certificate's key is not RSA of at least {MIN_KEY_BITS} bits")
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="signature") as apart:
        signed = apart.submit(_signed_part, body, certificate, now).result()
    _refuse_content(signed, certificate, now)
    return signed


# --- before lxml sees it ------------------------------------------------------------------


def _refuse_excess(body: bytes) -> None:
    """Refuse what our own reader refuses, and more names than an honest message has."""
    try:
        root = xml.read(body, max_bytes=MAX_BYTES)
    except BadMessage as error:
        raise _refused(str(error)) from None
    names = {name.encode() for element in root.iter() for name in (element.tag, *element.attrib)}
    names.update(_PREFIX.findall(body))
    if len(names) > MAX_NAMES:
        raise _refused(f"{len(names)} different names")
    longest = max(len(name.rpartition(b"}")[2]) for name in names)
    if longest > MAX_NAME_BYTES:
        raise _refused(f"a name of {longest} bytes")
    if _INSTRUCTION.search(body):
        raise _refused("a processing instruction")


# --- with lxml, in a thread of its own ----------------------------------------------------


def _signed_part(body: bytes, certificate: x509.Certificate, now: datetime) -> bytes:
    """Return what the signature covers. The encoding is forced, as our own reader forces it."""
    parser = etree.XMLParser(
        encoding="utf-8", resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False
    )
    try:
        root = etree.fromstring(body, parser)
        _refuse_form(_only_signature(root))
        result = XMLVerifier().verify(
            root,
            x509_cert=certificate,
            expect_config=replace(_PINNED, verification_time=now),
            parser=parser,
            validate_schema=False,  # _refuse_form is stricter
        )
    except (SignXMLException, InvalidSignature, UnsupportedAlgorithm) as error:
        raise _refused(type(error).__name__) from None
    except (etree.LxmlError, ValueError, TypeError) as error:
        raise _refused(f"cannot be checked: {type(error).__name__}") from None
    if isinstance(result, list):
        raise _refused("more than one reference")
    return result.signed_data


def _only_signature(root: etree._Element) -> etree._Element:
    """Return the one signature of the message, which stands in the security header."""
    found = list(root.iter(f"{{{_DS}}}Signature"))
    if len(found) != 1:
        raise _refused(f"{len(found)} signatures")
    place = [above.tag for above in found[0].iterancestors()]
    if place != _PLACE:
        raise _refused("the signature is not in the security header")
    for name in (f"{{{SOAP_12}}}Header", f"{{{SOAP_12}}}Body"):
        if sum(1 for _ in root.iterchildren(name)) != 1:
            raise _refused("not exactly one header and one body")
    return found[0]


def _refuse_form(signature: etree._Element) -> None:
    """Refuse a signature of any other form than the one in [MS-MDE2] 3.4.4.1.1.1.2.

    No transform but the two can then run, nothing but the whole message can be referred to, and
    no other key can be brought along. assumed: Windows sends no InclusiveNamespaces, as the
    specification has none.
    """
    info, value, *rest = _children(signature, "SignedInfo", "SignatureValue", optional="KeyInfo")
    method, algorithm, reference = _children(
        info, "CanonicalizationMethod", "SignatureMethod", "Reference"
    )
    _refuse_other(method, _EXCLUSIVE)
    _refuse_other(algorithm, _RSA_SHA256)
    if dict(reference.attrib) != {"URI": ""}:
        raise _refused("the reference is not to the whole message")
    transforms, digest_method, digest = _children(
        reference, "Transforms", "DigestMethod", "DigestValue"
    )
    first, second = _children(transforms, "Transform", "Transform")
    _refuse_other(first, _ENVELOPED)
    _refuse_other(second, _EXCLUSIVE)
    _refuse_other(digest_method, _SHA256)
    if not (value.text and digest.text) or len(value) or len(digest):
        raise _refused("an empty signature or digest")
    for key_info in rest:
        if [child.tag for child in key_info] != [f"{{{SECURITY}}}SecurityTokenReference"]:
            raise _refused("key information other than a reference to the token")


def _children(parent: etree._Element, *names: str, optional: str = "") -> list[etree._Element]:
    """Return the children, which have exactly these names in this order."""
    tags = [f"{{{_DS}}}{name}" for name in names]
    children = list(parent)
    if [child.tag for child in children] not in (tags, [*tags, f"{{{_DS}}}{optional}"]):
        raise _refused(f"unexpected content in {etree.QName(parent).localname}")
    return children


def _refuse_other(element: etree._Element, algorithm: str) -> None:
    if dict(element.attrib) != {"Algorithm": algorithm} or len(element):
        raise _refused(f"another {etree.QName(element).localname} than the one expected")


# --- what was signed ----------------------------------------------------------------------


def _refuse_content(signed: bytes, certificate: x509.Certificate, now: datetime) -> None:
    """Refuse a message that names another certificate than it is signed with, or is not of now."""
    security = _security(signed)
    tokens = xml.children(security, SECURITY, "BinarySecurityToken")
    named = [salvage_base64(xml.text(token)) for token in tokens]
    if named != [certificate.public_bytes(Encoding.DER)]:
        raise _refused("the signed message names another certificate")
    created, expires = read_timestamp(security)
    if created is None or expires is None:
        raise _refused("no timestamp is signed")
    if created > now + CLOCK_SKEW:
        raise _refused("signed in the future: is the headset's clock right?")
    if min(expires, created + MAX_AGE) <= now - CLOCK_SKEW:
        raise _refused("the signature's time is over: is the headset's clock right?")
    if expires < created:
        raise _refused("the signature ended before it was made")


def _security(signed: bytes) -> Element:
    """Return the security header, read again: of the signed bytes, by our own reader."""
    try:
        root = xml.read(signed, max_bytes=2 * MAX_BYTES)  # references may have grown, not doubled
        header = xml.required(root, SOAP_12, "Header")
        return xml.required(header, SECURITY, "Security")
    except BadMessage as error:
        raise _refused(f"what is signed cannot be read: {error}") from None


def _refused(reason: str) -> Refused:
    return Refused(Refusal.AUTHENTICATION, f"XML signature: {reason}")
