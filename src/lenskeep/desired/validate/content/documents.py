"""XML documents as values: Wi-Fi and kiosk, owners, shared account, restarts; others by form only.

What the published schemas say of their shape is written here as code; schema bodies are not
shipped.
"""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from lenskeep.desired.validate.content.times import MOMENT, moment
from lenskeep.desired.validate.finding import Finding, Found, refused, warned
from lenskeep.tree.uri import LocUri
from lenskeep.wire import xml
from lenskeep.wire.errors import BadMessage

WLAN: Final = "http://www.microsoft.com/networking/WLAN/profile/v1"
KIOSK: Final = "http://schemas.microsoft.com/AssignedAccess/2017/config"
_KIOSK_FAMILY: Final = "//schemas.microsoft.com/AssignedAccess/"
_KIOSK_KNOWN: Final = frozenset(
    f"http:{_KIOSK_FAMILY}{each}/config"
    for each in ("2017", "201810", "2020", "202010", "2021", "2022")
)
_DECEIVERS: Final = re.compile("[\u00a0\u202f\u200b\u2018\u2019\u201c\u201d]")
"""Blanks and quotes that word processors put into samples: they look right and are not."""
_GUID: Final = re.compile(r"\{[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}")


def document(value: str) -> Found:
    """Check that it is one well-formed, small document without declarations."""
    return _read(value)[1]


def fragment(value: str) -> Found:
    """Check that it is well-formed once it has a root around it: one element or several."""
    text = value.strip()
    try:
        xml.read(f"<root>{text}</root>".encode("utf-8", "surrogatepass"))
    except BadMessage:
        return document(value)
    return _deceivers(value)


def _read(value: str) -> tuple[Element | None, Found]:
    if value.lstrip().startswith(("&lt;", "<![CDATA[")):
        return None, (refused("is escaped", "plain markup; it is escaped when it is sent"),)
    try:
        root = xml.read(value.encode("utf-8", "surrogatepass"))
    except BadMessage as bad:
        return None, (refused(f"is not well-formed: {bad.problem}", "a well-formed document"),)
    return root, _deceivers(value)


def _deceivers(value: str) -> Found:
    strange = _DECEIVERS.search(value)
    if strange is None:
        return ()
    return (warned("holds blanks or quotes of a word processor", "plain ones", strange[0]),)


def _rooted(value: str, namespace: str, name: str) -> tuple[Element | None, Found]:
    """Return the root when it is the expected one."""
    root, found = _read(value)
    wanted = f"{{{namespace}}}{name}" if namespace else name
    if root is None or root.tag == wanted:
        return root, found
    home = f" of {namespace}" if namespace else " without a namespace"
    return None, (*found, refused("has another root element", f"{name}{home}", root.tag))


# --- Wi-Fi ----------------------------------------------------------------------------------------


def wlan(uri: LocUri, value: str) -> Found:
    """Check a Wi-Fi profile. CSP: WiFi/Profile/{SSID}/WlanXml.

    The name in the address has to be the name in the document, and the SSID's two spellings have
    to agree; a headset takes a profile that breaks this, and does not connect.
    """
    root, found = _rooted(value, WLAN, "WLANProfile")
    if root is None:
        return found
    name = _text(root, "name")
    in_address = unquote(uri.segments[-2]) if len(uri.segments) > 1 else ""
    checks: list[Finding] = []
    if not name:
        checks.append(refused("has no name", "<name> with the network's name"))
    elif name != in_address:
        checks.append(refused("has another name than its address", in_address, name))
    return (*found, *checks, *_ssid(root), *_wlan_security(root))


def _ssid(root: Element) -> Iterator[Finding]:
    name = _text(root, "SSIDConfig", "SSID", "name")
    hexed = _text(root, "SSIDConfig", "SSID", "hex")
    if not name and not hexed:
        yield refused("has no SSID", "SSIDConfig/SSID with name or hex")
    if len(name.encode("utf-8", "surrogatepass")) > 32:
        yield refused("has an SSID that is too long", "at most 32 bytes [IEEE 802.11]", name)
    if hexed and not re.fullmatch(r"([0-9A-Fa-f]{2}){1,32}", hexed):
        yield refused("has an SSID that is not hexadecimal", "1 to 32 bytes as hex digits", hexed)
    elif hexed and name and bytes.fromhex(hexed) != name.encode("utf-8", "surrogatepass"):
        yield refused("has two SSIDs that differ", name.encode("utf-8").hex().upper(), hexed)


def _wlan_security(root: Element) -> Iterator[Finding]:
    security = _down(root, "MSM", "security")
    if security is None:
        yield refused("says nothing of security", "MSM/security/authEncryption")
        return
    if _text(security, "authEncryption", "authentication") == "open":
        yield warned("is for an open network: everybody nearby can listen")
    if _text(security, "sharedKey", "keyType") == "passPhrase":
        key = _text(security, "sharedKey", "keyMaterial")
        is_plain = _text(security, "sharedKey", "protected").casefold() != "true"
        if is_plain and not 8 <= len(key) <= 64:
            yield refused("has a pass phrase of the wrong length", "8 to 63 characters")


def _down(element: Element, *names: str) -> Element | None:
    found: Element | None = element
    for name in names:
        found = None if found is None else xml.child(found, WLAN, name)
    return found


def _text(element: Element, *names: str) -> str:
    return xml.text(_down(element, *names))


# --- Kiosk ----------------------------------------------------------------------------------------


def kiosk(value: str) -> Found:
    """Check a kiosk document. CSP: AssignedAccess/Configuration."""
    root, found = _rooted(value, KIOSK, "AssignedAccessConfiguration")
    if root is None:
        return found
    return (*found, *_kiosk_namespaces(root), *_kiosk_profiles(root))


