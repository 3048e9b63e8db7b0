"""What a merciless client demands of the server's words, straight from the protocol reference."""

import base64
import hashlib
import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID
from tests.strangers.csr import PublicKey
from tests.strangers.markup import DIAG, DISCO, ENROLL, SOAP, WSA, WSSE, WST, WSU, XCEP, XSI
from tests.strangers.wire import Response

GUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
NIL = f"{{{XSI}}}nil"
SUBCODES = {
    "s:MessageFormat",
    "s:Authentication",
    "s:Authorization",
    "s:CertificateRequest",
    "s:EnrollmentServer",
    "a:InternalServiceFault",
    "a:InvalidSecurity",
}
ERROR_TYPES = {
    "DeviceCapReached",
    "DeviceNotSupported",
    "NotSupported",
    "NotEligibleToRenew",
    "InMaintenance",
    "UserLicense",
    "InvalidEnrollmentData",
    "CustomServerError",
}


def names(element: ET.Element) -> list[str]:
    """Return the local names of the children."""
    return [each.tag.rpartition("}")[2] for each in element]


def text(element: ET.Element | None) -> str:
    """Return the text of an element that must be there."""
    assert element is not None, "an element is missing"
    return element.text or ""


def framing(response: Response, kind: str) -> None:
    """Demand Content-Length, no chunks (the reader saw to both) and the type with a charset."""
    assert response.version == "HTTP/1.1"
    shown = response.header("Content-Type").replace(" ", "").lower()
    assert shown == f"{kind};charset=utf-8", shown
    assert not response.body.startswith(b"\xef\xbb\xbf")
    response.body.decode("utf-8")


# --- SOAP ---------------------------------------------------------------------------------


def envelope(response: Response, action: str, relates_to: str) -> ET.Element:
    """Check the envelope and its header; return the Body."""
    framing(response, "application/soap+xml")
    root = ET.fromstring(response.body)
    assert root.tag == f"{{{SOAP}}}Envelope"
    assert [each.tag for each in root] == [f"{{{SOAP}}}Header", f"{{{SOAP}}}Body"]
    header, body = root
    first = header[0]
    assert first.tag == f"{{{WSA}}}Action"
    assert first.get(f"{{{SOAP}}}mustUnderstand") == "1"
    assert text(first) == action
    activity = header.find(f"{{{DIAG}}}ActivityId")
    assert activity is not None
    assert GUID.fullmatch(text(activity))
    assert activity.get("CorrelationId") == text(activity)
    related = header.findall(f"{{{WSA}}}RelatesTo")
    if relates_to:
        assert [each.text for each in related] == [f"urn:uuid:{relates_to}"]
    else:
        assert not related
    assert names(header)[1:3] == (["ActivityId", "RelatesTo"] if relates_to else ["ActivityId"])
    return body


@dataclass(frozen=True)
class Fault:
    """A fault as a client reads it."""

    subcode: str
    error_type: str
    status: int
    text: str


def fault(response: Response, relates_to: str, action: str) -> Fault:
    """Check a fault of part E: HTTP 500, or 429 to slow down."""
    assert response.status in (500, 429), response.status
    body = envelope(response, action, relates_to)
    assert len(body) == 1
    assert body[0].tag == f"{{{SOAP}}}Fault"
    assert names(body[0]) in (["Code", "Reason"], ["Code", "Reason", "Detail"])
    ns = {"s": SOAP, "e": ENROLL}
    assert text(body[0].find("s:Code/s:Value", ns)) in ("s:Receiver", "s:Sender")
    subcode = text(body[0].find("s:Code/s:Subcode/s:Value", ns))
    assert subcode in SUBCODES
    # The prefixes inside these values must be declared for what they stand for.
    assert b'xmlns:s="' + SOAP.encode() in response.body
    assert b'xmlns:a="' + WSA.encode() in response.body
    reason = body[0].find("s:Reason/s:Text", ns)
    words = text(reason)
    assert words
    assert reason is not None
    assert reason.get("{http://www.w3.org/XML/1998/namespace}lang") == "en-US"
    error = body[0].find("s:Detail/e:DeviceEnrollmentServiceError", ns)
    kind = ""
    if error is not None:
        expected = ["ErrorType", "Message", "TraceId"]
        assert names(error) == [each for each in expected if each in names(error)]
        found = error.find("e:ErrorType", ns)
        kind = "" if found is None else text(found)
        assert kind == "" or kind in ERROR_TYPES
        assert GUID.fullmatch(text(error.find("e:TraceId", ns)))
    if response.status == 429:
        assert 0 < int(response.header("Retry-After")) <= 60
    return Fault(subcode, kind, response.status, words)


