"""A record as facts alone."""

from dataclasses import replace

from lenskeep.tree.catalog.allowed import Allowed
from lenskeep.tree.catalog.record import DependencyGroup, Record, Words


def without_text(record: Record) -> Record:
    """Return the record without any text: no title, explanation, description, label, rule."""
    return replace(
        record,
        words=Words(),
        allowed=_unlabeled(record.allowed),
        placeholders=tuple(replace(each, rule="") for each in record.placeholders),
        dependencies=tuple(map(_bare_group, record.dependencies)),
    )


def _bare_group(group: DependencyGroup) -> DependencyGroup:
    return DependencyGroup(
        group.name,
        tuple(replace(each, allowed=_unlabeled(each.allowed)) for each in group.dependencies),
        _unlabeled(group.then_allowed) if group.then_allowed else None,
    )


def _unlabeled(allowed: Allowed) -> Allowed:
    return replace(allowed, labels=())
