"""Static files, and where the third-party ones come from."""

import gzip
import json
from pathlib import Path

import httpx2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lenskeep.web.console.assets import Assets, load_assets

FRONTEND = Path(__file__).parents[3] / "frontend"


def _client(assets: Assets) -> httpx2.AsyncClient:
    async def answer(request: Request) -> Response:
        return assets.answer(request)

    app = Starlette(routes=[Route("/static/{name:path}", answer)])
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="https://console.test")


async def test_a_packed_twin_goes_to_who_takes_it(tmp_path: Path) -> None:
    (tmp_path / "big.css").write_bytes(b"body{}" * 100)
    (tmp_path / "big.css.gz").write_bytes(gzip.compress(b"body{}" * 100))

    async with _client(load_assets(tmp_path)) as client:
        packed = await client.get("/static/big.css", headers={"Accept-Encoding": "gzip, br"})
        plain = await client.get("/static/big.css", headers={"Accept-Encoding": "identity"})

    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.content == plain.content == b"body{}" * 100


def test_the_address_changes_with_the_content(tmp_path: Path) -> None:
    (tmp_path / "app.js").write_text("1")
    before = load_assets(tmp_path).url("app.js")
    (tmp_path / "app.js").write_text("2")

    after = load_assets(tmp_path).url("app.js")

    assert before != after


def test_without_the_asset_build_the_files_are_known_to_be_incomplete(tmp_path: Path) -> None:
    assert load_assets(tmp_path).is_complete is False


def test_third_party_packages_are_pinned_by_version_and_content() -> None:
    wanted = json.loads((FRONTEND / "package.json").read_text())["dependencies"]
    lock = json.loads((FRONTEND / "package-lock.json").read_text())["packages"]
    locked = {name: each for name, each in lock.items() if name}

    assert all(each["integrity"].startswith("sha512-") for each in locked.values())
    assert wanted == {name: locked[f"node_modules/{name}"]["version"] for name in wanted}


def test_the_lock_names_no_registry() -> None:
    assert '"resolved"' not in (FRONTEND / "package-lock.json").read_text()
