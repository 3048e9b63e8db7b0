"""What the generators share: docstrings of fields, read from the source, and Markdown tables."""

import ast
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
SOURCE: Final = ROOT / "src" / "lenskeep"
MADE: Final = (
    "<!-- Made by `python -m tools.reference_pages` from the source; edit the source instead. -->"
)


def field_docs(path: str, class_name: str) -> Iterator[tuple[str, str]]:
    """Yield the fields of a class, in their order, each with the docstring that follows it."""
    tree = ast.parse((SOURCE / path).read_text("utf-8"))
    body = next(
        node.body
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and node.name == class_name
    )
    for node, following in zip(body, [*body[1:], None], strict=True):
        name = _name(node)
        if name is not None and name != "model_config":
            yield name, _text(following)


def _name(node: ast.stmt) -> str | None:
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return node.target.id
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id
    return None


def _text(node: ast.stmt | None) -> str:
    is_text = (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
    if not is_text:
        return ""
    assert isinstance(node, ast.Expr)
    assert isinstance(node.value, ast.Constant)
    return " ".join(str(node.value.value).split())


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [_row(columns), _row(["---"] * len(columns)), *(_row(row) for row in rows)]
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def code(text: str) -> str:
    """Return the text as code, nothing for nothing."""
    return f"`{text}`" if text else ""


def assemble(*parts: str) -> str:
    """Return a page of these parts, an empty line between."""
    return "\n\n".join(part.strip() for part in parts if part.strip()) + "\n"
