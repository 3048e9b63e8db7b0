"""Texts that the catalog can only call text."""

import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lenskeep.desired.validate.content import texts
from lenskeep.desired.validate.finding import Found, Weight


def weights(found: Found) -> list[Weight]:
    return [each.weight for each in found]


@pytest.mark.parametrize(
    "value",
    ["showonly:network-wifi;workplace", "Showonly:Network-WiFi; workplace;", "hide:reset"],
)
def test_a_list_of_known_pages_is_fine(value: str) -> None:
    assert texts.pages(value) == ()


@pytest.mark.parametrize(
    "value",
    ["", "reset", "show:reset", "hide:", "showonly: ;", "<enabled/>", "hide:ms-settings:reset"],
)
def test_what_is_no_list_of_pages_is_refused(value: str) -> None:
    assert Weight.REFUSED in weights(texts.pages(value))


def test_an_unknown_page_is_a_warning_with_the_nearest_name() -> None:
    (finding,) = texts.pages("hide:resett")

    assert (finding.weight, finding.allowed, finding.came) == (Weight.WARNING, "reset", "resett")


def test_what_a_list_hides_is_for_the_guard_to_say() -> None:
    assert texts.pages("hide:workplace;network-wifi") == ()


FAMILY = "Contoso.Inspect_8wekyb3d8bbwe"


@pytest.mark.parametrize("value", ["", FAMILY, f"{FAMILY};{FAMILY};", f" {FAMILY} ; {FAMILY}"])
def test_package_families_are_divided_by_semicolons(value: str) -> None:
    assert texts.package_families(value) == ()


@pytest.mark.parametrize(
    "value",
    [
        "Contoso.Inspect",
        f"{FAMILY}!App",
        f"{FAMILY},{FAMILY}",
        "Contoso.Inspect_1.0.0.0_arm64__8wekyb3d8bbwe",
        "Contoso.Inspect_8wekyb3d8bbwi",
    ],
)
def test_what_is_no_package_family_is_refused(value: str) -> None:
    assert Weight.REFUSED in weights(texts.package_families(value))


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (texts.domain, "contoso.com", "contoso"),
        (texts.domain, "a.b.contoso.com", "contoso .com"),
        (texts.hosts, "cache1,10.0.0.7,cache.contoso.com", "http://cache"),
        (texts.host_and_port, "proxy.contoso.com:8080", "proxy.contoso.com"),
        (texts.host_and_port, "[fd00::1]:80", "proxy:99999"),
        (texts.url, "https://contoso.com/a?b=c", "contoso.com"),
        (texts.url, "https://contoso.com:8443/", "https://contoso.com:x/"),
        (texts.url, "HTTPS://contoso.com", "ftp://contoso.com"),
        (texts.urls, "https://a.contoso/;https://b.contoso/", "https://a.contoso/;b"),
        (texts.user, "kiosk@contoso.com", "kiosk"),
        (texts.user, "kiosk@contoso.com", "CONTOSO\\kiosk@contoso.com"),
        (texts.bluetooth_name, "Lens 7", " "),
        (texts.bluetooth_name, "é" * 124, "é" * 125),
    ],
)
def test_each_kind_of_text_takes_the_good_and_refuses_the_bad(
    check: Callable[[str], Found], good: str, bad: str
) -> None:
    assert check(good) == ()
    assert Weight.REFUSED in weights(check(bad))


def test_an_address_without_tls_is_a_warning() -> None:
    assert [Weight.WARNING] == weights(texts.url("http://contoso.com/"))


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_no_text_breaks_a_check(value: str) -> None:
    for check in (
        *(texts.pages, texts.package_families, texts.domain, texts.hosts, texts.url),
        *(texts.host_and_port, texts.user, texts.bluetooth_name, texts.urls),
    ):
        check(value)


@pytest.mark.parametrize("value", ["a" * 1_000_000, "a." * 500_000, "a;" * 500_000, "[" * 1000])
def test_a_huge_text_costs_little_and_says_little(value: str) -> None:
    started = time.process_time()

    found = [texts.package_families(value), texts.hosts(value), texts.domain(value)]
    found += [texts.user(value), texts.url(value), texts.host_and_port(value)]
    found += [texts.pages(f"hide:{value}")]

    assert time.process_time() - started < 5
    assert all(len(each) <= 20 for each in found)
    assert all(len(finding.message) < 300 for each in found for finding in each)
