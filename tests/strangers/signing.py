"""A signature of somebody else: written from [XMLDSIG] with the standard library's canonical form.

The standard library has Canonical XML 2.0, which gives the same bytes as exclusive 1.0 for
messages like these. The signature is in another hand than our own tests': a default namespace,
line breaks, the key's bytes wrapped.
"""

import base64
import hashlib
import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12
from tests.strangers.markup import WSSE, WSU

DS = "http://www.w3.org/2000/09/xmldsig#"
EXC = "http://www.w3.org/2001/10/xml-exc-c14n#"
X509 = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3"


class Papers:
    """A certificate and its key, as they lie in a package."""

    def __init__(self, pfx: bytes, password: str) -> None:
        key, certificate, _ = pkcs12.load_key_and_certificates(pfx, password.encode())
        assert isinstance(key, rsa.RSAPrivateKey)
        assert certificate is not None
        self.key: rsa.RSAPrivateKey = key
        self.certificate: x509.Certificate = certificate

    @property
    def token(self) -> tuple[str, str]:
        """What the security header holds."""
        der = self.certificate.public_bytes(Encoding.DER)
        return X509, base64.encodebytes(der).decode()


def sign(body: bytes, papers: Papers, *, ago: timedelta = timedelta(0)) -> bytes:
    """Return the message with a time and a signature in its security header."""
    created = datetime.now(UTC) - ago
    start = b"<wsse:Security"
    at = body.index(b">", body.index(start)) + 1
    stamped = body[:at] + _timestamp(created) + body[at:]
    digest = hashlib.sha256(_canonical(stamped)).digest()
    info = _signed_info(base64.b64encode(digest).decode())
    value = papers.key.sign(_canonical(info.encode()), padding.PKCS1v15(), hashes.SHA256())
    signature = (
        f'<Signature xmlns="{DS}">\n{info}\n<SignatureValue>\n'
        f"{base64.encodebytes(value).decode()}</SignatureValue>\n<KeyInfo>"
        f'<x:SecurityTokenReference xmlns:x="{WSSE}"><x:Reference URI="#token"/>'
        "</x:SecurityTokenReference></KeyInfo></Signature>"
    )
    end = b"</wsse:Security>"
    assert stamped.count(end) == 1
    return stamped.replace(end, signature.encode() + end)


def _canonical(document: bytes) -> bytes:
    return ET.canonicalize(document.decode()).encode()


def _timestamp(created: datetime) -> bytes:
    def said(moment: datetime) -> str:
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")

    return (
        f'<time:Timestamp xmlns:time="{WSU}"><time:Created>{said(created)}</time:Created>'
        f"<time:Expires>{said(created + timedelta(minutes=2))}</time:Expires></time:Timestamp>"
    ).encode()


def _signed_info(digest: str) -> str:
    return (
        f'<SignedInfo xmlns="{DS}">\n'
        f'  <CanonicalizationMethod Algorithm="{EXC}"/>\n'
        '  <SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/>\n'
        '  <Reference URI="">\n    <Transforms>\n'
        f'      <Transform Algorithm="{DS}enveloped-signature"/>\n'
        f'      <Transform Algorithm="{EXC}"/>\n    </Transforms>\n'
        '    <DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>\n'
        f"    <DigestValue>{digest}</DigestValue>\n  </Reference>\n</SignedInfo>"
    )
