"""What a page forbids itself, as a browser understands it ([CSP3])."""

import pytest

from lenskeep.virtual.enrollment.web.page import Script
from lenskeep.virtual.enrollment.web.policy import ContentPolicy, read_policy

OWN = "https://mdm.example:8443/EnrollmentServer/TermsOfUse"
APP = "ms-appx-web://Microsoft.AAD.BrokerPlugin/termsofuse"


def policy(text: str, **headers: str) -> ContentPolicy:
    return read_policy(OWN, {"content-security-policy": text, **headers})


@pytest.mark.parametrize(
    ("text", "target", "lets"),
    [
        ("", APP, True),
        ("default-src 'none'", APP, True),
        ("form-action 'none'", OWN, False),
        ("form-action", OWN, False),
        ("form-action 'self'", OWN, True),
        ("form-action 'self'", "https://mdm.example/other", False),
        ("form-action 'self'", APP, False),
        ("form-action ms-appx-web:", APP, True),
        ("form-action 'self' ms-app:", APP, False),
        ("form-action *", "https://anywhere.example/", True),
        ("form-action *", APP, False),
        ("form-action https:", "https://anywhere.example/", True),
        ("form-action https://*.example", "https://idp.example/x", True),
        ("form-action https://idp.example", "https://idp.example:444/x", False),
        ("form-action idp.example:444", "https://idp.example:444/x", True),
        ("form-action 'self'; form-action *", "https://anywhere.example/", False),
    ],
)
def test_where_a_form_may_go(text: str, target: str, *, lets: bool) -> None:
    assert policy(text).lets_send_to(target) is lets


@pytest.mark.parametrize(
    ("text", "script", "lets"),
    [
        ("", Script("x"), True),
        ("default-src 'none'", Script("x"), False),
        ("script-src 'nonce-a'", Script("x", "a"), True),
        ("script-src 'nonce-a'", Script("x", "b"), False),
        ("script-src 'nonce-a'", Script("x", inline_handler=True), False),
        ("script-src 'unsafe-inline'", Script("x", inline_handler=True), True),
        ("script-src 'unsafe-inline' 'nonce-a'", Script("x"), False),
        ("script-src 'self'", Script("", source="https://mdm.example:8443/a.js"), True),
        ("script-src 'self'", Script("", source="https://cdn.example/a.js"), False),
        ("default-src 'none'; script-src 'self'", Script("x"), False),
    ],
)
def test_which_script_runs(text: str, script: Script, *, lets: bool) -> None:
    assert policy(text).lets_run(script) is lets


@pytest.mark.parametrize(
    ("text", "older", "lets"),
    [
        ("", "", True),
        ("", "DENY", False),
        ("", "SAMEORIGIN", False),
        ("frame-ancestors 'none'", "", False),
        ("frame-ancestors 'self'", "", False),
        ("frame-ancestors ms-appx-web:", "", True),
        ("frame-ancestors ms-appx-web:", "DENY", True),
    ],
)
def test_who_may_show_it_in_a_frame(text: str, older: str, *, lets: bool) -> None:
    """The older header counts only without the directive."""
    assert policy(text, **{"x-frame-options": older}).lets_frame(APP) is lets


@pytest.mark.parametrize("source", ["https://[", "https://a.example:99999"])
def test_a_source_that_is_no_address_lets_nothing_pass(source: str) -> None:
    policy = read_policy("https://a.example/", {"content-security-policy": f"form-action {source}"})

    assert not policy.lets_send_to("https://a.example/")
    assert not policy.lets_send_to("https://[")
