"""A signer of requests, written from [XMLDSIG] and [MS-MDE2] 3.4.4.1.1.1.2 and not with signxml."""

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from lxml import etree

SOAP = "http://www.w3.org/2003/05/soap-envelope"
WSA = "http://www.w3.org/2005/08/addressing"
WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
WSSE = WSS + "wssecurity-secext-1.0.xsd"
WSU = WSS + "wssecurity-utility-1.0.xsd"
X509 = WSS + "x509-token-profile-1.0#X509v3"
WST = "http://docs.oasis-open.org/ws-sx/ws-trust/200512"
AC = "http://schemas.xmlsoap.org/ws/2006/12/authorization"
PKI = "http://schemas.microsoft.com/windows/pki/2009/01/enrollment"
TOKEN = "http://schemas.microsoft.com/5.0.0.0/ConfigurationManager/Enrollment/DeviceEnrollmentToken"
DS = "http://www.w3.org/2000/09/xmldsig#"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED = DS + "enveloped-signature"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
REFERENCE = (
    f'<wsse:SecurityTokenReference xmlns:wsse="{WSSE}"><wsse:Reference URI="#_1"/>'
    "</wsse:SecurityTokenReference>"
)


@dataclass(frozen=True)
class Holder:
    """A certificate, and the key that is its."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey = field(repr=False)

    @property
    def token(self) -> str:
        """The certificate as a token holds it."""
        return base64.b64encode(self.certificate.public_bytes(Encoding.DER)).decode()


def holder(now: datetime, name: str = "package", *, bits: int = 2048, days: int = 30) -> Holder:
    """Return a self-signed certificate that is good now."""
    key = rsa.generate_private_key(65537, bits)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    return Holder(certificate, key)


@dataclass(frozen=True)
class Form:
    """How a request is signed; the defaults are what the specification says."""

    created: datetime | None = None
    life: timedelta = timedelta(minutes=2)
    stamped: bool = True
    token: str | None = None
    context: str = "DEV"
    more: tuple[tuple[str, str], ...] = ()
    request: str = "MAMCAQE="
    canonicalization: str = EXCLUSIVE
    method: str = RSA_SHA256
    digest: str = SHA256
    transforms: tuple[str, ...] = (ENVELOPED, EXCLUSIVE)
    uris: tuple[str | None, ...] = ("",)
    key_info: str = REFERENCE


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def envelope(who: Holder, now: datetime, form: Form) -> str:
    """Return the message before it is signed."""
    created = form.created or now
    stamp = (
        f'<u:Timestamp u:Id="_0"><u:Created>{_iso(created)}</u:Created>'
        f"<u:Expires>{_iso(created + form.life)}</u:Expires></u:Timestamp>"
    )
    token = who.token if form.token is None else form.token
    more = "".join(
        f'<ac:ContextItem Name="{name}"><ac:Value>{value}</ac:Value></ac:ContextItem>'
        for name, value in form.more
    )
    return f"""<s:Envelope xmlns:s="{SOAP}" xmlns:a="{WSA}" xmlns:u="{WSU}" xmlns:wsse="{WSSE}"
 xmlns:wst="{WST}" xmlns:ac="{AC}"><s:Header>
 <a:Action s:mustUnderstand="1">{PKI}/RST/wstep</a:Action>
 <a:MessageID>urn:uuid:0d5a1441-5891-453b-becf-a2e5f6ea3749</a:MessageID>
 <wsse:Security s:mustUnderstand="1">{stamp if form.stamped else ""}
  <wsse:BinarySecurityToken u:Id="_1" ValueType="{X509}"
   EncodingType="{WSSE}#base64binary">{token}</wsse:BinarySecurityToken></wsse:Security></s:Header>
 <s:Body><wst:RequestSecurityToken><wst:TokenType>{TOKEN}</wst:TokenType>
  <wst:RequestType>{WST}/Issue</wst:RequestType>
  <wsse:BinarySecurityToken ValueType="{PKI}#PKCS10"
   EncodingType="{WSSE}#base64binary">{form.request}</wsse:BinarySecurityToken>
  <ac:AdditionalContext>
   <ac:ContextItem Name="DeviceID"><ac:Value>{form.context}</ac:Value></ac:ContextItem>{more}
  </ac:AdditionalContext></wst:RequestSecurityToken></s:Body></s:Envelope>"""


def canonical(element: etree._Element, *, comments: bool = False) -> bytes:
    """Return the exclusive canonical form."""
    return etree.tostring(element, method="c14n", exclusive=True, with_comments=comments)


def _uri(uri: str | None) -> str:
    return "" if uri is None else f' URI="{uri}"'


def _signed_info(form: Form, digest: str) -> str:
    transforms = "".join(f'<ds:Transform Algorithm="{each}"/>' for each in form.transforms)
    references = "".join(
        f"<ds:Reference{_uri(uri)}><ds:Transforms>{transforms}"
        f'</ds:Transforms><ds:DigestMethod Algorithm="{form.digest}"/>'
        f"<ds:DigestValue>{digest}</ds:DigestValue></ds:Reference>"
        for uri in form.uris
    )
    return (
        f'<ds:SignedInfo xmlns:ds="{DS}">'
        f'<ds:CanonicalizationMethod Algorithm="{form.canonicalization}"/>'
        f'<ds:SignatureMethod Algorithm="{form.method}"/>{references}</ds:SignedInfo>'
    )


def sign(text: str, who: Holder, form: Form | None = None) -> bytes:
    """Return the message with its signature as the last child of the security header."""
    form = form or Form()
    root = etree.fromstring(text.encode())
    digest = hashlib.sha256(canonical(root)).digest()
    info = _signed_info(form, base64.b64encode(digest).decode())
    signed = canonical(etree.fromstring(info))
    value = who.key.sign(signed, padding.PKCS1v15(), hashes.SHA256())
    signature = (
        f'<ds:Signature xmlns:ds="{DS}">{info}<ds:SignatureValue>'
        f"{base64.b64encode(value).decode()}</ds:SignatureValue>"
        f"<ds:KeyInfo>{form.key_info}</ds:KeyInfo></ds:Signature>"
    )
    end = "</wsse:Security></s:Header>"
    assert text.count(end) == 1
    return text.replace(end, signature + end).encode()


def signed_request(who: Holder, now: datetime, form: Form | None = None) -> bytes:
    """Return a whole signed request."""
    form = form or Form()
    return sign(envelope(who, now, form), who, form)
