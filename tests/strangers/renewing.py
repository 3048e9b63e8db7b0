"""Renewal as other people write it: RST Renew in many manners, the PKCS#7 made by `openssl`."""

import base64
import hashlib
import subprocess
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID
from tests.strangers import csr, strict
from tests.strangers.enrolling import (
    ACTION_RST,
    RST_ID,
    SOAP_TYPE,
    TEXT,
    TOKEN,
    Stranger,
)
from tests.strangers.markup import AUTH, EXTRA, PLAIN, SOAP, WSA, WSSE, WST, WSU, E, Hand, write
from tests.strangers.wire import USUAL, Line, Post, Response

OWN_PKCS7 = WSSE + "#PKCS7"
OLD_PKCS7 = "http://schemas.microsoft.com/windows/pki/2009/01/enrollment#PKCS7"
PATH = "/EnrollmentServer/Enrollment.svc"
OPENSSL = ("-binary", "-nodetach", "-outform", "DER")


@dataclass(frozen=True)
class Manner:
    """How one client renews. The defaults are a renewal that starts by itself."""

    hand: Hand = PLAIN
    post: Post = USUAL
    security: Literal["user", "user and time", "time", "somebody", "empty", "none"] = "user"
    value_type: str = OWN_PKCS7
    marks: Literal["plain", "qualified", "no encoding"] = "plain"
    packing: Literal["once", "twice", "lines", "returns", "twice in lines"] = "once"
    context: Literal["absent", "empty", "learn", "full", "another's"] = "learn"
    cms: tuple[str, ...] = ("cms", "-sign", "-md", "sha256")
    """How `openssl` is called."""
    kind: Literal["Full", "Device"] = "Full"
    old: Literal["rsa", "ec"] = "rsa"
    new: Literal["rsa", "ec"] = "rsa"
    windows: int = 11
    """Whose certificate request is inside."""
    header: Literal["full", "least", "reversed"] = "full"


@dataclass
class Renewed:
    """What a device keeps of the answer."""

    client: bytes
    document: bytes


