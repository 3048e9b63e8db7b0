"""All doors under one roof: what no route takes is answered in the form of who asks."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from tests.flows.home import open_home

from lenskeep.web.application import make_application


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of a house that nobody has signed in to."""
    with open_home(tmp_path) as home:
        transport = httpx2.ASGITransport(make_application(home.house), raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="https://localhost") as opened:
            yield opened


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/devices%0A", 404),
        ("GET", "/api/v1/dev%0Aices", 404),
        ("POST", "/api/v1/%00", 404),
        ("GET", "/api/v1", 404),
        ("GET", "/api/v2/devices", 404),
        ("GET", "/api", 404),
        ("GET", "/api/v1/", 401),
    ],
)
async def test_a_program_gets_a_problem(
    client: httpx2.AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await client.request(method, path)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["status"] == status


@pytest.mark.parametrize(
    ("method", "path", "status", "allowed"),
    [
        ("GET", "/nothing", 404, ""),
        ("POST", "/nothing", 404, ""),
        ("GET", "/help/", 404, ""),
        ("GET", "/help%0A", 404, ""),
        ("DELETE", "/help", 405, "GET, HEAD"),
        ("PUT", "/", 405, "GET, HEAD"),
    ],
)
async def test_a_person_gets_a_page(
    client: httpx2.AsyncClient, method: str, path: str, status: int, allowed: str
) -> None:
    answer = await client.request(method, path)

    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "here</h3>" in answer.text
    assert set(answer.headers.get("allow", "").split(", ")) == set(allowed.split(", "))


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/EnrollmentServer/Nothing.svc", 404),
        ("GET", "/EnrollmentServer/Policy.svc", 405),
        ("GET", "/ManagementServer/MDM.svc", 405),
        ("POST", "/ManagementServer/MDM.svc%0A", 404),
    ],
)
async def test_a_device_gets_the_status_alone(
    client: httpx2.AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await client.request(method, path)

    assert (answer.status_code, answer.content) == (status, b"")


async def test_nobody_is_led_where_the_host_header_says(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/help/", headers={"Host": "evil.example"})

    assert "location" not in answer.headers
