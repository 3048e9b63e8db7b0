"""The catalog in words and tables: a record, where it comes from, a difference."""

from collections.abc import Iterable
from typing import Any, Final

import typer

from lenskeep.cli.output import print_heading, print_json
from lenskeep.tree.catalog.allowed import Allowed
from lenskeep.tree.catalog.diff import Difference, Touched, touched
from lenskeep.tree.catalog.pack import Header
from lenskeep.tree.catalog.plain import plain_field
from lenskeep.tree.catalog.record import Evidence, Record

_SHOWN: Final = 40
"""Nodes of each kind that a difference lists; `--json` has them all."""


def told(header: Header) -> str:
    """Return what a catalog is made of, in one line."""
    name = header.label or f"unknown set {header.sha256[:12]}"
    text = "with text" if header.has_text else "facts alone"
    from_files = f"{header.nodes} nodes of {header.files} files ({name}), {text}"
    return f"{from_files}; and {header.supplemented} of ours"


def record_pairs(record: Record) -> list[tuple[str, object]]:
    """Return a record as names and values for a person."""
    return [
        ("LocURI", record.uri),
        ("Title", record.title),
        ("Explanation", record.words.explanation),
        ("Description", record.words.description),
        ("Scope", record.scope.value),
        ("Access", sorted(verb.value for verb in record.access)),
        ("Format", record.format.value),
        ("Default", record.default),
        ("Allowed", allowed_words(record.allowed)),
        ("Open names", [f"{each.name} ({each.naming.value})" for each in record.placeholders]),
        ("Depends on", [each.uri for group in record.dependencies for each in group.dependencies]),
        ("Sent atomically with", record.atomic_root),
        ("Conflicts", record.conflict.value),
        ("Restart", record.reboot.value),
        ("Deprecated", record.is_deprecated and (record.deprecated_since or "yes")),
        ("HoloLens build", record.hl_min_build),
        ("Builds (DDF)", [*map(str, record.builds), *(["insider"] if record.is_insider else [])]),
        ("CSP version", record.csp_version),
        ("Holographic edition", record.is_holographic),
        ("Confidence", record.confidence.value),
        ("Evidence", "\n".join(_evidence(each) for each in record.evidence)),
        ("Note", record.note),
    ]


def allowed_words(allowed: Allowed) -> str:
    """Return what a node allows, in one line."""
    choices = allowed.values
    if allowed.labels:
        choices = tuple(f"{v} ({t})" for v, t in zip(choices, allowed.labels, strict=True))
    pieces = [
        allowed.kind.value,
        ", ".join(choices),
        ", ".join(f"{low} to {high}" for low, high in allowed.ranges),
        allowed.pattern or "",
        allowed.xsd_id or "",
        f"{allowed.admx.file}: {allowed.admx.name}" if allowed.admx else "",
        f"list, joined by {allowed.delimiter!r}" if allowed.is_list else "",
    ]
    return "; ".join(filter(None, pieces))


def _evidence(each: Evidence) -> str:
    generations = ", ".join(f"{key.value} {says.value}" for key, says in each.generations.items())
    details = "; ".join(filter(None, (generations, each.note)))
    return f"{each.source.value}: {each.says.value}" + (f" ({details})" if details else "")


# --- a difference ---


def show_difference(
    difference: Difference, *, as_json: bool, in_use: Iterable[str] | None = None
) -> None:
    """Print a difference: as lists, or whole as JSON; of settings in use those that change.

    None where nobody knows, or asked, which settings are in use.
    """
    found = None if in_use is None else touched(difference, tuple(in_use))
    if as_json:
        plain = _plain_difference(difference)
        told = {} if found is None else {"in_use": [_plain_touched(each) for each in found]}
        print_json({**plain, **told})
        return
    if found is not None:
        _list("Settings in use that change", [touched_words(each) for each in found])
    _list("Added", [record.uri for record in difference.added])
    _list("Removed", [record.uri for record in difference.removed])
    lines = [f"{each.after.uri}  ({', '.join(each.fields)})" for each in difference.changed]
    _list("Changed", lines)


def touched_words(setting: Touched) -> str:
    """Return in one line what happens to a setting in use."""
    what = "is gone" if setting.is_removed else f"changes: {', '.join(setting.fields)}"
    return f"{setting.uri}  ({what})"


def _plain_touched(setting: Touched) -> dict[str, Any]:
    return {"uri": setting.uri, "removed": setting.is_removed, "fields": list(setting.fields)}


def _list(heading: str, lines: list[str]) -> None:
    print_heading(f"{heading}: {len(lines)}")
    for line in lines[:_SHOWN]:
        typer.echo(f"  {line}")
    if len(lines) > _SHOWN:
        typer.echo(f"  and {len(lines) - _SHOWN} more; --json has them all")


def _plain_difference(difference: Difference) -> dict[str, Any]:
    return {
        "added": [record.uri for record in difference.added],
        "removed": [record.uri for record in difference.removed],
        "changed": [
            {
                "uri": each.after.uri,
                "fields": {
                    name: dict(
                        zip(("before", "after"), map(plain_field, each.values(name)), strict=True)
                    )
                    for name in each.fields
                },
            }
            for each in difference.changed
        ],
    }