class Renewer:
    """A device that was enrolled, and renews."""

    def __init__(self, stranger: Stranger, folder: Path, kind: str) -> None:
        assert stranger.provisioned is not None
        self.stranger = stranger
        self.kind = kind
        self._folder = folder
        self._above = _above(stranger.provisioned.document)

    @property
    def certificate(self) -> x509.Certificate:
        """The one that it has."""
        assert self.stranger.provisioned is not None
        return x509.load_der_x509_certificate(self.stranger.provisioned.client)

    def signed(self, request: bytes, how: tuple[str, ...]) -> bytes:
        """Return the request inside of a PKCS#7, signed with its key."""
        assert self.stranger.key_file is not None
        done = subprocess.run(
            ["openssl", *how, *OPENSSL, "-signer", str(self.stranger.key_file)],
            input=request,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def body(self, key: csr.PrivateKey, manner: Manner) -> bytes:
        """Return the message."""
        request = csr.request(key, self.stranger.dev_id, windows=manner.windows)
        text = _packed(self.signed(request, manner.cms), manner.packing)
        message = self._message(text, manner)
        if manner.packing == "returns":
            assert not manner.hand.pretty
            message = message.replace(b"\r", b"&#xD;")
        return message

    def ask(self, line: Line, body: bytes, post: Post = USUAL) -> Response:
        """Send it."""
        return line.exchange("POST", PATH, body, SOAP_TYPE, post)

    def line(self, post: Post = USUAL, *, certificate: bool = True) -> Line:
        """Open a connection."""
        context = self.stranger.tls(certificate=certificate, versions=post.tls)
        return Line(self.stranger.port, context)

    def renew(self, key: csr.PrivateKey, manner: Manner) -> Renewed:
        """Renew, and check every part of the answer; nothing is kept of it."""
        answer = self.ask(self.line(manner.post), self.body(key, manner), manner.post)
        return self.read(answer, key)

    def read(self, answer: Response, key: csr.PrivateKey) -> Renewed:
        """Read the answer without mercy."""
        document = strict.issued(answer, RST_ID)
        client = provisioning(document, self.kind)
        self._check(x509.load_der_x509_certificate(client), key)
        return Renewed(client, document)

    def use(self, renewed: Renewed, key: csr.PrivateKey) -> None:
        """Take the new certificate from now on."""
        certificate = x509.load_der_x509_certificate(renewed.client)
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        file = self._folder / f"{self.stranger.dev_id}-{certificate.serial_number}.pem"
        file.write_bytes(certificate.public_bytes(Encoding.PEM) + private)
        self.stranger.key_file = file
        assert self.stranger.provisioned is not None
        self.stranger.provisioned.client = renewed.client

    def _check(self, new: x509.Certificate, key: csr.PrivateKey) -> None:
        """The same names under the same root, another number, fresh, for the new key."""
        old, now = self.certificate, datetime.now(UTC)
        assert new.public_key() == key.public_key()
        assert new.serial_number != old.serial_number
        assert new.subject == old.subject
        assert new.issuer == old.issuer
        new.verify_directly_issued_by(self._above)
        assert timedelta(0) <= now - new.not_valid_before_utc < timedelta(hours=1)
        assert new.not_valid_after_utc > old.not_valid_after_utc
        usage = new.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]

    # --- the message --------------------------------------------------------------------------

    def _message(self, text: str, manner: Manner) -> bytes:
        ns = WSSE if manner.marks == "qualified" else ""
        kinds = [(ns, "ValueType", manner.value_type)]
        if manner.marks != "no encoding":
            kinds.append((ns, "EncodingType", WSSE + "#base64binary"))
        parts = [
            E(WST, "TokenType", TOKEN),
            E(WST, "RequestType", f"{WST}/Renew"),
            E(WSSE, "BinarySecurityToken", text, tuple(kinds)),
        ]
        if manner.context != "absent":
            items = [
                E(AUTH, "ContextItem", [E(AUTH, "Value", value)], (("", "Name", name),))
                for name, value in self._context(manner)
            ]
            parts.append(E(AUTH, "AdditionalContext", items))
        body = E(WST, "RequestSecurityToken", parts)
        return write(
            E(SOAP, "Envelope", [E(SOAP, "Header", self._header(manner)), E(SOAP, "Body", [body])]),
            manner.hand,
        )

    def _header(self, manner: Manner) -> list[E]:
        demand = ((SOAP, "mustUnderstand", "1"),)
        url = f"https://localhost:{self.stranger.port}{PATH}"
        parts = [
            E(WSA, "Action", ACTION_RST, demand),
            E(WSA, "MessageID", f"urn:uuid:{RST_ID}"),
            E(WSA, "ReplyTo", [E(WSA, "Address", WSA + "/anonymous")]),
            E(WSA, "To", url, demand),
        ]
        if manner.header == "least":
            parts = parts[:2]
        if manner.security != "none":
            parts.append(E(WSSE, "Security", _security(manner.security), demand))
        if manner.header == "reversed":
            parts = [E(EXTRA, "Correlation", "1"), *reversed(parts)]
        return parts

    def _context(self, manner: Manner) -> list[tuple[str, str]]:
        short = [("DeviceType", "WindowsPhone"), ("ApplicationVersion", "10.0.22621.1244")]
        own, other = self.stranger.dev_id, "F" * 32
        full = [
            *short,
            ("OSEdition", "136"),
            ("OSVersion", "10.0.22621.1244"),
            ("DeviceName", "HOLO-7"),
            ("EnrollmentType", manner.kind),
            ("DeviceID", own),
            ("MAC", "00-15-5D-0A-0B-0C"),
            ("MAC", "00-15-5D-0A-0B-0D"),
            ("IMEI", "490154203237518"),
            ("Locale", "en-US"),
            ("HWDevID", self.stranger.hw_dev_id),
            ("ZeroTouchProvisioning", "11111111-2222-3333-4444-555555555555"),
            ("SomethingNobodyKnowsYet", "&<>"),
        ]
        lying = [("DeviceID", other), ("EnrollmentType", "AppManagement"), ("HWDevID", other * 2)]
        table = {"empty": [], "learn": short, "full": full, "another's": lying}
        return table[manner.context]


