"""GetPolicies: which key a headset shall make, and with which hash sign its request.

[MS-MDE2] 3.3 profiles [MS-XCEP]. Of the answer a Windows client uses the key length, the hash and
the providers; everything else is there because the schema wants it, in the schema's order.
"""

from dataclasses import dataclass
from typing import Final
from xml.etree.ElementTree import Element

from lenskeep.wire import xml
from lenskeep.wire.envelope import (
    ACTION_GET_POLICIES,
    ACTION_GET_POLICIES_RESPONSE,
    POLICY,
    RequestHeader,
    ResponseHeader,
    is_nil,
    read_request,
    read_response,
    write_request,
    write_response,
)
from lenskeep.wire.errors import BadMessage, CannotEncode
from lenskeep.wire.xml import Out

SHA_256: Final = "2.16.840.1.101.3.4.2.1"
"""The hash to ask for: without one, Windows signs with SHA-1 (seen: Windows 10 19043)."""

SHORTEST_KEY_BITS: Final = 1024  # [MS-MDE2] 3.3.4.1.1.2

_REQUEST: Final = "[MS-MDE2] 3.3.4.1.1.1"
_RESPONSE: Final = "[MS-MDE2] 3.3.4.1.1.2"
_NIL: Final = (("xsi:nil", "true"),)
_HASH_REFERENCE: Final = "0"
_HASH_GROUP: Final = "1"  # [MS-XCEP] 3.1.4.1.3.16: hash algorithm
_HASH_NAMES: Final = {SHA_256: "szOID_NIST_sha256", "1.3.14.3.2.29": "szOID_OIWSEC_sha1RSASign"}
_MOST_DIGITS: Final = 10  # of an xs:unsignedInt


@dataclass(frozen=True, slots=True)
class GetPolicies:
    """What a headset asks with; Windows leaves the first two empty, Windows 11 adds its TPM."""

    last_update: str = ""
    preferred_language: str = ""
    tpm_manufacturer: str = ""
    tpm_firmware_version: str = ""


@dataclass(frozen=True, slots=True)
class Policies:
    """The one policy of the answer. Periods in seconds; providers in order of preference."""

    policy_id: str
    common_name: str
    minimal_key_length: int
    validity_s: int
    renewal_s: int
    hash_oid: str | None
    crypto_providers: tuple[str, ...]


def read_get_policies(body: bytes) -> tuple[RequestHeader, GetPolicies]:
    """Return a GetPolicies. Raises BadMessage; a missing security header is `token=None`."""
    header, content = read_request(body, ACTION_GET_POLICIES)
    asked = xml.required(content, POLICY, "GetPolicies", section=_REQUEST)
    client = xml.required(asked, POLICY, "client", section=_REQUEST)
    return header, GetPolicies(
        last_update=_text(client, "lastUpdate"),
        preferred_language=_text(client, "preferredLanguage"),
        tpm_manufacturer=_text(client, "TPMManufacturer"),
        tpm_firmware_version=_text(client, "TPMFirmwareVersion"),
    )


def write_get_policies(header: RequestHeader, value: GetPolicies) -> bytes:
    """Return a GetPolicies as a Windows client writes it."""
    pieces = [
        _or_nil("lastUpdate", value.last_update),
        _or_nil("preferredLanguage", value.preferred_language),
    ]
    if value.tpm_manufacturer:
        pieces.append(Out("TPMManufacturer", value.tpm_manufacturer))
    if value.tpm_firmware_version:
        pieces.append(Out("TPMFirmwareVersion", value.tpm_firmware_version))
    asked = (Out("client", tuple(pieces)), _nil("requestFilter"))
    return write_request(header, Out("GetPolicies", asked, (("xmlns", POLICY),)), schema=True)


def read_policies(body: bytes) -> tuple[ResponseHeader, Policies]:
    """Return the first policy of the answer. Raises BadMessage where a headset would give up."""
    header, _, content = read_response(body, ACTION_GET_POLICIES_RESPONSE)
    answer = xml.required(content, POLICY, "GetPoliciesResponse", section=_RESPONSE)
    response = xml.required(answer, POLICY, "response", section=_RESPONSE)
    attributes = _down(response, "policies", "policy", "attributes")
    validity = xml.required(attributes, POLICY, "certificateValidity", section=_RESPONSE)
    key = xml.required(attributes, POLICY, "privateKeyAttributes", section=_RESPONSE)
    policies = Policies(
        policy_id=_text(response, "policyID"),
        common_name=_text(attributes, "commonName"),
        minimal_key_length=_number(key, "minimalKeyLength"),
        validity_s=_number(validity, "validityPeriodSeconds"),
        renewal_s=_number(validity, "renewalPeriodSeconds"),
        hash_oid=_hash(answer, attributes),
        crypto_providers=_providers(key),
    )
    if breach := _breach(policies):
        raise BadMessage(breach, where="GetPoliciesResponse", section=_RESPONSE)
    return header, policies


