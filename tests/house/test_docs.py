"""The documentation is whole and true: nothing undocumented or stale, no link into nothing."""

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import pytest
from tests.journeys import test_tutorial
from tools.pages.commands import walk
from tools.pages.rest import openapi
from tools.reference_pages import FOLDER, PAGES
from typer.main import get_command

from lenskeep.base import errors
from lenskeep.cli.main import make_app
from lenskeep.cli.output import ExitCode
from lenskeep.cli.server.logs import LOST
from lenskeep.config import Settings
from lenskeep.session.state import NoteKind
from lenskeep.wire.syncml.codes import StatusCode, meaning

ROOT: Final = Path(__file__).resolve().parents[2]
SOURCE: Final = ROOT / "src" / "lenskeep"
DOCS: Final = ROOT / "docs"
LINK: Final = re.compile(r"\[(?:[^\]\[]|\[[^\]]*\])*\]\(([^)\s]+)\)")
AUDIT_ACTION: Final = re.compile(r"[a-z_]+\.[a-z_]+")
RUN_BY_HAND: Final = "how-to/talk-to-the-server-by-hand.md"
"""Its blocks run in tests/journeys/test_by_hand.py."""


def pages() -> list[Path]:
    """Return every page for people."""
    return [*sorted(DOCS.rglob("*.md")), *sorted(ROOT.glob("*.md"))]


@cache
def page(name: str) -> str:
    """Return the text of a page of the reference."""
    return (DOCS / "reference" / name).read_text("utf-8")


@cache
def trees() -> tuple[tuple[Path, ast.Module], ...]:
    """Return the source, parsed."""
    return tuple((path, ast.parse(path.read_text("utf-8"))) for path in SOURCE.rglob("*.py"))


def name_of(path: Path) -> str:
    """Return how a page is called in a test's name."""
    return str(path.relative_to(ROOT))


# --- what the source says, the reference says ---------------------------------------------


@pytest.mark.parametrize("name", PAGES)
def test_a_page_made_from_the_source_is_what_the_source_says(name: str) -> None:
    """`python -m tools.reference_pages` would change nothing."""
    committed = (ROOT / FOLDER / name).read_text("utf-8")

    assert PAGES[name]() == committed, "run: python -m tools.reference_pages"


def test_the_map_leads_from_a_section_to_code_and_tests_and_shows_gaps() -> None:
    """Discovery's section names its flow and its reader's test; what nobody tests says so."""
    chapter = page("spec-map.md").partition("## MS-MDE2\n")[2].partition("\n## ")[0]
    discovery = next(line for line in chapter.splitlines() if line.startswith("| 3.1.4.1 |"))

    assert "`flows/device/enrolling/discovery.py`" in discovery
    assert "tests/wire/test_discover.py" in discovery
    assert "**gap**" not in discovery
    assert "| **gap**" in page("spec-map.md")


def test_every_setting_is_documented() -> None:
    """Name, variable and a meaning of each stand on the page of settings."""
    for name in Settings.model_fields:
        row = re.search(
            rf"^\| `{name}` \| `LENSKEEP_{name.upper()}` .*$", page("settings.md"), re.M
        )
        assert row is not None, name
        assert len(row[0].split("|")[4].strip()) > 10, f"{name} has no meaning"


def test_every_environment_variable_is_documented() -> None:
    """Whatever the source reads from the environment stands on the page of settings."""
    found = {
        name
        for path, _ in trees()
        for name in re.findall(r"\bLENSKEEP_[A-Z_]*[A-Z]\b", path.read_text("utf-8"))
    }

    assert {name for name in found if f"`{name}`" not in page("settings.md")} == set()


def test_every_command_and_option_is_documented() -> None:
    """Each has a section of its own, with help, and each option has words."""
    for path, command in walk(get_command(make_app()), "lenskeep"):
        section = page("command-line.md").partition(f"### {path}\n")[2].partition("\n### ")[0]
        assert section.strip(), path
        assert command.help, path
        for option in (each for each in command.params if str(each.opts[0]).startswith("-")):
            assert option.opts[0] in page("command-line.md"), f"{path} {option.opts[0]}"
            assert option.help, f"{path} {option.opts[0]} has no words"


def test_every_exit_code_is_documented() -> None:
    """The table of exit codes has them all."""
    for each in ExitCode:
        assert re.search(rf"^\| {int(each)} \| .{{4,}} \| {each.name.lower()} \|$", _codes(), re.M)