def _security(kind: str) -> list[E]:
    """Return what is in the header; nothing of it counts at a renewal (H.5)."""
    now = datetime.now(UTC)
    times = [
        E(WSU, name, f"{moment:%Y-%m-%dT%H:%M:%S}.123Z")
        for name, moment in (("Created", now), ("Expires", now + timedelta(minutes=5)))
    ]
    stamp = E(WSU, "Timestamp", times, ((WSU, "Id", "_0"),))
    name = "eve@example.org" if kind == "somebody" else "wearer@example.org"
    secret = "not hers" if kind == "somebody" else ""
    user = E(
        WSSE,
        "UsernameToken",
        [
            E(WSSE, "Username", name),
            E(WSSE, "Password", secret, ((WSSE, "Type", TEXT + "#PasswordText"),)),
        ],
        ((WSU, "Id", "uuid-cc1ccc1f-2fba-4bcf-b063-ffc0cac77917-4"),),
    )
    table = {"user": [user], "somebody": [user], "time": [stamp], "empty": []}
    return table.get(kind, [stamp, user])


def _packed(der: bytes, how: str) -> str:
    once = base64.b64encode(der).decode()
    if how in ("once", "twice"):
        return once if how == "once" else base64.b64encode(once.encode()).decode()
    wrapped = _wrapped(once, 64 if how == "returns" else 76)
    if how == "twice in lines":
        return _wrapped(base64.b64encode(wrapped.encode()).decode(), 64)
    return wrapped


def _wrapped(text: str, columns: int) -> str:
    lines = [text[at : at + columns] for at in range(0, len(text), columns)]
    return "\r\n".join(lines) + "\r\n"


# --- the document -----------------------------------------------------------------------------


def provisioning(document: bytes, kind: str) -> bytes:
    """Check a renewal's document; return the new certificate.

    The certificate where the old one lies, its key container, the account's name; no other CSP.
    """
    root = ET.fromstring(document)
    assert (root.tag, root.attrib) == ("wap-provisioningdoc", {"version": "1.1"})
    for each in root.iter():
        assert each is root or each.tag in ("characteristic", "parm")
        assert not (each.text or "").strip()
        marks = {"type"} if each.tag == "characteristic" else {"name", "value", "datatype"}
        assert each is root or set(each.attrib) <= marks
    tops = [each.get("type") for each in root]
    assert tops[-1] == "APPLICATION"
    assert set(tops[:-1]) == {"CertificateStore"}
    application = {each.get("name"): each.get("value") for each in root[-1]}
    assert set(application) <= {"PROVIDER-ID", "APPID"}
    assert application["PROVIDER-ID"]
    own = f"My/{'System' if kind == 'Device' else 'User'}"
    places = [
        (f"{place.get('type')}/{scope.get('type')}", scope)
        for store in root[:-1]
        for place in store
        for scope in place
    ]
    assert [where for where, _ in places] == [own], "nothing above it has changed"
    (_, scope) = places[0]
    entries = [each for each in scope if each.get("type") != "PrivateKeyContainer"]
    assert len(entries) == 1
    (entry,) = entries
    containers = [each for each in scope.iter() if each.get("type") == "PrivateKeyContainer"]
    assert len(containers) == 1, "it binds the certificate to the pending key"
    (parm,) = entry.findall("parm")
    assert parm.get("name") == "EncodedCertificate"
    der = base64.b64decode(parm.get("value", ""), validate=True)
    assert entry.get("type") == hashlib.sha1(der).hexdigest().upper()
    return der


def _above(document: bytes) -> x509.Certificate:
    """Return what issued the first certificate, out of the document of the enrollment."""
    found: dict[str, str] = {}
    for place in ET.fromstring(document).findall("characteristic/characteristic"):
        for parm in place.iter("parm"):
            if parm.get("name") == "EncodedCertificate":
                found[place.get("type", "")] = parm.get("value", "")
    return x509.load_der_x509_certificate(base64.b64decode(found.get("CA") or found["Root"]))
