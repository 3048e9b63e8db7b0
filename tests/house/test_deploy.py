"""The files under `deploy/` name settings, commands and paths that there are."""

import configparser
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from ruamel.yaml import YAML
from tools.runtime_lock import runtime_lock
from typer.main import get_command

from lenskeep.cli.main import make_app
from lenskeep.config import Settings

ROOT: Final = Path(__file__).resolve().parents[2]
DEPLOY: Final = ROOT / "deploy"
CONTAINER: Final = DEPLOY / "container"
UNITS: Final = sorted((DEPLOY / "systemd").iterdir())
OUTSIDE: Final = {"LENSKEEP_MASTER_KEY_FILE", "LENSKEEP_DATABASE_FILE"}
"""Variables that are no settings: read beside them, or by the container's entry."""


def known_variables() -> set[str]:
    """Return the variables that mean something."""
    return {f"LENSKEEP_{name.upper()}" for name in Settings.model_fields} | OUTSIDE


def instructions() -> list[tuple[str, str]]:
    """Return the Containerfile's instructions with their arguments, lines joined."""
    text = re.sub(r"^#.*\n", "", (CONTAINER / "Containerfile").read_text(), flags=re.M)
    lines = [each.strip() for each in re.sub(r"\\\n", " ", text).splitlines() if each.strip()]
    return [(each.partition(" ")[0], each.partition(" ")[2].strip()) for each in lines]


def last_stage() -> list[tuple[str, str]]:
    """Return those of the stage that runs."""
    all_of = instructions()
    begin = max(number for number, (word, _) in enumerate(all_of) if word == "FROM")
    return all_of[begin:]


def compose() -> dict[str, Any]:
    """Return the compose file."""
    loaded: dict[str, Any] = YAML(typ="safe", pure=True).load(
        (DEPLOY / "compose" / "compose.yml").read_text()
    )
    return loaded


def test_every_variable_is_a_setting() -> None:
    """A misspelled one would be passed over without a word."""
    files = (each for each in DEPLOY.rglob("*") if each.is_file())
    found = {
        f"{path.name}: {name}"
        for path in files
        for name in re.findall(r"\bLENSKEEP_[A-Z_]+\b", path.read_text())
        if name not in known_variables()
    }

    assert found == set()


def commands() -> Iterator[tuple[str, list[str]]]:
    """Yield the commands of units and containers, with where they stand."""
    for path in UNITS:
        for words in re.findall(r"^ExecStart=\S+/lenskeep (.+)$", path.read_text(), re.M):
            yield path.name, words.split()
    for name, service in compose()["services"].items():
        if "command" in service:
            yield name, list(service["command"])


def test_every_command_and_option_exists() -> None:
    """What is started at night has to be right the first time."""
    found = list(commands())

    assert {"serve", "backup"} == {words[0] for _, words in found}
    for where, (word, *rest) in found:
        group: Any = get_command(make_app())
        options = {name for each in group.commands[word].params for name in each.opts}
        assert {each for each in rest if each.startswith("--")} <= options, where


# --- container ----------------------------------------------------------------------------


def test_the_image_runs_as_nobody_and_keeps_no_secret() -> None:
    """By number, with what it copies named, and no password in any line."""
    stage = last_stage()

    assert [("USER", "10001:10001")] == [each for each in stage if each[0] == "USER"]
    assert ("VOLUME", "/data") in stage
    assert any(word == "HEALTHCHECK" for word, _ in stage)
    for word, rest in instructions():
        assert word in ("ARG", "FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "VOLUME", "EXPOSE",
                        "STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT", "CMD"), word  # fmt: skip
        assert not re.search(r"(?i)(password|secret|token|master.key)\s*=", rest), rest
    copied = [rest for word, rest in instructions() if word == "COPY" and "--from" not in rest]
    for rest in copied:
        *sources, _ = [each for each in rest.split() if not each.startswith("--")]
        assert all((ROOT / each).exists() for each in sources), rest


def test_only_what_is_copied_is_sent_to_the_builder() -> None:
    """A data folder or a backup beside the source must not get into a layer."""
    lines = (CONTAINER / "Containerfile.dockerignore").read_text().splitlines()
    allowed = {each[1:] for each in lines if each.startswith("!")}
    copied = {
        source
        for word, rest in instructions()
        if word == "COPY" and "--from" not in rest
        for source in [each for each in rest.split() if not each.startswith("--")][:-1]
    }

    assert "*" in lines
    assert copied == allowed


