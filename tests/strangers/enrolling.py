"""Enrollment of a stranger: discovery, policy, certificate, from the protocol reference alone."""

import base64
import secrets
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from tests.strangers import csr, strict
from tests.strangers.markup import (
    AUTH,
    DISCO,
    EXTRA,
    PLAIN,
    SOAP,
    SOAP_11,
    WSA,
    WSSE,
    WST,
    WSU,
    XCEP,
    XSI,
    E,
    Hand,
    write,
)
from tests.strangers.wire import USUAL, Line, Post, Response, tls_context

SOAP_TYPE = "application/soap+xml; charset=utf-8"
DISCOVER_ID = "748132ec-a575-4329-b01b-6171a9cf8478"
POLICIES_ID = "72048B64-0F19-448F-8C2E-B4C661860AA0"
RST_ID = "0d5a1441-5891-453b-becf-a2e5f6ea3749"
ACTION_DISCOVER = DISCO + "/IDiscoveryService/Discover"
ACTION_POLICIES = XCEP + "/IPolicy/GetPolicies"
ACTION_RST = "http://schemas.microsoft.com/windows/pki/2009/01/enrollment/RST/wstep"
TEXT = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0"
TOKEN = "http://schemas.microsoft.com/5.0.0.0/ConfigurationManager/Enrollment/DeviceEnrollmentToken"
PKCS10 = "http://schemas.microsoft.com/windows/pki/2009/01/enrollment#PKCS10"
SOAP_SECURITY = (
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary"
)
"""The other spelling of the EncodingType."""


@dataclass(frozen=True)
class Style:
    """How one client enrolls. The defaults are Windows 10."""

    hand: Hand = PLAIN
    post: Post = USUAL
    header: Literal["real", "reversed"] = "real"
    slash: bool = False
    soap_11: bool = False
    qualified: bool = True
    encoding_type: str = WSSE + "#base64binary"
    base64: Literal["plain", "crlf", "64"] = "plain"
    message_id: str = "urn:uuid:{}"
    upper_id: bool = False
    version: str = "4.0"
    auth_policies: Literal["list", "direct", "many"] = "list"
    email: str = "wearer@example.org"
    edition: str = "136"
    context: Literal["full", "minimal", "windows11"] = "full"
    kind: str = "Full"
    dashed_dev_id: bool = False
    windows: int = 10
    content_type: str = SOAP_TYPE
    query: str = ""
    skip_policy: bool = False
    least_header: bool = False
    """Neither To nor ReplyTo."""
    token: tuple[str, str] | None = None
    """ValueType and text of a binary token, in the place of user name and password."""
    token_marks: Literal["plain", "qualified", "no encoding"] = "plain"
    """How a binary token says what it is."""
    request_type: str = "Issue"
    value_type: str = PKCS10
    """Of the certificate request."""


@dataclass
class Answers:
    """What the server said, one answer a step."""

    discovery: strict.Discovered
    policies: strict.Policy | None
    provisioned: strict.Provisioned
    raw: list[Response] = field(default_factory=list)


