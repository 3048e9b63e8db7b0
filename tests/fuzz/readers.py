"""Which functions of the source read bytes or text of others, and which of them the corpus reaches.

A reader is known by what it calls: a parser of XML, JSON, CSV, YAML, TOML, HTML, of certificates
and keys, of archives, of queries, base64 and dates.
"""

import ast
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final

SOURCE: Final = Path(__file__).resolve().parents[2] / "src" / "lenskeep"
_PARSERS: Final = re.compile(
    r"(xml\.read(_trusted)?|read_trusted|json\.loads|tomllib\.loads|csv\.(reader|DictReader)"
    r"|(x509\.)?load_(der|pem)_\w+|(zipfile\.)?ZipFile|gzip\.decompress|zlib\.decompress|YAML"
    r"|parse_qsl|(base64\.)?(b64decode|urlsafe_b64decode)|(datetime|date|time)\.fromisoformat"
    r"|urlsplit|SimpleCookie|jwt\.decode|jws\.deserialize_compact|etree\.fromstring|reader\.feed"
    r"|RSAKey\.import_key|ECKey\.import_key|model_validate_json|ZoneInfo)"
)

OWN: Final = "what we wrote ourselves, and keep in our database or data folder"
SEALED: Final = "what we sealed ourselves: nothing else opens"
TRIED: Final = "the reader itself is a target's; what is here asks it with a certificate of ours"
FETCHED: Final = "needs a connection; what comes over it goes to a target's reader"
TYPED: Final = (
    "one value that somebody typed on this machine; a test of its own says what is refused"
)
HEADSET: Final = "the virtual headset's own memory, or what it makes itself"

PASSED_OVER: Final = {
    "app/": TRIED,
    "certificates/authority.py": TRIED,
    "certificates/keyring/": SEALED,
    "certificates/rotation.py": OWN,
    "certificates/xml_signature.py:_signed_part": "runs in a thread of its own, not watched",
    "cli/": TYPED,
    "desired/known.py": OWN,
    "desired/standing.py": OWN,
    "desired/wanted.py": OWN,
    "enrollment/first_run/arrival.py": OWN,
    "enrollment/package/stored.py": SEALED,
    "enrollment/web/round_trip.py": SEALED,
    "flows/": OWN,
    "flows/device/enrolling/renewing.py": TRIED,
    "flows/entry/providers.py": TRIED,
    "outside/": FETCHED,
    "store/": OWN,
    "virtual/device.py": HEADSET,
    "virtual/enrollment/": HEADSET,
    "virtual/enrollment/web/browser.py": FETCHED,
    "virtual/entra/": HEADSET,
    "virtual/fleet/": HEADSET,
    "virtual/session/": TRIED,
    "virtual/state.py": HEADSET,
    "virtual/transport/": FETCHED,
    "virtual/tree/": TRIED,
    "virtual/world/settings.py": TRIED,
    "web/console/enrollment/packages/page.py": OWN,
    "web/console/visitor.py": "the same fields as of the headset's pages, under another roof",
    "web/server.py": OWN,
}
"""Which readers no target reaches, and why; the longest beginning that fits counts."""


def why_not(reader: str) -> str:
    """Return why no target reaches it; empty where nobody has said."""
    fitting = [each for each in PASSED_OVER if reader.startswith(each)]
    return PASSED_OVER[max(fitting, key=len)] if fitting else ""


def readers() -> set[str]:
    """Return the functions that parse something, as `path:function`."""
    found: set[str] = set()
    for path in SOURCE.rglob("*.py"):
        for function in _functions(ast.parse(path.read_text("utf-8"))):
            if any(_PARSERS.fullmatch(name) for name in _called(function)):
                found.add(f"{path.relative_to(SOURCE)}:{function.name}")
    return found


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for each in ast.walk(tree):
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef):
            yield each


def _called(function: ast.AST) -> Iterator[str]:
    for each in ast.walk(function):
        if isinstance(each, ast.Call):
            yield ast.unparse(each.func)


@contextmanager
def reached() -> Iterator[set[str]]:
    """Gather the functions of the source that run meanwhile, as `path:function`."""
    found: set[str] = set()
    start = str(SOURCE) + "/"

    def step(frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        if code.co_filename.startswith(start):
            found.add(f"{code.co_filename.removeprefix(start)}:{code.co_name}")

    before = sys.gettrace()
    sys.settrace(step)
    try:
        yield found
    finally:
        sys.settrace(before)
