"""`appru` and `login_hint`: what a stranger's query may make our page do."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lenskeep.enrollment.web.callback import MAX_HINT, domain_of, read_appru, read_domain, read_hint

SID = (
    "ms-app://S-1-15-2-2551677095-2355568638-4209445997-2436930744-3692183382-387691378-1866284433"
)


@pytest.mark.parametrize(
    "appru",
    ["ms-app://windows.immersivecontrolpanel", SID, SID.lower() + "/", "MS-APP://s-1-15-2-1"],
)
def test_windows_itself_is_answered(appru: str) -> None:
    """Settings by its name, apps by their SID, with a slash behind or without."""
    assert appru == read_appru(appru)


@pytest.mark.parametrize(
    "appru",
    [
        "",
        "javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "http://evil.example/",
        "https://evil.example/",
        "//evil.example/",
        "ms-app:",
        "ms-app://",
        "ms-app:///",
        "ms-appx-web://microsoft.aad.brokerplugin",
        "ms-settings://x",
        'ms-app://x"><script>alert(1)</script>',
        "ms-app://x' onload='alert(1)",
        "ms-app://x\njavascript:alert(1)",
        "ms-app://windows.immersivecontrolpanel\n",
        "\nms-app://windows.immersivecontrolpanel",
        " ms-app://windows.immersivecontrolpanel",
        "ms-app://x\r\nSet-Cookie: a=b",
        "ms-app://x\x00",
        "ms-app://x\u2028y",
        "ms-app://xé",
        "ms-app://user@host",
        "ms-app://host:80",
        "ms-app://host?wresult=stolen",
        "ms-app://host#fragment",
        "ms-app://host%22%3E",
        "ms-app://host\\path",
        "ms-app://" + "a" * 300,
        "https://ms-app://x",
        "ms-app://x;https://evil.example",
    ],
)
def test_nothing_else_is_answered(appru: str) -> None:
    """No other scheme, no mark-up, no quote, no line break, nothing that was encoded."""
    assert read_appru(appru) is None


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60))
def test_what_is_answered_needs_no_escaping(tail: str) -> None:
    """Whatever passes holds nothing that HTML, a header or a policy could take for more."""
    passed = read_appru("ms-app://" + tail)

    assert passed is None or not set(passed) & set("\"'<>&;, \t\r\n\\%`")


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("  ana@example.org ", "ana@example.org"),
        ("EXAMPLE\\ana", "EXAMPLE\\ana"),
        ("a" * MAX_HINT, "a" * MAX_HINT),
        ("a" * (MAX_HINT + 1), ""),
        ("a" * 10_000, ""),
        ("ana\x00@example.org", ""),
        ("ana\r\nX: y", ""),
        ("\u202eana", ""),
        ("\ud800", ""),
    ],
)
def test_a_hint_is_one_line_that_somebody_typed(typed: str, name: str) -> None:
    """Anything else is as good as no hint."""
    assert name == read_hint(typed)


@pytest.mark.parametrize(
    ("name", "domain"),
    [
        ("ana@Example.ORG", "example.org"),
        ("ana@example.org.", "example.org"),
        ("a@b@example.org", "example.org"),
        ("ana@bücher.example", "xn--bcher-kva.example"),
        ("ana", ""),
        ("EXAMPLE\\ana", ""),
        ("ana@", ""),
        ("ana@exa mple.org", ""),
        ("ana@-example.org", ""),
        ("ana@" + "a." * 200 + "org", ""),
        ("ana@" + "ü" * 200, ""),
    ],
)
def test_the_domain_of_a_name(name: str, domain: str) -> None:
    """In lower case and ASCII, so that two spellings of one domain are one."""
    assert domain == domain_of(name)


def test_a_domain_alone_is_read_too() -> None:
    """As the administrator types it."""
    assert read_domain(" Example.org ") == "example.org"
    assert read_domain("*.example.org") is None
