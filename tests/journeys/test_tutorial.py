"""What the tutorial and the how-to pages say can be typed: their `sh` blocks run, top to bottom."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from tests import postgres
from tests.journeys.conftest import ROOT, free_port
from tests.journeys.forks import forked

pytestmark = pytest.mark.journey

BLOCK: Final = re.compile(r"^ *```sh\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
PORT: Final = "8443"
"""The port that the pages name; a free one stands in for it."""
DATABASE_PORT: Final = "5432"
"""PostgreSQL's, likewise."""
LIMIT_S: Final = 400
_CLEAN: Final = "trap 'kill $(jobs -p) 2> /dev/null || true' EXIT\n"
_FOLDER: Final = (
    'export LENSKEEP_DATA="$PWD/data"\n'
    "lenskeep init --hostname localhost:8443 --listen 127.0.0.1:8443 > /dev/null\n"
)
_SERVER: Final = (
    f"{_FOLDER}export SERVER=https://localhost:8443\n"
    "lenskeep serve 2> server.log &\n"
    "curl --silent --output /dev/null --retry 60 --retry-delay 1 --retry-connrefused "
    '--cacert "$LENSKEEP_DATA/ca/root.pem" $SERVER/healthz\n'
)

PAGES: Final = {
    "tutorial/first-headset.md": "",
    "how-to/rehearse-with-virtual-headsets.md": _SERVER,
    "how-to/rehearse-a-load.md": _SERVER,
    "how-to/back-up-and-restore.md": _SERVER,
    "how-to/postgresql.md": _FOLDER,
    "how-to/take-the-root-offline.md": _FOLDER,
    "how-to/rotate-the-master-key.md": _FOLDER,
    "how-to/use-your-own-tls-certificate.md": "",
    "how-to/profiles-from-the-command-line.md": _SERVER,
    "how-to/roll-out-a-lock-down.md": _SERVER,
    "how-to/who-may-enroll.md": _SERVER,
    "how-to/provisioning-package.md": _SERVER,
    "how-to/sealed-site.md": "",
    "how-to/entra-tenant.md": _SERVER,
    "how-to/terms-of-use.md": _SERVER,
    "how-to/sign-in-with-your-own-provider.md": _SERVER,
    "how-to/when-a-headset-leaves.md": _SERVER,
    "how-to/lost-or-stolen.md": _SERVER,
    "how-to/autopilot-and-first-run.md": _SERVER,
    "how-to/what-the-wearer-sees.md": _SERVER,
}
"""Page: what must be there before it begins."""


def _database() -> dict[str, str]:
    """What makes a database server's administrator of whoever runs the page."""
    server = postgres.cluster()
    return {"PGHOST": str(server.folder), "PGPORT": str(server.port), "PGUSER": "postgres"}


@pytest.fixture(scope="session")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a `lenskeep` that starts quickly."""
    with forked(tmp_path_factory.mktemp("forks")) as folder:
        yield folder


@pytest.mark.parametrize("page", PAGES)
def test_every_block_of_the_page_runs(page: str, tmp_path: Path, commands: Path) -> None:
    """One bash, one empty folder, `lenskeep` on the path: the page works as it stands."""
    blocks = BLOCK.findall((ROOT / "docs" / page).read_text("utf-8"))
    script = "set -e\n" + _CLEAN + PAGES[page] + "\n".join(blocks)
    database = _database() if page == "how-to/postgresql.md" else {}
    script = script.replace(PORT, str(free_port()))

    done = subprocess.run(
        ["bash", "-c", script.replace(DATABASE_PORT, database.get("PGPORT", DATABASE_PORT))],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        timeout=LIMIT_S,
        env={
            "PATH": f"{commands}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(tmp_path),
            **database,
        },
    )

    log = tmp_path / "server.log"
    server = log.read_text("utf-8")[-2000:] if log.exists() else ""
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{server}"
    assert done.stdout.splitlines()[-1] == "done", f"{done.stdout}\n{done.stderr}"
