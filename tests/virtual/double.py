"""A management server of a few lines for the virtual headset's own tests, spoken by hand.

Origin: the answers below were written for this project from the published rules, not with our
writer, so that the headset is not measured against its own words.
"""

import asyncio
import base64
import hashlib
import ipaddress
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

PROVIDER = "Double"
NONCE = base64.b64encode(b"sixteen bytes!!!").decode()
PATH_MANAGEMENT = "/ManagementServer/MDM.svc"

DER = serialization.Encoding.DER
PEM = serialization.Encoding.PEM


@dataclass(frozen=True)
class Authority:
    """A root that issues whatever a test needs."""

    key: rsa.RSAPrivateKey
    root: x509.Certificate

    def issue(
        self,
        public_key: rsa.RSAPublicKey,
        usage: x509.ObjectIdentifier,
        *,
        name: str = "device",
        days: int = 365,
        now: datetime | None = None,
    ) -> x509.Certificate:
        now = now or datetime.now(UTC)
        address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
        return (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(self.root.subject)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(minutes=1))
            .not_valid_after(now + timedelta(days=days))
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
            .add_extension(x509.SubjectAlternativeName([address]), critical=False)
            .sign(self.key, hashes.SHA256())
        )

    @property
    def pem(self) -> bytes:
        return self.root.public_bytes(PEM)


def make_authority() -> Authority:
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Double Root")])
    now = datetime.now(UTC)
    root = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return Authority(key, root)


@dataclass(frozen=True)
class Call:
    """One request as it came."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    has_certificate: bool

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]


@dataclass(frozen=True)
class Reply:
    """One response; `headers` replaces the ones that are made up from the body."""

    body: bytes = b""
    status: int = 200
    kind: str = "application/vnd.syncml.dm+xml; charset=utf-8"
    headers: dict[str, str] | None = None
    hang_up: bool = False


Handler = Callable[[Call], Reply]


@dataclass
class Double:
    """A running server: where it is, and every call it got."""

    port: int
    authority: Authority
    calls: list[Call] = field(default_factory=list)

    @property
    def base(self) -> str:
        return f"https://127.0.0.1:{self.port}"


@asynccontextmanager
async def serve(authority: Authority, handler: Handler, folder: Path) -> AsyncIterator[Double]:
    """Serve on a free port of this machine until the block ends."""
    context = server_context(authority, folder)
    double = Double(0, authority)

    async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (call := await _read(reader, writer)) is not None:
                double.calls.append(call)
                reply = handler(call)
                if reply.hang_up:
                    break
                _write(writer, reply)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(connection, "127.0.0.1", 0, ssl=context)
    double.port = server.sockets[0].getsockname()[1]
    try:
        yield double
    finally:
        server.close()


def server_context(authority: Authority, folder: Path) -> ssl.SSLContext:
    key = rsa.generate_private_key(65537, 2048)
    certificate = authority.issue(
        key.public_key(), ExtendedKeyUsageOID.SERVER_AUTH, name="127.0.0.1"
    )
    pem = key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "tls.pem").write_bytes(pem + certificate.public_bytes(PEM))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cadata=authority.pem.decode())
    context.load_cert_chain(folder / "tls.pem")
    context.verify_mode = ssl.CERT_OPTIONAL
    return context


async def _read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Call | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.decode("ascii").strip().split("\r\n")
    method, target, _ = first.split(" ")
    named = (line.partition(":") for line in lines)
    headers = {name.strip().lower(): value.strip() for name, _, value in named}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    tls = writer.get_extra_info("ssl_object")
    return Call(method, target, headers, body, bool(tls.getpeercert(True)))


def _write(writer: asyncio.StreamWriter, reply: Reply) -> None:
    headers = reply.headers
    if headers is None:
        headers = {"Content-Type": reply.kind, "Content-Length": str(len(reply.body))}
    lines = [f"HTTP/1.1 {reply.status} X", *(f"{n}: {v}" for n, v in headers.items()), "", ""]
    body = reply.body
    if headers.get("Transfer-Encoding") == "chunked":
        body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    writer.write("\r\n".join(lines).encode("ascii") + body)


# -- the enrollment, spoken by hand

SOAP_KIND = "application/soap+xml; charset=utf-8"

_ENVELOPE = """<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"
 xmlns:a="http://www.w3.org/2005/08/addressing"><s:Header>
