"""docs/reference/settings.md, from config.Settings."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from pydantic_core import PydanticUndefined
from tools.pages.source import MADE, assemble, code, field_docs, table

from lenskeep.config import FILE_NAME, Settings

_BEFORE: Final = f"""
What an installation can be told. Every setting has a default that works on a laptop.

A setting can stand in three places. The first that names it wins:

1. an option of the command (`lenskeep init --hostname ...`, `lenskeep serve --listen ...`);
2. the environment, under the name in the second column;
3. `{FILE_NAME}` in the data folder.

`lenskeep init` writes `hostname`, `also` and `listen` into the file and leaves all other lines as
they are. A change takes effect when the server starts again. After a change of `hostname` or
`also`, run `lenskeep init` once more: it makes a new TLS certificate with the new names.

```toml
hostname = "mdm.example.org:443"
also = ["EnterpriseEnrollment.example.org"]
listen = "0.0.0.0:443"
organization = "Example Hospital"
```

A misspelled or unfit setting stops every command with a sentence that names it.

## Settings
"""
_AFTER: Final = """
A name without a port means port 8443; write `:443` for the port that needs no typing. Lists are
arrays in the file (`["a", "b"]`), and text with commas in the environment (`a,b`).

## Only in the environment

"""
_ENVIRONMENT: Final = (
    (
        "LENSKEEP_BACKUP_PASSPHRASE",
        "For `lenskeep backup` and `restore`: the passphrase, instead of `--passphrase-file` or a "
        "question.",
    ),
    ("LENSKEEP_MASTER_KEY", "The text of the master key, instead of the file `master.key`."),
    (
        "LENSKEEP_MASTER_KEY_FILE",
        "A file with the master key outside of the data folder, e.g. a secret that your service "
        "manager hands over. Wins over `LENSKEEP_MASTER_KEY`.",
    ),
    (
        "LENSKEEP_MOVE_TO",
        "For `lenskeep database move`: the new database's address, instead of typing it.",
    ),
    ("LENSKEEP_SERVER", "For commands that speak REST: the server's URL."),
    ("LENSKEEP_TOKEN", "For the same: a token of `lenskeep token new`."),
    ("LENSKEEP_CA", "For the same: a PEM file with the root that the server's certificate has."),
    ("LENSKEEP_TRACE", "Set to anything: a command that fails shows its traceback."),
)


def page() -> str:
    """Return the page."""
    columns = ("setting", "environment", "default", "what it does")
    rows = (
        (code(name), code(variable), default, words) for name, variable, default, words in _rows()
    )
    elsewhere = ((code(name), words) for name, words in _ENVIRONMENT)
    return assemble(
        "# Settings",
        MADE,
        _BEFORE,
        table(columns, rows),
        _AFTER,
        table(("variable", "what it does"), elsewhere),
    )


def _rows() -> Iterator[tuple[str, str, str, str]]:
    docs = dict(field_docs("config.py", "Settings"))
    for name, field in Settings.model_fields.items():
        words = docs[name] + _range(field.metadata)
        if name == "data":
            words += " Not in the file: the file lies in it."
        yield name, f"LENSKEEP_{name.upper()}", _default(field.default), words


def _default(value: Any) -> str:
    if value is None or value is PydanticUndefined or value == ():
        return "none"
    if isinstance(value, bool):
        return code(str(value).lower())
    if isinstance(value, str | Path):
        return code(f'"{value}"')
    return code(str(value))


def _range(metadata: list[Any]) -> str:
    low = next((each.ge for each in metadata if hasattr(each, "ge")), None)
    high = next((each.le for each in metadata if hasattr(each, "le")), None)
    return f" From {low} to {high}." if low is not None and high is not None else ""