@dataclass(frozen=True)
class Discovered:
    """What discovery said."""

    version: str | None
    policy_url: str
    enrollment_url: str


def discovery(response: Response, relates_to: str, asked: str) -> Discovered:
    """Check a DiscoverResponse."""
    assert response.status == 200, response
    body = envelope(response, DISCO + "/IDiscoveryService/DiscoverResponse", relates_to)
    assert [each.tag for each in body] == [f"{{{DISCO}}}DiscoverResponse"]
    assert names(body[0]) == ["DiscoverResult"]
    result = body[0][0]
    found = {each.tag: each.text or "" for each in result}
    order = [
        "AuthPolicy",
        "EnrollmentVersion",
        "EnrollmentPolicyServiceUrl",
        "EnrollmentServiceUrl",
    ]
    version = found.get(f"{{{DISCO}}}EnrollmentVersion")
    assert names(result) == [each for each in order if version or each != "EnrollmentVersion"]
    assert found[f"{{{DISCO}}}AuthPolicy"] == "OnPremise"
    if float(asked) < 3:
        assert version is None
    else:
        assert version is not None
        assert 3 <= float(version) <= float(asked)
    policy = found[f"{{{DISCO}}}EnrollmentPolicyServiceUrl"]
    enrollment = found[f"{{{DISCO}}}EnrollmentServiceUrl"]
    assert policy.startswith("https://")
    assert policy.split("/")[2] == enrollment.split("/")[2], "both on one host"
    return Discovered(version, policy, enrollment)


@dataclass(frozen=True)
class Policy:
    """What a Windows client consumes of a policy."""

    key_length: int
    hash_oid: str | None
    providers: list[str]


def policies(response: Response, relates_to: str) -> Policy:
    """Check a GetPoliciesResponse, element by element."""
    assert response.status == 200, response
    body = envelope(response, XCEP + "/IPolicy/GetPoliciesResponse", relates_to)
    assert [each.tag for each in body] == [f"{{{XCEP}}}GetPoliciesResponse"]
    assert all(each.tag.startswith(f"{{{XCEP}}}") for each in body[0].iter())
    top = body[0]
    assert names(top) == ["response", "cAs", "oIDs"]
    assert _nil(top[1])
    answer = top[0]
    assert names(answer) == [
        "policyID",
        "policyFriendlyName",
        "nextUpdateHours",
        "policiesNotChanged",
        "policies",
    ]
    assert not _nil(answer[0])
    assert _nil(answer[3]) or text(answer[3]) == "false"
    first = answer[4][0]
    assert names(first) == ["policyOIDReference", "cAs", "attributes"]
    assert _nil(first[1])
    return _attributes(first[2], _oids(top[2]), text(first[0]))


def _oids(element: ET.Element) -> dict[str, str]:
    found = {}
    for each in element:
        assert names(each) == ["value", "group", "oIDReferenceID", "defaultName"]
        assert 1 <= int(text(each[1])) <= 9
        assert text(each[2]) not in found, "a reference twice"
        found[text(each[2])] = text(each[0])
    return found