<a:Action s:mustUnderstand="1">{action}</a:Action>
<ActivityId CorrelationId="8c6060c4-3d78-4d73-ae17-e8bce88426ee"
 xmlns="http://schemas.microsoft.com/2004/09/ServiceModel/Diagnostics"
>8c6060c4-3d78-4d73-ae17-e8bce88426ee</ActivityId>
<a:RelatesTo>urn:uuid:{relates}</a:RelatesTo></s:Header>
<s:Body xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">{body}</s:Body></s:Envelope>"""

_DISCOVERED = """<DiscoverResponse
 xmlns="http://schemas.microsoft.com/windows/management/2012/01/enrollment"><DiscoverResult>
<AuthPolicy>OnPremise</AuthPolicy><EnrollmentVersion>{version}</EnrollmentVersion>
<EnrollmentPolicyServiceUrl>{base}/Policy</EnrollmentPolicyServiceUrl>
<EnrollmentServiceUrl>{base}/Enroll</EnrollmentServiceUrl>
</DiscoverResult></DiscoverResponse>"""

_POLICIES = """<GetPoliciesResponse
 xmlns="http://schemas.microsoft.com/windows/pki/2009/01/enrollmentpolicy"><response>
<policyID/><policyFriendlyName xsi:nil="true"/><nextUpdateHours xsi:nil="true"/>
<policiesNotChanged xsi:nil="true"/><policies><policy>
<policyOIDReference>0</policyOIDReference><cAs xsi:nil="true"/><attributes>
<commonName>devices</commonName><policySchema>3</policySchema>
<certificateValidity><validityPeriodSeconds>1209600</validityPeriodSeconds>
<renewalPeriodSeconds>172800</renewalPeriodSeconds></certificateValidity>
<permission><enroll>true</enroll><autoEnroll>false</autoEnroll></permission>
<privateKeyAttributes><minimalKeyLength>2048</minimalKeyLength><keySpec xsi:nil="true"/>
<keyUsageProperty xsi:nil="true"/><permissions xsi:nil="true"/>
<algorithmOIDReference xsi:nil="true"/>
<cryptoProviders><provider>Microsoft Software Key Storage Provider</provider></cryptoProviders>
</privateKeyAttributes><revision><majorRevision>101</majorRevision>
<minorRevision>0</minorRevision></revision><supersededPolicies xsi:nil="true"/>
<privateKeyFlags xsi:nil="true"/><subjectNameFlags xsi:nil="true"/>
<enrollmentFlags xsi:nil="true"/><generalFlags xsi:nil="true"/>
<hashAlgorithmOIDReference>0</hashAlgorithmOIDReference><rARequirements xsi:nil="true"/>
<keyArchivalAttributes xsi:nil="true"/><extensions xsi:nil="true"/></attributes>
</policy></policies></response><cAs xsi:nil="true"/><oIDs><oID>
<value>2.16.840.1.101.3.4.2.1</value><group>1</group><oIDReferenceID>0</oIDReferenceID>
<defaultName>szOID_NIST_sha256</defaultName></oID></oIDs></GetPoliciesResponse>"""

_TOKEN = """<RequestSecurityTokenResponseCollection
 xmlns="http://docs.oasis-open.org/ws-sx/ws-trust/200512"><RequestSecurityTokenResponse>
<TokenType>http://schemas.microsoft.com/5.0.0.0/ConfigurationManager/Enrollment/DeviceEnrollmentToken</TokenType>
<DispositionMessage xmlns="http://schemas.microsoft.com/windows/pki/2009/01/enrollment"/>
<RequestedSecurityToken><BinarySecurityToken
 xmlns="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
 ValueType="http://schemas.microsoft.com/5.0.0.0/ConfigurationManager/Enrollment/DeviceEnrollmentProvisionDoc"
 EncodingType="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd#base64binary"
>{document}</BinarySecurityToken></RequestedSecurityToken>
<RequestID xmlns="http://schemas.microsoft.com/windows/pki/2009/01/enrollment">0</RequestID>
</RequestSecurityTokenResponse></RequestSecurityTokenResponseCollection>"""

