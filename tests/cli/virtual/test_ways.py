"""The ways in, the test issuer and the ways out, as commands."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from tests.virtual import double
from tests.virtual.gate import Gate, sign_in_page
from typer.testing import CliRunner, Result

from lenskeep.cli.virtual import app
from lenskeep.virtual.enrollment.passage import claims_in

ANNA = "anna@contoso.example"


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Gate, Path]]:
    """A gate that runs in a thread of its own: the command line brings its own loop."""
    folder = tmp_path_factory.mktemp("gate")
    found = Gate(double.make_authority())
    loop = asyncio.new_event_loop()
    ready, done = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        async with double.serve(found.authority, found, folder) as running:
            found.base = running.base
            ready.set()
            await done.wait()

    thread = Thread(target=loop.run_until_complete, args=(work(),))
    thread.start()
    asyncio.run_coroutine_threadsafe(ready.wait(), loop).result(10)
    (folder / "ca.pem").write_bytes(found.authority.pem)
    yield found, folder / "ca.pem"
    loop.call_soon_threadsafe(done.set)
    thread.join(10)
    loop.close()


def call(*words: object, text: str | None = None) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words], input=text)


def token(folder: Path, *words: object) -> str:
    result = call("token", "--issuer-dir", folder / "issuer", *words)
    assert result.exit_code == 0, result.output
    return result.stdout.strip()


def enroll(gate: tuple[Gate, Path], state: Path, *words: object, text: str = "") -> Result:
    return call(
        "enroll", "--state", state, "--server", gate[0].base, "--ca", gate[1], "--no-sync",
        "--build", "22621.1244", *words, text=text,
    )  # fmt: skip


def test_a_token_is_made_with_the_claims_that_are_asked_for(tmp_path: Path) -> None:
    made = token(
        tmp_path, "--audience", "https://mdm.test", "--user", ANNA,
        "--claims", "ipaddr=192.0.2.1", "--claims", "acct=1", "--claims", "scp=",
    )  # fmt: skip

    claims = claims_in(made)

    assert (claims["aud"], claims["upn"], claims["ipaddr"], claims["acct"]) == (
        "https://mdm.test",
        ANNA,
        "192.0.2.1",
        1,
    )
    assert "scp" not in claims
    assert claims_in(token(tmp_path))["aud"] == "https://mdm.test"


def test_the_key_set_lies_beside(tmp_path: Path) -> None:
    where = Path(token(tmp_path, "--jwks"))

    assert [key["kty"] for key in json.loads(where.read_text())["keys"]] == ["RSA"]


def test_a_claim_without_a_value_sign_is_refused(tmp_path: Path) -> None:
    result = call("token", "--issuer-dir", tmp_path, "--claims", "nonsense")

    assert result.exit_code == 1
    assert "NAME=VALUE" in result.stderr


def test_a_headset_joins_with_a_token_from_a_pipe(gate: tuple[Gate, Path], tmp_path: Path) -> None:
    made = token(tmp_path, "--user", ANNA)

    result = enroll(gate, tmp_path / "h", "--as", "entra-join", "--token-file", "-", text=made)

    assert result.exit_code == 0, result.output
    assert gate[0].item("EnrollmentType") == "Device"
    left = call("disconnect", tmp_path / "h")
    assert left.exit_code == 1
    assert "reset" in left.stderr
    assert call("reset", tmp_path / "h").exit_code == 0


def test_a_person_walks_through_a_sign_in_page(gate: tuple[Gate, Path], tmp_path: Path) -> None:
    gate[0].policy, gate[0].pages = "Federated", sign_in_page()

    result = enroll(gate, tmp_path / "h", "--as", "federated", "--user", "anna", "--secret", "pw")
    gate[0].policy = "OnPremise"

    assert result.exit_code == 0, result.output
    assert "Gate: Sign in" in result.stdout


@pytest.mark.parametrize(
    ("words", "missing"),
    [
        (("--as", "entra-join"), "token"),
        (("--as", "package"), "customizations.xml"),
        (("--as", "local", "--secret", "x"), "types a name"),
    ],
)
def test_what_a_way_needs_is_asked_for(
    gate: tuple[Gate, Path], tmp_path: Path, words: tuple[str, ...], missing: str
) -> None:
    result = enroll(gate, tmp_path / "h", *words)

    assert result.exit_code == 1
    assert missing in result.stderr


def test_a_build_without_the_way_says_so(gate: tuple[Gate, Path], tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(token(tmp_path, "--kind", "device"))

    result = enroll(
        gate, tmp_path / "h", "--build", "HL1 17763 Business", "--as", "autopilot",
        "--token-file", file,
    )  # fmt: skip

    assert result.exit_code == 1
    assert "cannot enroll by autopilot" in result.stderr


def test_builds_are_listed_with_their_ways() -> None:
    assert "autopilot" in call("builds").stdout


def test_settings_show_what_the_wearer_reads(gate: tuple[Gate, Path], tmp_path: Path) -> None:
    enroll(gate, tmp_path / "h", "--user", ANNA, "--secret", "x")

    shown = call("settings", tmp_path / "h")
    told = json.loads(call("settings", tmp_path / "h", "--json").stdout)

    assert shown.exit_code == 0, shown.output
    assert f"Connected to Double MDM MDM. Connected by {ANNA}" in shown.stdout
    assert "[Disconnect]" in shown.stdout
    assert told["settings"]["managed_by"] == "Double MDM"
    assert told["status_page"]["device"]["stage"] == "skipped"


def test_a_certificate_is_renewed_when_it_is_due(gate: tuple[Gate, Path], tmp_path: Path) -> None:
    enroll(gate, tmp_path / "h", "--user", ANNA, "--secret", "x")

    gate[0].refuse = [double.fault("/Enroll", "s:CertificateRequest", "not you")]
    early = call("renew", tmp_path / "h")
    forced = call("renew", tmp_path / "h", "--force")

    assert early.exit_code == 0
    assert "Not yet" in early.stdout
    assert forced.exit_code == 1
    assert "0x80180004" in forced.stderr