def _attributes(element: ET.Element, oids: dict[str, str], own: str) -> Policy:
    assert own in oids, "policyOIDReference leads nowhere"
    assert names(element) == [
        "commonName",
        "policySchema",
        "certificateValidity",
        "permission",
        "privateKeyAttributes",
        "revision",
        "supersededPolicies",
        "privateKeyFlags",
        "subjectNameFlags",
        "enrollmentFlags",
        "generalFlags",
        "hashAlgorithmOIDReference",
        "rARequirements",
        "keyArchivalAttributes",
        "extensions",
    ]
    by_name = dict(zip(names(element), element, strict=True))
    assert text(by_name["policySchema"]) == "3"
    assert names(by_name["certificateValidity"]) == [
        "validityPeriodSeconds",
        "renewalPeriodSeconds",
    ]
    validity, renewal = (int(text(each)) for each in by_name["certificateValidity"])
    assert validity > renewal > 0
    assert [
        (n, text(e))
        for n, e in zip(names(by_name["permission"]), by_name["permission"], strict=True)
    ] == [
        ("enroll", "true"),
        ("autoEnroll", "false"),
    ]
    assert names(by_name["revision"]) == ["majorRevision", "minorRevision"]
    for name in (
        "supersededPolicies",
        "privateKeyFlags",
        "subjectNameFlags",
        "enrollmentFlags",
        "generalFlags",
        "rARequirements",
        "keyArchivalAttributes",
        "extensions",
    ):
        assert _nil(by_name[name]), f"{name} is not nil"
    key = by_name["privateKeyAttributes"]
    assert names(key) == [
        "minimalKeyLength",
        "keySpec",
        "keyUsageProperty",
        "permissions",
        "algorithmOIDReference",
        "cryptoProviders",
    ]
    assert all(_nil(each) for each in key[1:4])
    assert _nil(key[4]) or text(key[4]) in oids
    providers = [text(each) for each in key[5]]
    assert providers
    assert set(names(key[5])) == {"provider"}
    reference = by_name["hashAlgorithmOIDReference"]
    hash_oid = None if _nil(reference) else oids[text(reference)]
    return Policy(int(text(key[0])), hash_oid, providers)


def _nil(element: ET.Element) -> bool:
    if element.get(NIL) != "true":
        return False
    assert not (element.text or "").strip()
    assert len(element) == 0
    return True


# --- RSTRC and provisioning ---------------------------------------------------------------


def issued(response: Response, relates_to: str) -> bytes:
    """Check a RequestSecurityTokenResponseCollection; return the document."""
    assert response.status == 200, (response.status, response.body[:2000])
    body = envelope(response, ENROLL + "/RSTRC/wstep", relates_to)
    header = ET.fromstring(response.body)[0]
    security = header.find(f"{{{WSSE}}}Security")
    if security is not None:
        assert security.get(f"{{{SOAP}}}mustUnderstand") == "1"
        assert [each.tag for each in security] == [f"{{{WSU}}}Timestamp"]
        assert names(security[0]) == ["Created", "Expires"]
        times = [text(each) for each in security[0]]
        assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", each) for each in times)
        assert times[0] < times[1]
    collection = body[0]
    assert collection.tag == f"{{{WST}}}RequestSecurityTokenResponseCollection"
    assert [each.tag for each in collection] == [f"{{{WST}}}RequestSecurityTokenResponse"]
    assert [each.tag for each in collection[0]] == [
        f"{{{WST}}}TokenType",
        f"{{{ENROLL}}}DispositionMessage",
        f"{{{WST}}}RequestedSecurityToken",
        f"{{{ENROLL}}}RequestID",
    ]
    kind, disposition, requested, number = collection[0]
    base = "http://schemas.microsoft.com/5.0.0.0/ConfigurationManager/Enrollment"
    assert text(kind) == f"{base}/DeviceEnrollmentToken"
    assert text(disposition) == ""
    assert text(number) == "0"
    assert [each.tag for each in requested] == [f"{{{WSSE}}}BinarySecurityToken"]
    token = requested[0]
    assert token.attrib == {
        "ValueType": f"{base}/DeviceEnrollmentProvisionDoc",
        "EncodingType": WSSE + "#base64binary",
    }
    return base64.b64decode(text(token), validate=True)


@dataclass
class Provisioned:
    """What a device keeps of a provisioning document."""

    client: bytes
    root: bytes
    address: str
    auth_name: str
    secret: str
    nonce: str
    server_secret: str
    server_nonce: str
    upn: str
    device_name: str
    ent_dm_id: str
    document: bytes = field(repr=False)