def _kiosk_namespaces(root: Element) -> Iterator[Finding]:
    used = {
        name[1:].rpartition("}")[0]
        for element in root.iter()
        for name in (element.tag, *element.attrib)
        if name.startswith("{")
    }
    for namespace in sorted(used - _KIOSK_KNOWN):
        known = ", ".join(sorted(_KIOSK_KNOWN)) if _KIOSK_FAMILY in namespace else "none other"
        yield refused("is not a namespace of kiosk documents", known, namespace)


def _kiosk_profiles(root: Element) -> Iterator[Finding]:
    profiles = list(root.iterfind(f"{{{KIOSK}}}Profiles/{{{KIOSK}}}Profile"))
    ids = [each.get("Id", "").strip() for each in profiles]
    if not ids:
        yield refused("has no profile", "Profiles/Profile")
    for id_ in ids[:20]:
        if not _GUID.fullmatch(id_):
            yield refused("is not a profile id", "a GUID in braces", id_)
    if len({each.casefold() for each in ids}) < len(ids):
        yield refused("has two profiles with one id", "each id once")
    configs = xml.child(root, KIOSK, "Configs")
    if configs is None or len(configs) == 0:
        yield refused("says of nobody who gets a profile", "Configs with a Config or GlobalProfile")
        return
    known = {each.casefold() for each in ids}
    for element in configs.iter():
        if xml.local_name(element) not in ("DefaultProfile", "GlobalProfile"):
            continue
        wanted = element.get("Id", "").strip()
        if wanted.casefold() not in known:
            yield refused("is not the id of a profile in it", ", ".join(ids[:20]), wanted)


# --- Others ---------------------------------------------------------------------------------------


def owners(value: str) -> Found:
    """Check the members of a group. CSP: Policy/LocalUsersAndGroups/Configure."""
    root, found = _rooted(value, "", "GroupConfiguration")
    if root is None:
        return found
    return (*found, *(each for group in root for each in _group(group)))[:20]


def _group(group: Element) -> Iterator[Finding]:
    name = group.get("desc", "")
    if group.tag != "accessgroup" or not name:
        yield refused("has something else than access groups", '<accessgroup desc="Device Owners">')
        return
    if name != "Device Owners" and not name.upper().startswith("S-1-"):
        yield warned("is a group that no HoloLens has", "Device Owners", name)
    actions = [each.get("action", "") for each in group.iterfind("group")]
    if len(actions) != 1 or actions[0] not in ("U", "R"):
        yield refused("does not say what to do with the group", '<group action="U"/> or "R"')
    for each in group:
        if each.tag in ("add", "remove") and not each.get("member", "").strip():
            yield refused("has a member without a name", '<add member="..."/>')
        elif each.tag not in ("group", "add", "remove", "property"):
            yield refused("is no part of a group", "group, add, remove, property", each.tag)


def shared_account(value: str) -> Found:
    """Check the certificate that signs in. CSP: Policy/MixedReality/ConfigureSharedAccount."""
    root, found = _rooted(value, "", "SharedAccountConfiguration")
    if root is None:
        return found
    account = root.find("SharedAccount")
    if account is None:
        return (*found, refused("has no account", "SharedAccount"))
    return (*found, *_account(account))


def _account(account: Element) -> Iterator[Finding]:
    thumbprint, name = account.find("IssuerThumbprint"), account.find("IssuerName")
    if (thumbprint is None) is (name is None):
        yield refused("does not name one issuer", "IssuerThumbprint or IssuerName")
    if thumbprint is not None and not re.fullmatch("[0-9A-Fa-f]{40}", xml.text(thumbprint)):
        yield refused("is not a thumbprint", "40 hex digits", xml.text(thumbprint))
    if name is not None and not 1 <= len(xml.text(name)) <= 512:
        yield refused("has an issuer's name of the wrong length", "1 to 512 characters")
    oids = account.find("EkuOidRequirements")
    texts = [] if oids is None else [xml.text(each) for each in oids.iterfind("Oid")]
    if oids is not None and not 1 <= len(texts) <= 5:
        yield refused("has the wrong number of key usages", "1 to 5 Oid")
    for each in texts[:5]:
        if not re.fullmatch(r"[0-2](\.[0-9]{1,40}){1,20}", each) or len(each) > 100:
            yield refused("is not an object identifier", "such as 1.3.6.1.5.5.7.3.2", each)


def force_restart(value: str) -> Found:
    """Check a schedule. CSP: Policy/ApplicationManagement/ScheduleForceRestartForUpdateFailures."""
    root, found = _rooted(value, "", "ForceRestart")
    return found if root is None else (*found, *_restart(root))


def _restart(root: Element) -> Iterator[Finding]:
    start = root.get("StartDateTime", "")
    if moment(start):
        yield refused("is not when to start", f"StartDateTime, {MOMENT}", start)
    recurrence = root.get("Recurrence", "")
    if recurrence not in ("None", "Daily", "Weekly", "Monthly"):
        yield refused("is not how often", "Recurrence of None, Daily, Weekly, Monthly", recurrence)
    if root.get("RunIfTaskIsMissed", "") not in ("true", "false", "0", "1"):
        yield refused("does not say RunIfTaskIsMissed", "true or false")
    for name, most in (("DaysOfWeek", 127), ("DaysOfMonth", 2**32 - 1)):
        days = root.get(name)
        is_number = days is None or re.fullmatch("[0-9]{1,10}", days)
        if days is not None and not (is_number and 1 <= int(days) <= most):
            yield refused(f"is no sum of {name}", f"1 to {most}", days)
