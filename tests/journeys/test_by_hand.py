"""The how-to page "talk to the server by hand" is true: its blocks run, one after the other."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from tests.journeys.conftest import ROOT, Server

pytestmark = pytest.mark.journey

PAGE = ROOT / "docs/how-to/talk-to-the-server-by-hand.md"
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_every_block_of_the_page_runs(running_server: Server, tmp_path: Path) -> None:
    """With curl and openssl alone: enrollment, a session, and each wrong step's fault."""
    blocks = BLOCK.findall(PAGE.read_text())
    script = "\n".join(f"echo '# block {number}'\n{block}" for number, block in enumerate(blocks))

    done = subprocess.run(
        ["bash", "-c", script],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={
            "PATH": os.environ["PATH"],
            "SERVER": running_server.url,
            "CA": str(running_server.ca_path),
            "CODE": running_server.new_code(),
        },
    )

    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{running_server.log()}"
    assert done.stdout.splitlines()[-1] == "done"
    assert len(blocks) > 12
