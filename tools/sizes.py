"""Hold the limits of size of the conventions: file, function, folder, and one word per module.

Prints every breach and ends with status 1 if there is one.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 50
MAX_FOLDER_FILES = 10
BANNED_MODULES = {"utils", "helpers", "manager", "common", "misc"}


def breaches(root: Path) -> Iterator[str]:
    """Yield one line for each breach below `root`."""
    for folder in sorted({path.parent for path in root.rglob("*.py")}):
        modules = [path for path in folder.glob("*.py") if path.name != "__init__.py"]
        if len(modules) > MAX_FOLDER_FILES and folder.name != "versions":
            yield f"{folder}: {len(modules)} modules, at most {MAX_FOLDER_FILES}"
        for path in sorted(modules):
            yield from _file_breaches(path)


def _file_breaches(path: Path) -> Iterator[str]:
    source = path.read_text(encoding="utf-8")
    lines = source.count("\n")
    if lines > MAX_FILE_LINES:
        yield f"{path}: {lines} lines, at most {MAX_FILE_LINES}"
    if path.stem in BANNED_MODULES:
        yield f"{path}: a module is named for what it holds"
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > MAX_FUNCTION_LINES:
                yield f"{path}:{node.lineno}: {node.name} has {length} lines, at most 50"


def main() -> int:
    """Print the breaches; return 1 if there are any."""
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("src/lenskeep")
    found = list(breaches(root))
    print("\n".join(found) if found else "sizes: kept")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
