"""A request for the terms of use, and how it is answered."""

from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lenskeep.enrollment.entra.terms import (
    MAX_REDIRECT,
    TermsError,
    TermsRefused,
    TermsRequest,
    accepted,
    declined,
    failed,
    is_redirect,
    read_terms_request,
)

REDIRECT = "ms-appx-web://Microsoft.AAD.BrokerPlugin/DRS"
GUID = "24b2d8c5-8b4b-4f0f-9a39-16b3e5c3a7d1"
JOIN = {
    "redirect_uri": REDIRECT,
    "client-request-id": GUID,
    "api-version": "1.0",
    "mode": "azureadjoin",
}


def asked(*more: tuple[str, str], **changed: str | None) -> TermsRequest | TermsRefused:
    """Read a request that differs from a good one; names are written with underscores."""
    changes = {name.replace("__", "-"): value for name, value in changed.items()}
    query = {**JOIN, **changes}
    pairs = [(name, value) for name, value in query.items() if value is not None]
    return read_terms_request([*pairs, *more], ["Bearer a.b.c"])


def test_a_join_is_asked_for() -> None:
    """A join cannot be declined."""
    assert asked() == TermsRequest(REDIRECT, False, "a.b.c")


def test_an_account_that_is_added_may_decline() -> None:
    """Without a mode it is the way of an added account."""
    assert asked(mode=None) == TermsRequest(REDIRECT, True, "a.b.c")


@pytest.mark.parametrize(
    "changed",
    [
        {"client__request__id": "{24B2D8C5-8B4B-4F0F-9A39-16B3E5C3A7D1}"},
        {"mode": "AzureADJoin"},
        {"ui_locales": "de-DE"},
    ],
    ids=["braces and capitals", "mode in capitals", "an unknown parameter"],
)
def test_a_request_may_differ(changed: dict[str, str]) -> None:
    """What does no harm is passed over."""
    assert isinstance(asked(**changed), TermsRequest)


REDIRECTS_REFUSED = [
    "",
    "https://evil.example.net/",
    "http://evil.example.net/",
    "ms-app://s-1-15-2-1/",
    "javascript:alert(1)",
    "data:text/html,x",
    "//evil.example.net/",
    "/relative",
    "ms-appx-web:",
    "ms-appx-web:alert(1)",
    "ms-appx-web:///page",
    "ms-appx-web://",
    "ms-appx://package/page",
    "ms-appx-web.evil://package/",
    " ms-appx-web://package/",
    "ms-appx-web://package/ ",
    "ms-appx-web://user@package/",
    "ms-appx-web://package:443/",
    "ms-appx-web://package/#fragment",
    "ms-appx-web://package/\r\nSet-Cookie: a=b",
    "ms-appx-web://package/\n",
    "ms-appx-web://package/\0",
    "ms-appx-web://package/<script>",
    'ms-appx-web://package/"onload=',
    "ms-appx-web://package/'x",
    "ms-appx-web://package/\\evil",
    "ms-appx-web://package/%zz",
    "ms-appx-web://package/%",
    "ms-appx-web://pack age/",
    "ms-appx-web://päckage/",
    "ms-appx-web://package/" + "a" * MAX_REDIRECT,
    "\tms-appx-web://package/",
    "ms-appx-web://-package/",
    "ms-appx-web://pac\N{KELVIN SIGN}age/",
    "ms-appx-web://package/\N{LATIN SMALL LETTER LONG S}",
]


@pytest.mark.parametrize("uri", REDIRECTS_REFUSED)
def test_a_redirect_elsewhere_goes_nowhere(uri: str) -> None:
    """Only a page of an installed package is a place to answer to."""
    found = asked(redirect_uri=uri)

    assert isinstance(found, TermsRefused)
    assert found.redirect_uri == ""
    assert "evil" not in found.reason


@pytest.mark.parametrize(
    "uri",
    [
        REDIRECT,
        "ms-appx-web://Microsoft.AAD.BrokerPlugin",
        "MS-APPX-WEB://microsoft.aad.brokerplugin/drs",
        "ms-appx-web://Contoso.App_8wekyb3d8bbwe/page.html?state=a%20b&x=1",
    ],
)
def test_a_page_of_any_package_is_a_redirect(uri: str) -> None:
    """Whichever package opened the terms."""
    assert is_redirect(uri)


@pytest.mark.parametrize(
    "changed",
    [
        {"api__version": None},
        {"api__version": "2.0"},
        {"api__version": ""},
        {"api__version": "<script>"},
        {"client__request__id": None},
        {"client__request__id": "7"},
        {"client__request__id": GUID + "<script>"},
    ],
)
def test_a_wrong_request_is_answered_at_its_redirect(changed: dict[str, str | None]) -> None:
    """With the reason in our log, which repeats nothing."""
    found = asked(**changed)

    assert isinstance(found, TermsRefused)
    assert found.redirect_uri == REDIRECT
    assert "script" not in found.reason


@pytest.mark.parametrize("name", ["api-version", "client-request-id", "mode"])
def test_a_parameter_that_comes_twice_is_wrong(name: str) -> None:
    """Whoever reads the other of the two would read something else."""
    found = asked((name, JOIN[name]))

    assert isinstance(found, TermsRefused)
    assert found.redirect_uri == REDIRECT


def test_two_redirects_are_none() -> None:
    """Not even two good ones."""
    found = asked(("redirect_uri", REDIRECT))

    assert isinstance(found, TermsRefused)
    assert found.redirect_uri == ""


@pytest.mark.parametrize(
    ("authorizations", "token"),
    [
        ([], ""),
        (["Bearer a.b.c", "Bearer d.e.f"], ""),
        (["bearer  a.b.c "], "a.b.c"),
        (["Basic a.b.c"], ""),
        (["a.b.c"], ""),
        (["Bearer a.b.c x"], ""),
        (["Bearer"], ""),
    ],
)
def test_the_bearer_token_is_found(authorizations: list[str], token: str) -> None:
    """One header, of one kind; whether it is any good is asked elsewhere."""
    found = read_terms_request(list(JOIN.items()), authorizations)

    assert isinstance(found, TermsRequest)
    assert found.token == token


def test_an_acceptance_carries_the_blob() -> None:
    """As Windows reads it."""
    url = accepted(REDIRECT, "a+b/c=&x")

    assert url.startswith(REDIRECT + "?")
    assert parse_qs(urlsplit(url).query) == {"IsAccepted": ["true"], "OpaqueBlob": ["a+b/c=&x"]}


def test_a_refusal_carries_nothing_else() -> None:
    """As Windows reads it."""
    assert declined(REDIRECT) == REDIRECT + "?IsAccepted=false"


@pytest.mark.parametrize("error", TermsError)
def test_an_error_is_told_in_words_of_ours(error: TermsError) -> None:
    """Blanks are written as %20: not every reader takes a plus for one."""
    url = failed(REDIRECT, error)

    query = parse_qs(urlsplit(url).query)
    assert query["error"] == [error.value]
    assert query["error_description"][0].endswith(".")
    assert "+" not in url


def test_a_redirect_with_a_query_keeps_it() -> None:
    """The answer is added to what was there."""
    assert declined("ms-appx-web://a/b?state=7") == "ms-appx-web://a/b?state=7&IsAccepted=false"


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60))
def test_what_may_be_redirected_to_is_safe_in_a_header(tail: str) -> None:
    """Whatever stands behind the package, a good one has no control character and no quote."""
    uri = "ms-appx-web://package/" + tail

    if is_redirect(uri):
        assert uri.isascii()
        assert uri.isprintable()
        assert not set(uri) & set("<>\"'\\ ")