_FAULT = """<s:Fault><s:Code><s:Value>s:Receiver</s:Value><s:Subcode><s:Value>{subcode}</s:Value>
</s:Subcode></s:Code><s:Reason><s:Text xml:lang="en-US">{reason}</s:Text></s:Reason></s:Fault>"""

DOCUMENT = """<?xml version="1.0" encoding="UTF-8"?>
<wap-provisioningdoc version="1.1">
<characteristic type="CertificateStore"><characteristic type="Root">
<characteristic type="System"><characteristic type="{root_print}">
<parm name="EncodedCertificate" value="{root}"/></characteristic></characteristic>
</characteristic></characteristic>
<characteristic type="CertificateStore"><characteristic type="My">
<characteristic type="User"><characteristic type="{client_print}">
<parm name="EncodedCertificate" value="{client}"/></characteristic>
<characteristic type="PrivateKeyContainer"/></characteristic>
<characteristic type="WSTEP"><characteristic type="Renew">
<parm name="ROBOSupport" value="true" datatype="boolean"/>
<parm name="RenewPeriod" value="{renew_days}" datatype="integer"/>
<parm name="RetryInterval" value="4" datatype="integer"/>
</characteristic></characteristic></characteristic></characteristic>
<characteristic type="APPLICATION">
<parm name="APPID" value="w7"/><parm name="PROVIDER-ID" value="Double"/>
<parm name="NAME" value="Double MDM"/>
<parm name="ADDR" value="{base}/ManagementServer/MDM.svc"/>
<parm name="CONNRETRYFREQ" value="3"/><parm name="INITIALBACKOFFTIME" value="30000"/>
<parm name="MAXBACKOFFTIME" value="120000"/><parm name="BACKCOMPATRETRYDISABLED"/>
<parm name="DEFAULTENCODING" value="application/vnd.syncml.dm+xml"/>
<characteristic type="APPAUTH"><parm name="AAUTHLEVEL" value="CLIENT"/>
<parm name="AAUTHTYPE" value="DIGEST"/><parm name="AAUTHSECRET" value="server-secret"/>
<parm name="AAUTHDATA" value="{nonce}"/></characteristic>
<characteristic type="APPAUTH"><parm name="AAUTHLEVEL" value="APPSRV"/>
<parm name="AAUTHTYPE" value="DIGEST"/><parm name="AAUTHNAME" value="dev-1"/>
<parm name="AAUTHSECRET" value="client-secret"/><parm name="AAUTHDATA" value="{nonce}"/>
</characteristic></characteristic>
<characteristic type="DMClient"><characteristic type="Provider"><characteristic type="Double">
<parm name="UPN" value="anna@example.com" datatype="string"/>
<parm name="EntDeviceName" value="Anna's headset" datatype="string"/>
<parm name="EntDMID" value="dev-1" datatype="string"/>
<characteristic type="Poll">
<parm name="IntervalForFirstSetOfRetries" value="3" datatype="integer"/>
<parm name="NumberOfFirstRetries" value="5" datatype="integer"/>
<parm name="IntervalForSecondSetOfRetries" value="15" datatype="integer"/>
<parm name="NumberOfSecondRetries" value="8" datatype="integer"/>
<parm name="IntervalForRemainingScheduledRetries" value="480" datatype="integer"/>
<parm name="NumberOfRemainingScheduledRetries" value="0" datatype="integer"/>
<parm name="PollOnLogin" value="true" datatype="boolean"/>
</characteristic></characteristic></characteristic></characteristic>
</wap-provisioningdoc>"""

_ENROLLMENT = "http://schemas.microsoft.com/windows/pki/2009/01/enrollment"
ACTIONS = {
    "/EnrollmentServer/Discovery.svc": (
        "http://schemas.microsoft.com/windows/management/2012/01/enrollment"
        "/IDiscoveryService/DiscoverResponse",
        "748132ec-a575-4329-b01b-6171a9cf8478",
    ),
    "/Policy": (
        "http://schemas.microsoft.com/windows/pki/2009/01/enrollmentpolicy"
        "/IPolicy/GetPoliciesResponse",
        "72048B64-0F19-448F-8C2E-B4C661860AA0",
    ),
    "/Enroll": (f"{_ENROLLMENT}/RSTRC/wstep", "0d5a1441-5891-453b-becf-a2e5f6ea3749"),
}


