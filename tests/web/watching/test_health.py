"""Whether the process lives, and whether it is ready to serve."""

import asyncio
from pathlib import Path
from typing import Any

import httpx2
import pytest
from structlog.testing import capture_logs
from tests.flows.home import open_home
from tests.web.watching.conftest import Site

from lenskeep.web.application import make_application
from lenskeep.web.watching import health
from lenskeep.web.watching.watched import Watched


@pytest.fixture(autouse=True)
def looks_every_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each question is a look, but where a test says otherwise."""
    monkeypatch.setattr(health, "FRESH_S", 0)


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/healthz"])
async def test_a_server_that_is_well_says_so(site: Site, path: str) -> None:
    answer = await site.get(path)

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_without_a_database_it_lives_and_is_not_ready(site: Site) -> None:
    site.store.away = True

    assert (await site.get("/livez")).status_code == 200
    assert (await site.get("/readyz")).status_code == 503
    answer = await site.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["status"] == "unavailable"


async def test_strangers_do_not_read_where_the_database_is(site: Site) -> None:
    site.store.away = True

    with capture_logs() as lines:
        for path in ("/readyz", "/healthz"):
            assert "example.org" not in (await site.get(path)).text

    (line,) = [line for line in lines if line["log_level"] == "warning"]
    assert (line["event"], "example.org" in line["reason"]) == ("not_ready", True)


async def test_one_line_says_that_it_turned_and_one_that_it_turned_back(site: Site) -> None:
    with capture_logs() as lines:
        for away in (False, True, True, False, False):
            site.store.away = away
            await site.get("/readyz")

    told = [line["event"] for line in lines if line["event"] != "request"]
    assert told == ["not_ready", "ready_again"]


async def test_told_to_stop_it_is_ready_for_nothing_and_lives(site: Site) -> None:
    site.watched.stopping = True

    answer = await site.get("/readyz")

    assert (answer.status_code, "stop" in answer.json()["reason"]) == (503, True)
    assert (await site.get("/livez")).status_code == 200
    assert (await site.get("/healthz")).status_code == 200


async def test_what_somebody_says_is_wrong_keeps_it_from_being_ready(site: Site) -> None:
    site.watched.wrong["supervisor"] = "the supervisor is gone"

    assert (await site.get("/readyz")).json()["reason"] == "the supervisor is gone"


async def test_without_its_authority_it_is_not_ready(site: Site) -> None:
    def broken() -> Any:
        raise OSError("gone")

    object.__setattr__(site.home.house.authorities.files, "state", broken)

    assert (await site.get("/readyz")).status_code == 503
    assert (await site.get("/healthz")).status_code == 200


async def test_who_asks_a_thousand_times_asks_the_database_once(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "FRESH_S", 60)

    for _ in range(50):
        await site.get("/readyz", "192.0.2.66")
        await site.get("/healthz", "192.0.2.66")

    assert site.store.probes == 1


async def test_a_database_that_does_not_answer_is_waited_for_only_so_long(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "PATIENCE_S", 0.01)

    async def never() -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(site.store, "probe", never)

    assert (await site.get("/readyz")).status_code == 503


async def test_an_application_by_itself_looks_at_its_store(tmp_path: Path) -> None:
    """As tests and rehearsals make it, with nothing to count the fleet."""
    with open_home(tmp_path) as home:
        transport = httpx2.ASGITransport(make_application(home.house, Watched()))
        async with httpx2.AsyncClient(transport=transport, base_url="https://x") as client:
            assert (await client.get("/healthz")).status_code == 200
