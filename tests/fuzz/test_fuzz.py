"""The readers under a short fuzzing: the whole corpus, then a fixed number of runs of each target.

The long run is `make fuzz`; docs/explanation/fuzzing.md says what it found.
"""

import importlib.util
import inspect
import subprocess
import sys
from importlib import import_module
from itertools import count
from pathlib import Path
from random import Random
from time import process_time

import pytest
from tests.fuzz import growth, readers, registry
from tests.fuzz.harness import Target, Violation, attempt, examine
from tests.fuzz.mutators import der, markup, plain, pool, text

from lenskeep.base.errors import Invalid
from lenskeep.wire.errors import BadMessage

pytestmark = pytest.mark.filterwarnings(
    "ignore::cryptography.utils.CryptographyDeprecationWarning"  # numbers below 1, for example
)
ROOT = Path(__file__).resolve().parents[2]
RUNS = {"yaml": 60, "signature": 150, "session": 200}
"""Runs of the slow ones; the others have the usual number."""
USUAL_RUNS = 200
MOST_BYTES = 400 * 1024
has_atheris = importlib.util.find_spec("atheris") is not None


@pytest.mark.parametrize("name", registry.NAMES)
def test_every_input_that_is_kept_is_read_as_promised(name: str) -> None:
    target = registry.target(name)
    units = registry.corpus(name)

    assert units
    for each in units:
        examine(target, each.read_bytes())


@pytest.mark.skipif(not has_atheris, reason="atheris has no wheel for this platform")
@pytest.mark.parametrize("name", registry.NAMES)
def test_a_short_run_finds_nothing(name: str, tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()

    run = subprocess.run(
        [
            *(sys.executable, "-m", "tests.fuzz.worker", name, str(tmp_path / "findings"), "--"),
            *(f"-runs={RUNS.get(name, USUAL_RUNS)}", "-seed=1", "-max_len=4096", "-len_control=0"),
            *("-timeout=120", "-rss_limit_mb=2048", f"-artifact_prefix={tmp_path}/"),
            *(str(tmp_path / "corpus"), str(registry.CORPUS / name)),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )

    told = [each for each in run.stdout.splitlines() if each.startswith("FINDING")]
    assert 0 == run.returncode, run.stderr[-3000:]
    assert [] == told
    assert "DONE" in run.stderr


def test_every_reader_that_a_target_names_is_there() -> None:
    for name in registry.NAMES:
        target = registry.target(name)
        assert name == target.name
        for each in target.covers:
            module, _, function = each.partition(":")
            assert callable(getattr(import_module(module), function)), each


def test_every_reader_of_the_source_is_reached_or_passed_over_with_a_reason() -> None:
    targets = [registry.target(name) for name in registry.NAMES]

    with readers.reached() as found:
        for target in targets:
            for each in registry.corpus(target.name):
                target.run(each.read_bytes())

    others = readers.readers() - found
    unsaid = sorted(each for each in others if not readers.why_not(each))
    stale = [each for each in readers.PASSED_OVER if not any(o.startswith(each) for o in others)]
    assert len(readers.readers() & found) > 80
    assert [] == unsaid
    assert [] == stale


def test_the_corpus_is_small_and_of_known_targets() -> None:
    files = [each for each in registry.CORPUS.rglob("*") if each.is_file()]

    assert {*registry.NAMES} == {each.name for each in registry.CORPUS.iterdir() if each.is_dir()}
    assert sum(each.stat().st_size for each in files) <= MOST_BYTES


def test_an_error_of_no_family_is_a_finding() -> None:
    def broken(_: bytes) -> None:
        raise KeyError

    with pytest.raises(KeyError):
        attempt(Invalid, broken, b"")


def test_an_error_as_long_as_its_input_is_a_finding() -> None:
    def wordy(data: bytes) -> None:
        raise BadMessage(data.decode())

    assert attempt(BadMessage, wordy, b"short") is None
    with pytest.raises(Violation, match="readable length"):
        attempt(BadMessage, wordy, b"a" * 5000)


def test_a_reader_whose_time_grows_with_the_square_is_found() -> None:
    def square(data: bytes) -> None:
        while data.startswith(b"ab:"):
            data = data[3:]

    def straight(data: bytes) -> None:
        data.split(b"ab:")

    squares, straights = (
        Target("toy", (), each, markup.mutate, 1 << 20) for each in (square, straight)
    )

    assert list(growth.steep(squares, b"ab:cd", 1, 9))
    assert not list(growth.steep(straights, b"ab:cd", 1, 9))


@pytest.mark.parametrize("module", [markup, text, plain])
def test_mutations_are_made_of_the_dice_alone(module: object) -> None:
    mutate = dict(inspect.getmembers(module))["mutate"]
    seeds = range(60)
    pool.fill([b'<a b="1"><c>d</c></a>', b'{"a": [1, "b"]}'])

    made = [mutate(b'<a><b x="y">1</b>{"k": 2}</a>', Random(each)) for each in seeds]

    assert made == [mutate(b'<a><b x="y">1</b>{"k": 2}</a>', Random(each)) for each in seeds]
    assert len(set(made)) > 30


def test_der_stays_der_when_it_is_changed() -> None:
    unit = (registry.CORPUS / "csr" / "windows-11.der").read_bytes()
    pool.fill([unit])

    tree = der.split(unit)
    made = [der.mutate(unit, Random(each)) for each in range(100)]

    assert tree is not None
    assert unit == der.join(tree)
    assert sum(der.split(each) is not None for each in made) > 80


@pytest.mark.parametrize(("slow_runs", "is_kept"), [(1, True), (9, False)])
def test_an_input_is_slow_when_it_is_slow_every_time(slow_runs: int, is_kept: bool) -> None:
    runs = count(1)

    def run(_: bytes) -> None:
        if next(runs) <= slow_runs:
            until = process_time() + 0.02
            while process_time() < until:
                pass

    target = Target("slow", (), run, lambda data, _: data, 10, slow=0.01)

    if is_kept:
        examine(target, b"")
    else:
        with pytest.raises(Violation, match="proportion"):
            examine(target, b"")