def _codes() -> str:
    return page("command-line.md").partition("## Exit codes")[2]


def test_every_rest_path_is_documented() -> None:
    """Method and path of each stand on the page, with a summary."""
    for path, methods in openapi()["paths"].items():
        for method, operation in methods.items():
            assert f"| `{method.upper()} {path}` | {operation['summary']} |" in page("rest.md")


def test_every_error_family_and_refusal_is_documented() -> None:
    """The page of errors has each family of base, the wire's, and each reason of refusal."""
    families = {
        each.__name__
        for each in vars(errors).values()
        if isinstance(each, type) and issubclass(each, errors.LenskeepError)
    }

    for name in families | {"BadMessage"}:
        assert f"| {name} |" in page("errors.md"), name
    for refusal in errors.Refusal:
        assert f"| {refusal.value} |" in page("errors.md"), refusal


def test_every_status_has_words() -> None:
    """Each status code stands on the page with its meaning."""
    for status in StatusCode:
        assert re.search(rf"^\| {int(status)} \| (yes)? ?\| .{{5,}} \|$", page("statuses.md"), re.M)
        assert meaning(status) in page("statuses.md")


# --- events -------------------------------------------------------------------------------


LEVELS = {"info", "warning", "error"}


def log_events() -> set[str]:
    """Return the name of every event that the source logs."""
    found: set[str] = set()
    for _, tree in trees():
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            if _logs(call.func):
                texts = (each.value for each in call.args if isinstance(each, ast.Constant))
                found.update(text for text in texts if isinstance(text, str))
    return found - LEVELS


def _logs(function: ast.expr) -> bool:
    """Return whether it is a logger's method, or a supervisor's line of the log."""
    if isinstance(function, ast.Name):
        return function.id == "Say"
    is_method = isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name)
    return is_method and ast.unparse(function).partition(".")[0] in ("log", "logger")


def audit_actions() -> set[str]:
    """Return every action that the source writes to the audit."""
    makers = ("audit_line", "_queue_line", "Audit")
    return {
        argument.value
        for _, tree in trees()
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in makers
        for argument in call.args
        if isinstance(argument, ast.Constant)
        and isinstance(argument.value, str)
        and AUDIT_ACTION.fullmatch(argument.value)
    }


def timeline_kinds() -> set[str]:
    """Return every kind of line that the source puts on a timeline."""
    found = {each.value for each in NoteKind}
    for _, tree in trees():
        for call in ast.walk(tree):
            is_entry = (
                isinstance(call, ast.Call) and getattr(call.func, "id", "") == "TimelineEntry"
            )
            if is_entry and isinstance(call, ast.Call) and len(call.args) > 1:
                found.update(_texts(call.args[1], tree))
    return found


def _texts(node: ast.expr, tree: ast.Module) -> Iterator[str]:
    """Yield the texts that an expression can stand for, names looked up in their module."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp():
            yield from _texts(node.body, tree)
            yield from _texts(node.orelse, tree)
        case ast.Name():
            for value in _assigned(node.id, tree):
                yield from _texts(value, tree)


def _assigned(name: str, tree: ast.Module) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        targets = node.targets if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.AnnAssign):
            targets = [node.target]
        if any(isinstance(each, ast.Name) and each.id == name for each in targets):
            value = getattr(node, "value", None)
            if isinstance(value, ast.expr):
                yield value


def rows(heading: str) -> set[str]:
    """Return the first cells of the table under a heading of events.md."""
    section = page("events.md").partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return set(re.findall(r"^\| `([^`]+)`", section, re.M))


def test_every_log_event_is_documented_and_no_other() -> None:
    """The table of log events is what the source logs."""
    assert log_events() | {LOST} == rows("Log"), "LOST is written where no logger can"


def test_every_audit_action_is_documented_and_no_other() -> None:
    """The table of actions is what the source writes."""
    assert audit_actions() == rows("Audit")


def test_every_timeline_kind_is_documented_and_no_other() -> None:
    """The table of kinds is what the source puts on timelines."""
    assert timeline_kinds() == rows("Timeline")


def test_every_metric_is_documented_and_no_other() -> None:
    """The tables of metrics are what the source counts."""
    source = "".join(path.read_text("utf-8") for path in SOURCE.rglob("*.py"))
    found = re.findall(r'"(lenskeep_[a-z_]+)"', source)
    listed = re.findall(r"^\| `(lenskeep_[a-z_]+)`", page("metrics.md"), re.M)

    assert sorted(set(found)) == sorted(listed)


# --- links and files ----------------------------------------------------------------------


def slugs(text: str) -> set[str]:
    """Return the anchors of a page's headings, as forges make them."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S), re.M)
    plain = (re.sub(r"[^\w\- ]", "", each.strip().lower()) for each in headings)
    return {each.replace(" ", "-") for each in plain}