def _hash(answer: Element, attributes: Element) -> str | None:
    """Return the OID that the policy refers to ([MS-XCEP] 3.1.4.1.3.16)."""
    if is_nil(xml.child(attributes, POLICY, "hashAlgorithmOIDReference")):
        return None
    reference = _number(attributes, "hashAlgorithmOIDReference")
    for known in xml.children(_down(answer, "oIDs"), POLICY, "oID"):
        if _number(known, "oIDReferenceID") == reference:
            return _text(known, "value")
    where = "attributes/hashAlgorithmOIDReference"
    raise BadMessage("an OID that oIDs does not hold", where=where, section=_RESPONSE)


def _providers(key: Element) -> tuple[str, ...]:
    listed = xml.child(key, POLICY, "cryptoProviders")
    named = () if listed is None else xml.children(listed, POLICY, "provider")
    return tuple(name for name in map(xml.text, named) if name)


def _breach(policies: Policies) -> str | None:
    """Return what no headset could follow."""
    if policies.minimal_key_length < SHORTEST_KEY_BITS:
        return f"minimalKeyLength is below {SHORTEST_KEY_BITS}"
    if not 0 < policies.renewal_s < policies.validity_s:
        return "renewalPeriodSeconds is not between 0 and validityPeriodSeconds"
    if not policies.crypto_providers:
        return "cryptoProviders holds no provider"
    if policies.hash_oid == "":
        return "the hash algorithm's OID is empty"
    return None


def write_policies(header: ResponseHeader, value: Policies) -> bytes:
    """Return the answer to GetPolicies. Raises CannotEncode for what no headset could follow."""
    if breach := _breach(value):
        raise CannotEncode(breach)
    # deviates: [MS-XCEP] 3.1.4.1.3.7 wants policyOIDReference among oIDs; as published it points at
    # the hash, so at nothing where there is none. The client ignores it.
    policy = Out("policy", (Out("policyOIDReference", "0"), _nil("cAs"), _write_attributes(value)))
    response = Out(
        "response",
        (
            Out("policyID", value.policy_id),
            _nil("policyFriendlyName"),
            _nil("nextUpdateHours"),
            _nil("policiesNotChanged"),
            Out("policies", (policy,)),
        ),
    )
    oids = _nil("oIDs") if value.hash_oid is None else Out("oIDs", (_write_oid(value.hash_oid),))
    pieces = (response, _nil("cAs"), oids)
    content = Out("GetPoliciesResponse", pieces, (("xmlns", POLICY),))
    return write_response(header, content, schema=True)


def _write_attributes(value: Policies) -> Out:
    """[MS-XCEP] 3.1.4.1.3.1: a sequence; what the client ignores is nil."""
    validity = (
        Out("validityPeriodSeconds", str(value.validity_s)),
        Out("renewalPeriodSeconds", str(value.renewal_s)),
    )
    reference = "" if value.hash_oid is None else _HASH_REFERENCE
    return Out(
        "attributes",
        (
            Out("commonName", value.common_name),
            Out("policySchema", "3"),
            Out("certificateValidity", validity),
            Out("permission", (Out("enroll", "true"), Out("autoEnroll", "false"))),
            _write_key(value),
            Out("revision", (Out("majorRevision", "101"), Out("minorRevision", "0"))),
            _nil("supersededPolicies"),
            _nil("privateKeyFlags"),
            _nil("subjectNameFlags"),
            _nil("enrollmentFlags"),
            _nil("generalFlags"),
            _or_nil("hashAlgorithmOIDReference", reference),
            _nil("rARequirements"),
            _nil("keyArchivalAttributes"),
            _nil("extensions"),
        ),
    )


def _write_key(value: Policies) -> Out:
    """[MS-XCEP] 3.1.4.1.3.20: a sequence."""
    providers = tuple(Out("provider", name) for name in value.crypto_providers)
    return Out(
        "privateKeyAttributes",
        (
            Out("minimalKeyLength", str(value.minimal_key_length)),
            _nil("keySpec"),
            _nil("keyUsageProperty"),
            _nil("permissions"),
            _nil("algorithmOIDReference"),
            Out("cryptoProviders", providers),
        ),
    )


def _write_oid(oid: str) -> Out:
    return Out(
        "oID",
        (
            Out("value", oid),
            Out("group", _HASH_GROUP),
            Out("oIDReferenceID", _HASH_REFERENCE),
            Out("defaultName", _HASH_NAMES.get(oid, oid)),
        ),
    )


def _nil(name: str) -> Out:
    return Out(name, (), _NIL)


def _or_nil(name: str, text: str) -> Out:
    return Out(name, text) if text else _nil(name)


def _down(element: Element, *names: str) -> Element:
    for name in names:
        element = xml.required(element, POLICY, name, section=_RESPONSE)
    return element


def _text(element: Element, local: str) -> str:
    found = xml.child(element, POLICY, local)
    return "" if is_nil(found) else xml.text(found)


def _number(element: Element, local: str) -> int:
    text = xml.text(xml.required(element, POLICY, local, section=_RESPONSE))
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        where = f"{xml.local_name(element)}/{local}"
        raise BadMessage("a whole number is expected", where=where, section=_RESPONSE)
    return int(text)