def provisioning(document: bytes, kind: str, key: PublicKey) -> Provisioned:
    """Check a provisioning document."""
    root = ET.fromstring(document)
    assert root.tag == "wap-provisioningdoc"
    assert root.get("version") == "1.1"
    for each in root.iter():
        assert each.tag in ("wap-provisioningdoc", "characteristic", "parm")
        assert not (each.text or "").strip()
        if each.tag == "parm":
            assert set(each.attrib) <= {"name", "value", "datatype"}
            datatypes = ("string", "integer", "boolean", "date", "float", None)
            assert each.get("datatype") in datatypes
    tops = [each.get("type") for each in root]
    assert [each for each in tops if each != "CertificateStore"] == ["APPLICATION", "DMClient"]
    assert set(tops[:-2]) == {"CertificateStore"}
    stores = [each for each in root if each.get("type") == "CertificateStore"]
    trusted, client = _certificates(stores, "System" if kind == "Device" else "User", key)
    application, dm_client = root[-2], root[-1]
    parms = _application(application)
    auth = {_parms(each)["AAUTHLEVEL"]: _parms(each) for each in _inner(application, "APPAUTH")}
    _app_auth(auth)
    provider = dm_client[0]
    assert provider.get("type") == "Provider"
    account = provider[0]
    assert account.get("type") == parms["PROVIDER-ID"]
    named = _parms(account)
    for each in account.iter("parm"):
        assert each.get("datatype"), f"{each.get('name')} has no datatype"
    (poll,) = _inner(account, "Poll")
    poll_schedule(_parms(poll), {e.get("name", ""): e.get("datatype", "") for e in poll})
    return Provisioned(
        client,
        trusted,
        parms["ADDR"],
        auth["APPSRV"]["AAUTHNAME"],
        auth["APPSRV"]["AAUTHSECRET"],
        auth["APPSRV"]["AAUTHDATA"],
        auth["CLIENT"]["AAUTHSECRET"],
        auth["CLIENT"]["AAUTHDATA"],
        named.get("UPN", ""),
        named.get("EntDeviceName", ""),
        named["EntDMID"],
        document,
    )


def _inner(element: ET.Element, kind: str) -> list[ET.Element]:
    return [each for each in element.findall("characteristic") if each.get("type") == kind]


def _parms(element: ET.Element) -> dict[str, str]:
    found = {}
    for each in element.findall("parm"):
        assert each.get("name") not in found, "a parm twice"
        found[each.get("name", "")] = each.get("value", "")
    return found


def _certificates(stores: list[ET.Element], mine: str, key: PublicKey) -> tuple[bytes, bytes]:
    nodes: dict[str, list[ET.Element]] = {}
    for store in stores:
        for place in store:
            for scope in place:
                if (place.get("type"), scope.get("type")) == ("My", "WSTEP"):
                    _renewal(scope)
                    continue
                nodes.setdefault(f"{place.get('type')}/{scope.get('type')}", []).extend(scope)
    assert set(nodes) <= {"Root/System", "CA/System", f"My/{mine}"}
    assert f"My/{mine}" in nodes, "the client certificate lies in the wrong store"
    found = {}
    for where, entries in nodes.items():
        certificates = [each for each in entries if each.get("type") != "PrivateKeyContainer"]
        assert len(certificates) == 1, "at most one root and one intermediate"
        (entry,) = certificates
        assert [each.get("name") for each in entry.findall("parm")] == ["EncodedCertificate"]
        der = base64.b64decode(_parms(entry)["EncodedCertificate"], validate=True)
        assert entry.get("type") == hashlib.sha1(der).hexdigest().upper(), "wrong thumbprint"
        found[where] = der
        inside = bool(_inner(entry, "PrivateKeyContainer")) or len(entries) == 2
        assert inside == (where == f"My/{mine}"), "PrivateKeyContainer"
    _leaf(found, f"My/{mine}", key)
    return found["Root/System"], found[f"My/{mine}"]


