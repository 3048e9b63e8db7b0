"""The laws of the house are kept, and the machine that checks them notices a breach."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent


def lint(source: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter on a source tree with the project's contracts."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]);"
        "from importlinter.cli import lint_imports;"
        "raise SystemExit(lint_imports(config_filename=sys.argv[2], cache_dir=None))"
    )
    return subprocess.run(
        [sys.executable, "-c", code, str(source), str(ROOT / "contracts.ini")],
        capture_output=True,
        text=True,
        check=False,
        cwd=source,
    )


@pytest.fixture
def copied_source(tmp_path: Path) -> Path:
    """A copy of the source that may be spoiled."""
    shutil.copytree(
        ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("vendor", "__pycache__")
    )
    return tmp_path / "src"


def test_the_imports_of_the_house_keep_its_contracts() -> None:
    """Every import goes down."""
    done = lint(ROOT / "src")

    assert done.returncode == 0, done.stdout


_FLOORS = "Floors: each floor imports only those below it; edges do not know each other"
_WIRING = "Only app.py picks adapters"
_WIRE = "wire knows nobody in the house and does no I/O"
_PURE = "the deciding rooms do no I/O and read no clock"
_STRANGER = "the virtual device shares wire, tree and base with the server, nothing else"
_SIBLINGS = "no cycles between neighbours, at any depth"


@pytest.mark.parametrize(
    ("contract", "module", "line"),
    [
        (_FLOORS, "wire/soap.py", "import lenskeep.store"),
        (_FLOORS, "flows/device/manage.py", "import lenskeep.web.respond"),
        (_FLOORS, "web/server.py", "import lenskeep.store"),
        (_FLOORS, "enrollment/lifecycle.py", "import lenskeep.session.engine"),
        (_FLOORS, "tree/uri.py", "def late() -> None:\n    import lenskeep.flows.house"),
        (_FLOORS, "tree/uri.py", "if TYPE_CHECKING:\n    import lenskeep.flows.house"),
        (_WIRING, "cli/local.py", "import lenskeep.store"),
        (_WIRE, "wire/soap.py", "import socket"),
        (_WIRE, "wire/xml.py", "from lenskeep.base.ambient import Clock"),
        (_PURE, "session/engine.py", "import asyncio"),
        (_PURE, "enrollment/credentials.py", "from time import monotonic"),
        (_STRANGER, "virtual/device.py", "import lenskeep.session.engine"),
        (_SIBLINGS, "wire/errors.py", "import lenskeep.wire.soap"),
        (_SIBLINGS, "base/errors.py", "import lenskeep.wire.errors"),
    ],
)
def test_a_wrong_import_is_caught(
    copied_source: Path, contract: str, module: str, line: str
) -> None:
    """One import against a law, anywhere in a module, breaks that very contract."""
    path = copied_source / "lenskeep" / module
    path.write_text(f"{path.read_text()}\n{line}\n")

    done = lint(copied_source)

    assert done.returncode != 0, done.stdout
    assert f"{contract} BROKEN" in done.stdout


def test_every_contract_is_shown_to_break() -> None:
    """A law that nothing was ever seen to break may be none."""
    named = re.findall(r"^name = (.+)$", (ROOT / "contracts.ini").read_text(), re.MULTILINE)

    assert sorted(named) == sorted((_FLOORS, _WIRING, _WIRE, _PURE, _STRANGER, _SIBLINGS))


def run_sizes(source: Path) -> subprocess.CompletedProcess[str]:
    """Run the check of sizes."""
    return subprocess.run(
        [sys.executable, str(ROOT / "tools/sizes.py"), str(source)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_files_functions_and_folders_keep_their_limits() -> None:
    """No file past 400 lines, no function past 50, no folder past ten modules."""
    done = run_sizes(ROOT / "src/lenskeep")

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("long.py", "\n" * 401, "401 lines"),
        ("big.py", "def big():\n" + "    pass\n" * 51, "big has 52 lines"),
        ("utils.py", "", "named for what it holds"),
    ],
)
def test_a_breach_of_size_is_caught(tmp_path: Path, name: str, content: str, word: str) -> None:
    """Each limit, once broken, is named."""
    (tmp_path / name).write_text(content)

    done = run_sizes(tmp_path)

    assert done.returncode == 1
    assert word in done.stdout


def test_a_crowded_folder_is_caught(tmp_path: Path) -> None:
    """Eleven modules are one too many."""
    for number in range(11):
        (tmp_path / f"m{number}.py").write_text("")

    assert "11 modules" in run_sizes(tmp_path).stdout


def test_the_type_checker_is_strict(tmp_path: Path) -> None:
    """A function without types fails the check as configured."""
    (tmp_path / "loose.py").write_text("def loose(x):\n    return x\n")

    done = subprocess.run(
        [str(BIN / "mypy"), "--config-file", str(ROOT / "pyproject.toml"), "loose.py"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )

    assert done.returncode == 1
    assert "no-untyped-def" in done.stdout


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("from datetime import datetime\n\nNOW = datetime.now()\n", "TID251"),
        ("import lxml\n", "TID251"),
        ("def f():\n    return 1\n", "D103"),
    ],
)
def test_the_linter_knows_the_house_rules(tmp_path: Path, line: str, rule: str) -> None:
    """A banned call or a missing docstring fails the check as configured."""
    done = subprocess.run(
        [
            str(BIN / "ruff"),
            "check",
            "--config",
            str(ROOT / "pyproject.toml"),
            "--stdin-filename",
            str(ROOT / "src/lenskeep/made_up.py"),
            "-",
        ],
        input=f'"""A module."""\n\n{line}',
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert rule in done.stdout
