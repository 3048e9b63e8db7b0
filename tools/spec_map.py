"""Where the source keeps which rule of which specification, and which tests say so.

Built from the citations in the source (`[MS-MDE2] 3.1.4.1`): section, the functions that cite it,
the tests that name it. A test names a section by citing it, or by calling a public function that
cites it; a section that no test names is a gap, shown with the module's own test file where there
is one.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tools.pages.source import MADE, ROOT, assemble, code, table

_CITATION: Final = re.compile(
    r"\[((?:MS-[A-Z0-9]+|RFC|OMA-[A-Za-z]+|SOAP|XML|WS-[A-Za-z]+|NIST|CA/B)[^\]\n]*)\]"
    r"(?:\s+(\d+(?:\.\d+)*))?"
)
_BEFORE: Final = """
Which rule of which specification is kept where, and which test holds us to it. The map is built
from the citations in the source, so it names what somebody read while writing; a rule that nobody
cited is not on it.

A **gap** is a section that no test names, neither by its number nor by calling a function that
cites it. Behind the gap stands the test file of the module, where there is one: often the rule is
tried there without its number.
"""
_MOST_TESTS: Final = 4


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is written."""

    path: str
    function: str
    """Dotted; empty for the module itself."""

    @property
    def text(self) -> str:
        """As the page shows it."""
        return f"{self.path}:{self.function}" if self.function else self.path


Citation = tuple[str, str]
"""Specification and section; an empty section is the whole."""


def spec_map_page() -> str:
    """Return the page."""
    cited = _places("src/lenskeep")
    tested = _places("tests")
    users = _Users(ROOT / "tests")
    by_specification: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    gaps = near = 0
    for specification, section in sorted(cited, key=_order):
        places = cited[specification, section]
        tests = _tests(tested.get((specification, section), []), places, users)
        gaps += not tests
        near += not tests and any(users.beside(place) for place in places)
        row = (section or "(whole)", _lines(places), _cell(tests, places, users))
        by_specification[specification].append(row)
    total = (
        f"{len(cited)} sections are cited; {len(cited) - gaps} are named by a test, {gaps} are "
        f"gaps, {near} of those with a test file of the module."
    )
    return assemble("# Map of the specifications", MADE, _BEFORE, total, *_parts(by_specification))


def _parts(by_specification: dict[str, list[tuple[str, str, str]]]) -> Iterator[str]:
    for specification, rows in by_specification.items():
        yield f"## {specification}"
        yield table(("section", "kept in", "tests"), rows)


def _places(folder: str) -> dict[Citation, list[Place]]:
    """Return where each section is cited below the folder."""
    found: dict[Citation, list[Place]] = defaultdict(list)
    for path in sorted((ROOT / folder).rglob("*.py")):
        text = path.read_text("utf-8")
        spans = list(_spans(ast.parse(text)))
        name = path.relative_to(ROOT).as_posix().removeprefix("src/lenskeep/")
        for match in _CITATION.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            place = Place(name, _innermost(spans, line))
            citation = (match[1], match[2] or "")
            if place not in found[citation]:
                found[citation].append(place)
    return found


def _spans(tree: ast.AST, above: str = "") -> Iterator[tuple[int, int, str]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            name = f"{above}.{node.name}" if above else node.name
            yield node.lineno, node.end_lineno or node.lineno, name
            yield from _spans(node, name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if isinstance(target, ast.Name) and not above:
                # the docstring of a constant follows it
                yield node.lineno, (node.end_lineno or node.lineno) + 3, target.id


def _innermost(spans: list[tuple[int, int, str]], line: int) -> str:
    around = [(start, name) for start, end, name in spans if start <= line <= end]
    return max(around)[1] if around else ""


class _Users:
    """Which test files import which module and call which of its functions."""

    def __init__(self, folder: Path) -> None:
        self._texts = {
            path.relative_to(ROOT).as_posix(): path.read_text("utf-8")
            for path in sorted(folder.rglob("test_*.py"))
        }

    def of(self, place: Place) -> list[str]:
        """Return the test files that use this public function."""
        name = place.function.partition(".")[0]
        if not name or name.startswith("_"):
            return []
        module = "lenskeep." + place.path.removesuffix(".py").replace("/", ".")
        package, _, last = module.rpartition(".")
        imported = re.compile(
            rf"^from {re.escape(module)} import|^from {re.escape(package)} import [^\n]*\b{last}\b",
            re.MULTILINE,
        )
        called = re.compile(rf"\b{re.escape(name)}\b")
        return [
            path
            for path, text in self._texts.items()
            if imported.search(text) and called.search(text)
        ]

    def beside(self, place: Place) -> str:
        """Return the module's own test file, or nothing."""
        folder, _, file = f"tests/{place.path}".rpartition("/")
        path = f"{folder}/test_{file}"
        return path if path in self._texts else ""


def _tests(citing: list[Place], places: list[Place], users: _Users) -> list[str]:
    named = [each.text for each in citing if "/test_" in each.path]
    files = {text.partition(":")[0] for text in named}
    for place in places:
        for path in users.of(place):
            if path not in files:
                files.add(path)
                named.append(path)
    return named


def _cell(tests: list[str], places: list[Place], users: _Users) -> str:
    if tests:
        more = f" and {len(tests) - _MOST_TESTS} more" if len(tests) > _MOST_TESTS else ""
        return "<br>".join(code(each) for each in tests[:_MOST_TESTS]) + more
    near = dict.fromkeys(path for place in places if (path := users.beside(place)))
    words = ", ".join(code(each) for each in near)
    return f"**gap**; near: {words}" if words else "**gap**"


def _lines(places: list[Place]) -> str:
    return "<br>".join(code(each.text) for each in places)


def _order(citation: Citation) -> tuple[str, list[int]]:
    specification, section = citation
    return specification, [int(each) for each in section.split(".") if each]
