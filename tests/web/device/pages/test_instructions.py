"""The sheet: the same for everybody, without a secret, readable and printable."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from tests.flows.home import Home, open_home
from tests.web.test_qr import read

from lenskeep.web.device.pages.routes import make_page_routes


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with open_home(tmp_path) as opened:
        settled(opened, hostname="mdm.example:8443", organization="St. <Mary> & Co")
        yield opened


def settled(home: Home, **chosen: object) -> None:
    settings = home.house.settings.model_copy(update=chosen)
    home.house = replace(home.house, settings=settings)


def visitor(home: Home, host: str = "mdm.example:8443") -> TestClient:
    return TestClient(Starlette(routes=make_page_routes(home.house)), f"https://{host}")


def test_it_names_the_server_and_what_to_press(home: Home) -> None:
    answer = visitor(home).get("/enroll")

    assert 200 == answer.status_code
    assert "mdm.example:8443" in answer.text
    assert "Enroll only in device management" in answer.text
    assert "USB-C stick" in answer.text
    assert "St. &lt;Mary&gt; &amp; Co" in answer.text
    assert "<Mary>" not in answer.text
    assert "{" not in re.sub(r"<style.*?</style>", "", answer.text, flags=re.DOTALL)


def test_nothing_of_the_request_is_on_it(home: Home) -> None:
    first = visitor(home).get("/enroll").text
    other = visitor(home, "evil.example").get(
        "/enroll?server=evil.example&<script>", headers={"X-Forwarded-Host": "evil.example"}
    )

    assert "evil" not in other.text
    assert without_nonce(first) == without_nonce(other.text)


def without_nonce(html: str) -> str:
    return re.sub('nonce="[^"]*"', "", html)


def test_nothing_runs_or_is_loaded(home: Home) -> None:
    answer = visitor(home).get("/enroll")

    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "<script" not in answer.text
    assert not re.findall(r'(?:src|onload|onclick)=|style="', answer.text)
    assert "nosniff" == answer.headers["x-content-type-options"]


def test_the_code_leads_to_the_sheet_itself(home: Home) -> None:
    text = visitor(home).get("/enroll").text

    (svg,) = re.findall(r"<svg.*?</svg>", text, flags=re.DOTALL)
    assert "https://mdm.example:8443/enroll" == read(svg)


def test_the_link_opens_the_headsets_own_page(home: Home) -> None:
    text = visitor(home).get("/enroll").text

    link = re.search(r'href="(ms-device-enrollment:[^"]*)"', text)
    assert link is not None
    assert (
        "ms-device-enrollment:?mode=mdm&amp;servername="
        "https%3A%2F%2Fmdm.example%3A8443%2FEnrollmentServer%2FDiscovery.svc"
    ) == link[1]


def test_the_root_is_the_one_whose_fingerprint_is_shown(home: Home) -> None:
    client = visitor(home)
    text = client.get("/enroll").text
    root = client.get("/enroll/root.cer")

    assert home.house.trust.root_der == root.content
    assert "application/pkix-cert" == root.headers["content-type"]
    digest = hashlib.sha256(root.content).hexdigest().upper()
    assert digest in text.replace(" ", "")
    thumbprint = hashlib.sha1(root.content).hexdigest().upper()
    assert thumbprint in text.replace(" ", "")


def test_with_a_public_certificate_no_root_has_to_be_brought(home: Home) -> None:
    settled(home, tls_certificate=Path("chain.pem"))

    assert "has to trust it before" not in visitor(home).get("/enroll").text
