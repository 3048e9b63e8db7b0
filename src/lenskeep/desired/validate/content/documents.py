"""XML documents as values: owners, shared account, restarts; others by their form only.

What the published schemas say of their shape is written here as code; schema bodies are not
shipped.
"""

import json
import re
from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element

from lenskeep.desired.validate.content.times import MOMENT, moment
from lenskeep.desired.validate.finding import Finding, Found, refused, warned
from lenskeep.wire import xml
from lenskeep.wire.errors import BadMessage

DECEIVERS: Final = re.compile(
    "[\u00a0\u00ad\u1680\u2000-\u200f\u2028-\u202f\u205f-\u2064\u3000\ufeff\u2018-\u201f]"
)
"""Blanks, invisible characters and quotes that word processors and web pages put into samples: they
look right and are not."""


def document(value: str) -> Found:
    """Check that it is one well-formed, small document without declarations."""
    return read_document(value)[1]


def fragment(value: str) -> Found:
    """Check that it is well-formed once it has a root around it: one element or several."""
    text = value.strip()
    try:
        xml.read(f"<root>{text}</root>".encode("utf-8", "surrogatepass"))
    except BadMessage:
        return document(value)
    return _deceivers(value)


def read_document(value: str) -> tuple[Element | None, Found]:
    """Return the root element, None where it cannot be read, and what is wrong."""
    if value.lstrip().startswith(("&lt;", "<![CDATA[")):
        return None, (refused("is escaped", "plain markup; it is escaped when it is sent"),)
    try:
        root = xml.read(value.encode("utf-8", "surrogatepass"))
    except BadMessage as bad:
        return None, (refused(f"is not well-formed: {bad.problem}", "a well-formed document"),)
    return root, _deceivers(value)


def _deceivers(value: str) -> Found:
    strange = DECEIVERS.search(value)
    if strange is None:
        return ()
    return (
        warned(
            "holds blanks, invisible characters or quotes of a word processor",
            "plain ones",
            strange[0],
        ),
    )


def rooted(value: str, namespace: str, name: str) -> tuple[Element | None, Found]:
    """Return the root when it is the expected one."""
    root, found = read_document(value)
    wanted = f"{{{namespace}}}{name}" if namespace else name
    if root is None or root.tag == wanted:
        return root, found
    home = f" of {namespace}" if namespace else " without a namespace"
    return None, (*found, refused("has another root element", f"{name}{home}", root.tag))


# --- Others ---------------------------------------------------------------------------------------


def owners(value: str) -> Found:
    """Check the members of a group. CSP: Policy/LocalUsersAndGroups/Configure."""
    root, found = rooted(value, "", "GroupConfiguration")
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
    root, found = rooted(value, "", "SharedAccountConfiguration")
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


def kiosk_app(value: str) -> Found:
    """Check that it names a user and an app. CSP: AssignedAccess/KioskModeApp.

    That it is JSON at all is the node's own rule.
    """
    try:
        told = json.loads(value)
    except (ValueError, RecursionError):
        return ()
    missing = [
        name
        for name in ("Account", "AUMID")
        if not isinstance(told, dict) or not isinstance(told.get(name), str) or not told[name]
    ]
    return tuple(
        refused(f"has no {name}", '{"Account": "user", "AUMID": "family!app"}') for name in missing
    )


def policy_definitions(value: str) -> Found:
    """Check an ADMX file. CSP: Policy/ConfigOperations/ADMXInstall.

    Its namespace changed over the years; its root element did not.
    """
    root, found = read_document(value)
    if root is not None and xml.local_name(root) != "policyDefinitions":
        return (*found, refused("is not an ADMX file", "policyDefinitions", root.tag))
    return found


def force_restart(value: str) -> Found:
    """Check a schedule. CSP: Policy/ApplicationManagement/ScheduleForceRestartForUpdateFailures."""
    root, found = rooted(value, "", "ForceRestart")
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
