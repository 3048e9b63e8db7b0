"""XML documents as values. The documents here were written by hand from the published rules."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lenskeep.desired.validate.content import documents
from lenskeep.desired.validate.finding import Found, Weight

OWNERS = """<GroupConfiguration><accessgroup desc="Device Owners">
 <group action="U"/><add member="AzureAD\\eve@contoso.com"/></accessgroup></GroupConfiguration>"""
SHARED = """<SharedAccountConfiguration><SharedAccount>
 <IssuerThumbprint>%s</IssuerThumbprint>
 <EkuOidRequirements><Oid>1.3.6.1.5.5.7.3.2</Oid></EkuOidRequirements>
</SharedAccount></SharedAccountConfiguration>""" % ("ab" * 20)
RESTART = """<ForceRestart StartDateTime="2026-03-31T22:00:00" Recurrence="Weekly"
 RunIfTaskIsMissed="true" DaysOfWeek="64"/>"""
ADMX = """<?xml version="1.0" encoding="utf-8"?>
<policyDefinitions revision="1.0" schemaVersion="1.0"
 xmlns="http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions"><policies/>
</policyDefinitions>"""


CASES = [
    (documents.owners, OWNERS),
    (documents.shared_account, SHARED),
    (documents.force_restart, RESTART),
    (documents.policy_definitions, ADMX),
]


@pytest.mark.parametrize(("check", "value"), CASES)
def test_a_document_by_the_rules_is_fine(check: Callable[[str], Found], value: str) -> None:
    assert check(value) == ()


@pytest.mark.parametrize(
    ("check", "whole", "old", "new"),
    [
        (documents.owners, OWNERS, 'action="U"', 'action="X"'),
        (documents.owners, OWNERS, "<group ", "<gruppe "),
        (documents.owners, OWNERS, "AzureAD\\eve@contoso.com", ""),
        (documents.owners, OWNERS, "accessgroup", "group"),
        (documents.shared_account, SHARED, "abab", "xyxy"),
        (documents.shared_account, SHARED, "1.3.6", "one.3.6"),
        (documents.shared_account, SHARED, "<Oid>1.3.6.1.5.5.7.3.2</Oid>", ""),
        (documents.shared_account, SHARED, "IssuerThumbprint", "Thumbprint"),
        (documents.force_restart, RESTART, "Weekly", "Yearly"),
        (documents.force_restart, RESTART, "64", "128"),
        (documents.force_restart, RESTART, "T22:00:00", ""),
        (documents.force_restart, RESTART, "RunIfTaskIsMissed", "RunIfMissed"),
    ],
)
def test_a_broken_rule_is_refused(
    check: Callable[[str], Found], whole: str, old: str, new: str
) -> None:
    broken = whole.replace(old, new)
    assert broken != whole

    assert Weight.REFUSED in [each.weight for each in check(broken)]


@pytest.mark.parametrize(
    "value",
    [
        "",
        "not xml",
        "&lt;a/&gt;",
        "<![CDATA[<a/>]]>",
        "<a/><b/>",
        "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
        "<a>" * 100 + "</a>" * 100,
        "<a>" + "<b/>" * 500_000 + "</a>",
        "x" * 2_000_000,
    ],
)
@pytest.mark.parametrize("check", [documents.document, *(each for each, _ in CASES)])
def test_what_is_no_small_document_is_refused(check: Callable[[str], Found], value: str) -> None:
    assert [Weight.REFUSED] == [each.weight for each in check(value)]


@pytest.mark.parametrize(
    ("value", "problems"),
    [
        ('{"Account": "contoso\\\\eve", "AUMID": "Contoso.App_8wekyb3d8bbwe!App"}', []),
        ('{"AUMID": "a!b"}', ["has no Account"]),
        ('{"Account": 5, "AUMID": ""}', ["has no Account", "has no AUMID"]),
        ("[1]", ["has no Account", "has no AUMID"]),
        ("<a/>", []),
    ],
)
def test_a_kiosk_of_one_app_names_user_and_app(value: str, problems: list[str]) -> None:
    assert problems == [each.problem for each in documents.kiosk_app(value)]


@pytest.mark.parametrize("strange", ["\u201c", "\u2019", "\u00a0", "\u202f", "\u200b", "\ufeff"])
def test_what_a_word_processor_leaves_behind_is_a_warning(strange: str) -> None:
    found = documents.document(f"<a>{strange}</a>")

    assert [Weight.WARNING] == [each.weight for each in found]


def test_a_fragment_may_have_several_elements() -> None:
    assert documents.fragment("<a/><b/>") == ()
    assert documents.fragment('<?xml version="1.0"?><a/>') == ()
    assert documents.fragment("<a>")


def test_a_group_that_no_headset_has_is_a_warning() -> None:
    found = documents.owners(OWNERS.replace("Device Owners", "Administrators"))

    assert [Weight.WARNING] == [each.weight for each in found]


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60), st.integers(0, len(OWNERS)))
def test_no_text_breaks_a_check(text: str, at: int) -> None:
    for check, value in CASES:
        check(text)
        check(value[:at] + text + value[at:])