def soap(path: str, body: str, *, status: int = 200) -> Reply:
    action, relates = ACTIONS[path]
    text = _ENVELOPE.format(action=action, relates=relates, body=body)
    return Reply(text.encode(), status, SOAP_KIND)


def fault(path: str, subcode: str, reason: str, *, status: int = 500) -> Reply:
    return soap(path, _FAULT.format(subcode=subcode, reason=reason), status=status)


def discovered(base: str, *, version: str = "4.0") -> Reply:
    return soap("/EnrollmentServer/Discovery.svc", _DISCOVERED.format(base=base, version=version))


def policies(*, old: str = "", new: str = "") -> Reply:
    return soap("/Policy", _POLICIES.replace(old, new) if old else _POLICIES)


def document(authority: Authority, client: x509.Certificate, base: str, days: int = 42) -> str:
    def parts(certificate: x509.Certificate) -> tuple[str, str]:
        der = certificate.public_bytes(DER)
        return hashlib.sha1(der).hexdigest().upper(), base64.b64encode(der).decode()

    root_print, root = parts(authority.root)
    client_print, encoded = parts(client)
    return DOCUMENT.format(
        root_print=root_print,
        root=root,
        client_print=client_print,
        client=encoded,
        nonce=NONCE,
        base=base,
        renew_days=days,
    )


def token(text: str) -> Reply:
    encoded = base64.b64encode(text.encode()).decode()
    return soap("/Enroll", _TOKEN.format(document=encoded))


def public_key_of(request_message: bytes) -> rsa.RSAPublicKey:
    """Return the public key in a RequestSecurityToken; the request must be one of Windows 11."""
    start = request_message.index(b"#base64binary") + len(b"#base64binary")
    encoded = request_message[request_message.index(b">", start) + 1 :].partition(b"<")[0]
    key = x509.load_der_x509_csr(base64.b64decode(encoded)).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    return key


# -- a session, spoken by hand

ANSWER = """<SyncML xmlns="SYNCML:SYNCML1.2"><SyncHdr><VerDTD>1.2</VerDTD>
<VerProto>DM/1.2</VerProto><SessionID>{session}</SessionID><MsgID>{message}</MsgID>
<Target><LocURI>{device}</LocURI></Target><Source><LocURI>{address}</LocURI></Source></SyncHdr>
<SyncBody>{body}<Final/></SyncBody></SyncML>"""

STATUS = (
    "<Status><CmdID>s{number}</CmdID><MsgRef>{message}</MsgRef><CmdRef>{ref}</CmdRef>"
    "<Cmd>{name}</Cmd>{challenge}<Data>{code}</Data></Status>"
)

CHALLENGE = (
    '<Chal><Meta><Type xmlns="syncml:metinf">syncml:auth-md5</Type>'
    '<Format xmlns="syncml:metinf">b64</Format>'
    '<NextNonce xmlns="syncml:metinf">{nonce}</NextNonce></Meta></Chal>'
)


def get(cmd_id: str, *uris: str) -> str:
    items = "".join(f"<Item><Target><LocURI>{uri}</LocURI></Target></Item>" for uri in uris)
    return f"<Get><CmdID>{cmd_id}</CmdID>{items}</Get>"


def change(verb: str, cmd_id: str, uri: str, value: str, format_: str = "chr") -> str:
    return (
        f"<{verb}><CmdID>{cmd_id}</CmdID><Item><Target><LocURI>{uri}</LocURI></Target><Meta>"
        f'<Format xmlns="syncml:metinf">{format_}</Format></Meta>'
        f"<Data>{value}</Data></Item></{verb}>"
    )


def execute(cmd_id: str, uri: str) -> str:
    return (
        f"<Exec><CmdID>{cmd_id}</CmdID><Item><Target><LocURI>{uri}</LocURI></Target></Item></Exec>"
    )


def delete(cmd_id: str, uri: str) -> str:
    return (
        f"<Delete><CmdID>{cmd_id}</CmdID><Item><Target><LocURI>{uri}</LocURI></Target></Item>"
        "</Delete>"
    )


def atomic(cmd_id: str, commands: str) -> str:
    return f"<Atomic><CmdID>{cmd_id}</CmdID>{commands}</Atomic>"