class Stranger:
    """A device that was written by somebody else."""

    def __init__(
        self, port: int, ca: Path, folder: Path, key: rsa.RSAPrivateKey | None = None
    ) -> None:
        self.port = port
        self.ca = ca
        self.key = key or rsa.generate_private_key(65537, 2048)
        self.dev_id = secrets.token_hex(16).upper()
        self.hw_dev_id = secrets.token_hex(32).upper()
        self.provisioned: strict.Provisioned | None = None
        self._folder = folder
        self.key_file: Path | None = None

    # --- the three calls ------------------------------------------------------------------

    def enroll(self, user: str, secret: str, style: Style) -> Answers:
        """Do all of it and check every answer."""
        line = Line(self.port, tls_context(self.ca, versions=style.post.tls))
        probe = line.exchange("GET", "/EnrollmentServer/Discovery.svc", b"", "", style.post)
        assert probe.status == 200, probe
        found = self._ask(line, "Discovery", self.discover(style), style)
        discovered = strict.discovery(found, self.relates(DISCOVER_ID, style), style.version)
        raw = [found]
        policy = None
        if not style.skip_policy:
            got = self._ask(line, "Policy", self.get_policies(user, secret, style), style)
            policy = strict.policies(got, self.relates(POLICIES_ID, style))
            raw.append(got)
        issued = self._ask(line, "Enrollment", self.rst(user, secret, style), style)
        line.close()
        document = strict.issued(issued, self.relates(RST_ID, style))
        raw.append(issued)
        provisioned = strict.provisioning(document, style.kind, self.key.public_key())
        self.keep(provisioned)
        return Answers(discovered, policy, provisioned, raw)

    def _ask(self, line: Line, service: str, body: bytes, style: Style) -> Response:
        path = f"/EnrollmentServer/{service}.svc{style.query}"
        if not style.post.keep or style.post.version == "1.0":
            line.close()
            line = Line(self.port, tls_context(self.ca, versions=style.post.tls))
        return line.exchange("POST", path, body, style.content_type, style.post)

    def relates(self, identifier: str, style: Style) -> str:
        """Return the identifier that the answer must relate to."""
        return identifier.upper() if style.upper_id else identifier

    def tls(self, *, certificate: bool = True, versions: str = "") -> ssl.SSLContext:
        """Return a context with or without its certificate."""
        return tls_context(self.ca, self.key_file if certificate else None, versions)

    def keep(self, provisioned: strict.Provisioned) -> None:
        """Keep certificate and key where the ssl module finds them."""
        self.provisioned = provisioned
        certificate = x509.load_der_x509_certificate(self.provisioned.client)
        key = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        self.key_file = self._folder / f"{self.provisioned.auth_name}.pem"
        self.key_file.write_bytes(certificate.public_bytes(Encoding.PEM) + key)

    # --- the requests ---------------------------------------------------------------------

    def discover(self, style: Style) -> bytes:
        """Return a Discover."""
        ns = DISCO + ("/" if style.slash else "")
        if style.auth_policies == "direct":
            policies = E(ns, "AuthPolicies", "OnPremise")
        else:
            names = ["OnPremise"] if style.auth_policies == "list" else ["Federated", "OnPremise"]
            policies = E(ns, "AuthPolicies", [E(ns, "AuthPolicy", each) for each in names])
        parts = [
            E(ns, "EmailAddress", style.email),
            E(ns, "RequestVersion", style.version),
            E(ns, "DeviceType", "CIMClient_Windows"),
            E(ns, "ApplicationVersion", "10.0.22621.1244"),
            E(ns, "OSEdition", style.edition),
            policies,
        ]
        if style.context == "minimal":
            parts = [parts[0], parts[1], policies]
        if style.header == "reversed":
            parts.reverse()
        body = E(ns, "Discover", [E(ns, "request", parts)])
        return self._envelope(ACTION_DISCOVER, DISCOVER_ID, "Discovery", body, None, style)

    def get_policies(self, user: str, secret: str, style: Style) -> bytes:
        """Return a GetPolicies."""
        nil = ((XSI, "nil", "true"),)
        client = [E(XCEP, "lastUpdate", "", nil), E(XCEP, "preferredLanguage", "", nil)]
        if style.context == "windows11":
            client += [
                E(XCEP, "TPMManufacturer", "INTC"),
                E(XCEP, "TPMFirmwareVersion", "600.7.0.0"),
            ]
        body = E(
            XCEP,
            "GetPolicies",
            [E(XCEP, "client", client), E(XCEP, "requestFilter", "", nil)],
        )
        token = self._token(user, secret, style)
        return self._envelope(ACTION_POLICIES, POLICIES_ID, "Policy", body, token, style)

    def rst(
        self,
        user: str,
        secret: str,
        style: Style,
        *,
        request: bytes | None = None,
        items: list[tuple[str, str]] | None = None,
    ) -> bytes:
        """Return a RequestSecurityToken."""
        der = request or csr.request(self.key, self.dev_id, windows=style.windows)
        kinds = (
            ("", "ValueType", style.value_type),
            (WSSE if style.windows == 11 else "", "EncodingType", style.encoding_type),
        )
        context = self.context(style) if items is None else items
        parts = [
            E(WST, "TokenType", TOKEN),
            E(WST, "RequestType", f"{WST}/{style.request_type}"),
            E(WSSE, "BinarySecurityToken", _base64(der, style.base64), kinds),
            E(
                AUTH,
                "AdditionalContext",
                [
                    E(AUTH, "ContextItem", [E(AUTH, "Value", value)], (("", "Name", name),))
                    for name, value in context
                ],
            ),
        ]
        body = E(WST, "RequestSecurityToken", parts)
        token = self._token(user, secret, style)
        return self._envelope(ACTION_RST, RST_ID, "Enrollment", body, token, style)

    def context(self, style: Style) -> list[tuple[str, str]]:
        """Return the context items in the order observed."""
        guid = (
            "-".join((self.dev_id[:8], self.dev_id[8:12], self.dev_id[12:16], self.dev_id[16:20]))
            + f"-{self.dev_id[20:]}"
        )
        dev_id = guid if style.dashed_dev_id else self.dev_id
        if style.context == "minimal":
            return [("DeviceID", dev_id), ("EnrollmentType", style.kind)]
        items = [
            ("UXInitiated", "true"),
            ("HWDevID", self.hw_dev_id),
            ("Locale", "en-US"),
            ("TargetedUserLoggedIn", "True"),
            ("OSEdition", style.edition),
            ("DeviceName", "HOLO-7"),
            *[("MAC", "00-15-5D-0A-0B-0C") for _ in range(13)],
            ("DeviceID", dev_id),
            ("EnrollmentType", style.kind),
            ("DeviceType", "CIMClient_Windows"),
            ("OSVersion", "10.0.22621.1244"),
            ("ApplicationVersion", "10.0.22621.1244"),
            ("NotInOobe", "False"),
        ]
        if style.context == "windows11":
            blob = base64.b64encode(secrets.token_bytes(3000)).decode()
            items = [("AIKPub", blob), ("AIKAttestationClaim", blob), *items]
            items += [
                ("Manufacturer", "Microsoft Corporation"),
                ("DeviceModel", "HoloLens 2"),
                ("SerialNumber", "002114950000"),
                ("RequestVersion", style.version),
                ("AttestationStatus", "Status=AttestationResultNoAttestation"),
                ("AttestationStatusHResult", "0x80070057"),
                ("SomethingNobodyKnowsYet", '&<>" ü 日本'),
            ]
        return items

    def _token(self, user: str, secret: str, style: Style) -> E:
        kind = (WSSE if style.qualified else "", "Type", TEXT + "#PasswordText")
        identifier = (WSU, "Id", "uuid-cc1ccc1f-2fba-4bcf-b063-ffc0cac77917-4")
        parts = [
            E(WSSE, "Username", user),
            E(WSSE, "Password", secret, (kind,)),
        ]
        token = E(WSSE, "UsernameToken", parts, (identifier,))
        if style.token is not None:
            value_type, text = style.token
            ns = WSSE if style.token_marks == "qualified" else ""
            marks = [(ns, "ValueType", value_type)]
            if style.token_marks != "no encoding":
                marks.append((ns, "EncodingType", style.encoding_type))
            token = E(WSSE, "BinarySecurityToken", text, tuple(marks))
        demand = ((SOAP_11 if style.soap_11 else SOAP, "mustUnderstand", "1"),)
        return E(WSSE, "Security", [token], demand)

    def _envelope(
        self, action: str, identifier: str, service: str, body: E, token: E | None, style: Style
    ) -> bytes:
        ns = SOAP_11 if style.soap_11 else SOAP
        demand = ((ns, "mustUnderstand", "1"),)
        shown = style.message_id.format(self.relates(identifier, style))
        url = f"https://LocalHost:{self.port}:443/EnrollmentServer/{service}.svc"
        header = [
            E(WSA, "Action", action, demand),
            E(WSA, "MessageID", shown),
            E(WSA, "ReplyTo", [E(WSA, "Address", WSA + "/anonymous")]),
            E(WSA, "To", url, demand),
            *([token] if token else []),
        ]
        if style.least_header:
            header = [each for each in header if each.name not in ("To", "ReplyTo")]
        if style.header == "reversed":
            header.reverse()
            header.insert(0, E(EXTRA, "Correlation", [E(EXTRA, "Id", "1")]))
        parts = [E(ns, "Header", header), E(ns, "Body", [body])]
        return write(E(ns, "Envelope", parts), style.hand)


def _base64(data: bytes, how: str) -> str:
    text = base64.b64encode(data).decode()
    if how == "plain":
        return text
    columns = 76 if how == "crlf" else 64
    return "\r\n".join(text[at : at + columns] for at in range(0, len(text), columns)) + "\r\n"