@pytest.mark.parametrize("path", pages(), ids=name_of)
def test_every_link_leads_somewhere(path: Path) -> None:
    """Files exist, and so do the headings that links name."""
    for target in LINK.findall(
        re.sub(r"^```.*?^```", "", path.read_text("utf-8"), flags=re.M | re.S)
    ):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        there = (path.parent / file).resolve() if file else path
        assert there.exists(), target
        assert not anchor or anchor in slugs(there.read_text("utf-8")), target


@pytest.mark.parametrize("path", pages(), ids=name_of)
def test_no_page_names_a_file_that_does_not_exist(path: Path) -> None:
    """Paths of this project in a page are paths of this project."""
    text = path.read_text("utf-8")
    for found in re.findall(
        r"(?<![\w./-])(?:src|docs|tests|tools|benchmarks|frontend)/[\w./-]*\w", text
    ):
        assert (ROOT / found).exists() or (ROOT / f"{found}.md").exists(), found
    rooms = "|".join(sorted(each.name for each in SOURCE.iterdir() if each.is_dir()))
    for found in re.findall(rf"`((?:{rooms})/[a-z_/]+)(?:\.py)?[`:]", text):
        assert (SOURCE / found).exists() or (SOURCE / f"{found}.py").exists(), found


def test_the_index_names_every_page() -> None:
    """Nobody has to guess that a page exists."""
    index = (DOCS / "README.md").read_text("utf-8")
    listed = {(DOCS / target).resolve() for target in LINK.findall(index)}

    assert set(DOCS.rglob("*.md")) - listed - {DOCS / "README.md"} == set()


def test_blocks_that_claim_to_run_are_run() -> None:
    """A page with `sh` blocks is one of those whose blocks the journeys run."""
    claiming = {
        path.relative_to(DOCS).as_posix()
        for path in DOCS.rglob("*.md")
        if test_tutorial.BLOCK.search(path.read_text("utf-8"))
    }

    assert claiming == {*test_tutorial.PAGES, RUN_BY_HAND}


# --- words --------------------------------------------------------------------------------

FORBIDDEN: Final = re.compile(
    r"(?<!\w)/wo" r"rk/|fleet" r"dm|issues sh" r"ow|anthro" r"pic|\bclau" r"de\b|/tmp/l" r"k\b",
    re.IGNORECASE,
)
"""Places and names of those who wrote, which nobody else knows."""
BRITISH: Final = re.compile(
    r"\b(?:enrol|enrolment\w*|behaviour|colour|honour|licence|authoris\w+|organis\w+|recognis\w+)\b",
    re.IGNORECASE,
)
LOCKS: Final = ("requirements.lock", "frontend/package-lock.json")


def tracked() -> Iterator[Path]:
    """Yield every file that git knows, where this is a checkout."""
    done = subprocess.run(
        ["git", "ls-files", "-z"], capture_output=True, text=True, check=False, cwd=ROOT
    )
    if done.returncode != 0:
        pytest.skip("no git checkout")
    for name in done.stdout.split("\0"):
        if name and name not in LOCKS and (ROOT / name).is_file():
            yield ROOT / name


def test_no_file_names_the_place_where_it_was_written() -> None:
    """What is published makes sense to those who read it elsewhere."""
    found = [
        f"{name_of(path)}: {match[0]}"
        for path in tracked()
        for match in FORBIDDEN.finditer(path.read_text("utf-8", "replace"))
    ]

    assert found == []


@pytest.mark.parametrize("path", pages(), ids=name_of)
def test_a_page_is_spelled_one_way(path: Path) -> None:
    """Enrollment, behavior, license: American spelling throughout."""
    assert [match[0] for match in BRITISH.finditer(path.read_text("utf-8"))] == []


def test_the_readme_fits_a_screen_and_ends_with_what_is_not_done() -> None:
    """It has the two commands, and its last heading is an honest one."""
    text = (ROOT / "README.md").read_text("utf-8")

    assert len(text.splitlines()) <= 60
    assert "make demo" in text
    assert "make test" in text
    assert re.findall(r"^## (.+)$", text, re.M)[-1] == "What we do not do"
