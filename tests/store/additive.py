"""Reads a migration's source, and finds what code of the version before could not live with."""

import ast
from collections.abc import Iterator
from typing import Final

LEAVES_BEHIND: Final = "UPDATE era SET oldest"
"""A migration with this statement says itself whom it leaves behind."""
_ADDS: Final = frozenset({"create_table", "create_index", "bulk_insert", "get_context", "get_bind"})
"""Operations of Alembic that older code does not notice."""


def breaks(source: str) -> tuple[str, ...]:
    """Return what in a migration older code could not live with; nothing where it says so."""
    if LEAVES_BEHIND in source:
        return ()
    return tuple(_breaking(ast.parse(source)))


def _breaking(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        if not (isinstance(node.func.value, ast.Name) and node.func.value.id == "op"):
            continue
        name = node.func.attr
        if name == "add_column":
            column = next(each for each in node.args if isinstance(each, ast.Call))
            if not _may_be_left_out(column):
                yield f"line {node.lineno}: a column that older code does not fill"
        elif name not in _ADDS:
            yield f"line {node.lineno}: op.{name}"


def _may_be_left_out(column: ast.Call) -> bool:
    given = {each.arg: each.value for each in column.keywords}
    nullable = given.get("nullable")
    return "server_default" in given or (
        isinstance(nullable, ast.Constant) and nullable.value is True
    )