def _leaf(found: dict[str, bytes], mine: str, key: PublicKey) -> None:
    certificates = {name: x509.load_der_x509_certificate(der) for name, der in found.items()}
    leaf, root = certificates[mine], certificates["Root/System"]
    issuer = certificates.get("CA/System", root)
    for child, parent in ((leaf, issuer), (issuer, root), (root, root)):
        assert child.issuer == parent.subject
        if isinstance(public := parent.public_key(), rsa.RSAPublicKey):
            public.verify(
                child.signature,
                child.tbs_certificate_bytes,
                padding.PKCS1v15(),
                child.signature_hash_algorithm,  # type: ignore[arg-type]
            )
        else:
            child.verify_directly_issued_by(parent)
    assert leaf.public_key() == key
    usage = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    bits = leaf.extensions.get_extension_for_class(x509.KeyUsage).value
    assert bits.digital_signature
    assert not bits.key_cert_sign
    assert leaf.signature_hash_algorithm is not None
    assert leaf.signature_hash_algorithm.name in ("sha256", "sha384")


def _renewal(wstep: ET.Element) -> None:
    assert [each.get("type") for each in wstep] == ["Renew"]
    given = {each.get("name"): (each.get("value"), each.get("datatype")) for each in wstep[0]}
    assert given["ROBOSupport"] == ("true", "boolean")
    period, kind = given["RenewPeriod"]
    retry, retry_kind = given["RetryInterval"]
    assert (kind, retry_kind) == ("integer", "integer")
    assert period is not None
    assert retry is not None
    assert 1 <= int(retry) <= int(period) <= 1000


def _application(application: ET.Element) -> dict[str, str]:
    parms = _parms(application)
    assert parms["APPID"] == "w7"
    assert parms["ADDR"].startswith("https://")
    assert parms["PROVIDER-ID"]
    assert parms["NAME"]
    assert parms.get("DEFAULTENCODING", "application/vnd.syncml.dm+xml").endswith("dm+xml")
    assert all(name.isupper() or "-" in name for name in parms)
    valueless = {"BACKCOMPATRETRYDISABLED", "USEHWDEVID", "CRLCHECK", "INIT"}
    for each in application.findall("parm"):
        assert (each.get("value") is None) == (each.get("name") in valueless), each.get("name")
    assert "USEHWDEVID" not in parms
    assert "INIT" not in parms
    return parms


def _app_auth(auth: dict[str, dict[str, str]]) -> None:
    assert set(auth) == {"CLIENT", "APPSRV"}
    for each in auth.values():
        assert each["AAUTHTYPE"] == "DIGEST"
        assert each["AAUTHSECRET"]
        assert len(base64.b64decode(each["AAUTHDATA"], validate=True)) == 16
    assert auth["APPSRV"]["AAUTHNAME"]
    assert auth["CLIENT"]["AAUTHSECRET"] != auth["APPSRV"]["AAUTHSECRET"]
    assert auth["CLIENT"]["AAUTHDATA"] != auth["APPSRV"]["AAUTHDATA"]


def poll_schedule(poll: dict[str, str], datatypes: dict[str, str]) -> None:
    """Check a poll schedule."""
    sets = [
        ("IntervalForFirstSetOfRetries", "NumberOfFirstRetries"),
        ("IntervalForSecondSetOfRetries", "NumberOfSecondRetries"),
        ("IntervalForRemainingScheduledRetries", "NumberOfRemainingScheduledRetries"),
    ]
    pairs = [(int(poll[interval]), int(poll[number])) for interval, number in sets]
    assert any(interval > 0 for interval, _ in pairs), "all zero is invalid"
    endless = [at for at, (interval, number) in enumerate(pairs) if interval and not number]
    assert len(endless) <= 1, "only one set may be endless"
    assert 0 not in endless, "the first set endless keeps the others from being scheduled"
    assert pairs[0][0] * pairs[0][1] <= 240, "the first set is a few hours at most"
    for name in (each for pair in sets for each in pair):
        assert datatypes[name] == "integer"
    for name in ("PollOnLogin", "AllUsersPollOnFirstLogin"):
        if name in poll:
            assert datatypes[name] == "boolean"
            assert poll[name] in ("true", "false")
