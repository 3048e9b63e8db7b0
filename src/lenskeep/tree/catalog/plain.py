"""A record in plain values, every field named: what JSON shows of it."""

from collections.abc import Mapping
from typing import Any

from lenskeep.tree.catalog.allowed import Allowed
from lenskeep.tree.catalog.record import (
    Conflict,
    DependencyGroup,
    Evidence,
    Placeholder,
    Reboot,
    Record,
)

Plain = dict[str, Any]


def plain_record(record: Record) -> Plain:
    """Return all that is known of a node; nothing is left out, what is unknown is None."""
    words = record.words
    return {
        "uri": record.uri,
        "scope": record.scope.value,
        "csp": record.csp,
        "area": record.area or None,
        "name": record.name,
        "title": record.title,
        "explanation": words.explanation or None,
        "description": words.description or None,
        "access": sorted(verb.value for verb in record.access),
        "format": record.format.value,
        "mime": record.mime or None,
        "default": record.default,
        "allowed": plain_allowed(record.allowed),
        "placeholders": [_placeholder(each) for each in record.placeholders],
        "occurrence": record.occurrence or None,
        "permanent": record.is_permanent,
        "case_sensitive": record.case_sensitive,
        "dependencies": [_group(each) for each in record.dependencies],
        "atomic_root": record.atomic_root,
        "conflict": record.conflict.value,
        "reboot": record.reboot.value,
        "deprecated": record.is_deprecated,
        "deprecated_since": record.deprecated_since or None,
        "builds": [str(each) for each in record.builds],
        "insider": record.is_insider,
        "csp_version": record.csp_version or None,
        "editions": None if record.editions is None else sorted(record.editions),
        "holographic": record.is_holographic,
        "evidence": [_evidence(each) for each in record.evidence],
        "confidence": record.confidence.value,
        "hl_min_build": str(record.hl_min_build) if record.hl_min_build else None,
        "note": record.note or None,
        "group_policy": list(words.group_policy) if words.group_policy else None,
        "synthesized": record.is_synthesized,
    }


def plain_allowed(allowed: Allowed) -> Plain:
    """Return what a node allows."""
    admx = allowed.admx
    return {
        "kind": allowed.kind.value,
        "values": list(allowed.values),
        "labels": list(allowed.labels),
        "ranges": [list(each) for each in allowed.ranges],
        "pattern": allowed.pattern,
        "xsd_id": allowed.xsd_id,
        "admx": {"file": admx.file, "area": admx.area, "name": admx.name} if admx else None,
        "delimiter": allowed.delimiter,
    }


def plain_field(value: object) -> Any:
    """Return one field's value in plain terms, as a difference shows it."""
    if isinstance(value, Allowed):
        return plain_allowed(value)
    if isinstance(value, Conflict | Reboot):
        return value.value
    if isinstance(value, frozenset | tuple):
        return sorted(str(plain_field(each)) for each in value)
    if isinstance(value, Placeholder):
        return _placeholder(value)
    if isinstance(value, DependencyGroup):
        return _group(value)
    if isinstance(value, Evidence):
        return _evidence(value)
    if value is None or isinstance(value, bool | str):
        return value
    return str(getattr(value, "value", value))


def _placeholder(each: Placeholder) -> Plain:
    return {
        "name": each.name,
        "naming": each.naming.value,
        "pattern": each.pattern,
        "rule": each.rule or None,
    }


def _group(group: DependencyGroup) -> Plain:
    return {
        "name": group.name,
        "on": [
            {"uri": each.uri, "negated": each.negated, "allowed": plain_allowed(each.allowed)}
            for each in group.dependencies
        ],
        "then_allowed": plain_allowed(group.then_allowed) if group.then_allowed else None,
    }


def _evidence(each: Evidence) -> Plain:
    generations: Mapping[str, str] = {
        generation.value: says.value for generation, says in each.generations.items()
    }
    return {
        "source": each.source.value,
        "says": each.says.value,
        "generations": dict(generations),
        "note": each.note or None,
    }