def test_the_image_has_what_a_server_needs_and_no_more() -> None:
    """The lock's runtime part, with hashes: not the tests' tools."""
    lock = runtime_lock("traces")
    names = set(re.findall(r"^([a-z0-9._-]+)==", lock, re.M))

    assert {"sqlalchemy", "uvicorn", "asyncpg", "greenlet", "opentelemetry-sdk"} <= names
    assert names.isdisjoint({"pytest", "mypy", "ruff", "hypothesis", "atheris", "playwright"})
    assert all("--hash=sha256:" in each for each in re.split(r"^(?=\S)", lock, flags=re.M) if each)


@pytest.fixture
def beside(tmp_path: Path) -> dict[str, str]:
    """An environment in which `lenskeep` says how it was called."""
    stand_in = tmp_path / "bin" / "lenskeep"
    stand_in.parent.mkdir()
    stand_in.write_text(
        '#!/bin/sh\necho "$* database=${LENSKEEP_DATABASE:-} file=${LENSKEEP_DATABASE_FILE:-}"\n'
    )
    stand_in.chmod(0o755)
    return {"PATH": f"{stand_in.parent}:/usr/bin:/bin"}


def entered(environment: dict[str, str], *words: str) -> tuple[str, str]:
    """Run the container's entry; return what it said on both streams."""
    done = subprocess.run(
        ["sh", str(CONTAINER / "entry"), *words],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    return done.stdout.strip(), done.stderr.strip()


def test_the_entry_makes_the_folder_and_reads_secrets_from_files(
    beside: dict[str, str], tmp_path: Path
) -> None:
    """Before it serves; other commands are run as they are."""
    (tmp_path / "url").write_text("postgresql://u:p@h/n\n")
    beside["LENSKEEP_DATABASE_FILE"] = str(tmp_path / "url")

    served = entered(beside, "serve", "--workers", "2")
    other = entered(beside, "code", "new")

    assert served == (
        "serve --workers 2 database=postgresql://u:p@h/n file=",
        "init database=postgresql://u:p@h/n file=",
    )
    assert other == ("code new database=postgresql://u:p@h/n file=", "")


def test_the_health_check_says_no_where_nobody_answers() -> None:
    """With status 1, as containers want it."""
    done = subprocess.run(
        [shutil.which("python3") or "python3", str(CONTAINER / "health")],
        capture_output=True,
        text=True,
        check=False,
        env={"LENSKEEP_LISTEN": "127.0.0.1:1"},
    )

    assert done.returncode == 1
    assert "not healthy" in done.stderr


# --- compose ------------------------------------------------------------------------------


def test_compose_gives_secrets_as_files_and_waits_for_the_database() -> None:
    """No password stands in an environment; every secret and volume is declared."""
    whole = compose()
    services = whole["services"]

    assert services["lenskeep"]["depends_on"]["database"]["condition"] == "service_healthy"
    assert services["lenskeep"]["read_only"] is True
    for name, service in services.items():
        assert set(service.get("secrets", ())) <= set(whole["secrets"]), name
        for key, value in service.get("environment", {}).items():
            if re.search(r"PASSWORD|SECRET|DATABASE(_FILE)?$", key):
                assert str(value).startswith("/run/secrets/"), key
                assert str(value).rpartition("/")[2] in service["secrets"]
        mounts = [each.partition(":")[0] for each in service["volumes"]]
        assert {each for each in mounts if not each.startswith(".")} <= set(whole["volumes"])
    dockerfile = services["lenskeep"]["build"]["dockerfile"]
    assert (DEPLOY / "compose" / services["lenskeep"]["build"]["context"] / dockerfile).is_file()


# --- systemd ------------------------------------------------------------------------------


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_is_one_that_systemd_reads(path: Path, tmp_path: Path) -> None:
    """By systemd itself, where it is there; with a program that is there in place of ours."""
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(path.read_text())
    assert parser.sections()[0] == "Unit"
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("no systemd on this machine")
    for each in UNITS:
        text = re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", each.read_text(), flags=re.M)
        (tmp_path / each.name).write_text(text)

    done = subprocess.run(
        [analyze, "verify", "--man=no", str(tmp_path / path.name)],
        capture_output=True,
        text=True,
        check=False,
    )

    ours = [line for line in done.stderr.splitlines() if "lenskeep" in line]
    assert (done.returncode, ours) == (0, [])
