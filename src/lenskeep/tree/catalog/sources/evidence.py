"""Who says that a HoloLens has a node, and how sure that is: the overlay laid over the records.

Edition lists name Holographic too often: it is necessary, HoloLens documentation is sufficient.
Of the `ADMX_*` areas all policies carry it, which is no evidence at all.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from lenskeep.tree.catalog.allowed import Allowed, Kind
from lenskeep.tree.catalog.record import (
    HOLOGRAPHIC,
    HOLOGRAPHIC_1ST_GEN_DEVELOPMENT,
    Confidence,
    Evidence,
    Record,
    Says,
    Source,
)
from lenskeep.tree.catalog.sources.overlay import Listed, NodeFacts, Overlay
from lenskeep.tree.catalog.template import short_name

_ONLY_HOLOGRAPHIC: Final = HOLOGRAPHIC | {HOLOGRAPHIC_1ST_GEN_DEVELOPMENT}
_BEST_FIRST: Final = tuple(Confidence)
_NOTHING: Final = NodeFacts()
_CSP_DEPTH: Final = 4
"""Slashes in `./Device/Vendor/MSFT/NAME`; the note on a CSP stands there, not at all its nodes."""


def overlaid(records: Iterable[Record], overlay: Overlay) -> tuple[Record, ...]:
    """Return the records with the supplement's, each with its evidence and our words."""
    found = {record.key: record for record in records}
    for extra in overlay.supplement:
        known = found.get(extra.key)
        found[extra.key] = _noted(known, extra) if known else extra
    whole = [_one(record, overlay) for record in found.values()]
    best = _best_below(whole)
    return tuple(
        replace(record, confidence=best[record.key]) if record.key in best else record
        for record in sorted(whole, key=lambda each: each.key)
    )


def _noted(record: Record, extra: Record) -> Record:
    """Return what the descriptions say, with what the supplement knows beside."""
    return replace(record, hl_min_build=extra.hl_min_build, note=extra.note)


def _one(record: Record, overlay: Overlay) -> Record:
    name = short_name(record.uri)
    facts = overlay.nodes.get(name, _NOTHING)
    listed = overlay.policies.get(name)
    if listed is None and not _is_setting(record):
        listed = overlay.csps.get(record.csp.casefold())
    title, explanation = overlay.words.get(name, (record.words.title, ""))
    min_build = facts.min_build or record.hl_min_build or (listed.min_build if listed else None)
    return replace(
        record,
        evidence=tuple(_evidence(record, listed, facts)),
        confidence=_confidence(record, listed, facts),
        hl_min_build=min_build,
        builds=(facts.since, *record.builds) if facts.since else record.builds,
        allowed=_allowed(record, facts),
        reboot=facts.reboot or record.reboot,
        note=facts.note or record.note,
        words=replace(record.words, title=title, explanation=explanation),
    )


def _allowed(record: Record, facts: NodeFacts) -> Allowed:
    says_nothing = record.allowed.kind in (Kind.ANY, Kind.UNSTATED)
    return facts.allowed if facts.allowed and says_nothing else record.allowed


def _is_setting(record: Record) -> bool:
    """Return whether it is a policy: those are listed one by one, not by their CSP."""
    return bool(record.area) and record.name != record.area


def _evidence(record: Record, listed: Listed | None, facts: NodeFacts) -> Iterator[Evidence]:
    if record.editions is not None:
        yield Evidence(Source.DDF, Says.YES if record.is_holographic else Says.NO)
    if facts.excluded:
        yield Evidence(Source.RELEASE_NOTES, Says.NO, note=facts.excluded)
    elif listed:
        is_about_all = record.uri.count("/") > _CSP_DEPTH and not record.area
        yield replace(listed.evidence, note="") if is_about_all else listed.evidence
    yield from record.evidence


def _confidence(record: Record, listed: Listed | None, facts: NodeFacts) -> Confidence:
    if facts.excluded:
        return Confidence.EXCLUDED
    if listed is None:
        return _undocumented(record)
    by_policy = _is_setting(record)
    says = listed.evidence.says
    if says is not Says.YES:
        return Confidence.INSIDER if says is Says.INSIDER else Confidence.EXCLUDED
    if not by_policy and record.editions is not None and not record.is_holographic:
        return Confidence.EXCLUDED
    if listed.evidence.source is Source.RELEASE_NOTES:
        return Confidence.MENTIONED if by_policy else Confidence.CSP_MENTIONED
    return Confidence.DOCUMENTED if by_policy else Confidence.CSP_DOCUMENTED


def _undocumented(record: Record) -> Confidence:
    if any(each.source is Source.SUPPLEMENT for each in record.evidence):
        return Confidence.CSP_MENTIONED
    if not record.is_holographic:
        return Confidence.NONE
    if record.area.casefold().startswith("admx_"):
        return Confidence.DDF_ADMX_BLANKET
    if record.editions is not None and record.editions <= _ONLY_HOLOGRAPHIC:
        return Confidence.DDF_HOLOGRAPHIC_ONLY
    return Confidence.DDF_ONLY


def _best_below(records: Iterable[Record]) -> Mapping[str, Confidence]:
    """Return for each policy area the best that is known of its policies."""
    best: dict[str, Confidence] = {}
    for record in records:
        if _is_setting(record):
            above = record.key.rpartition("/")[0]
            known = best.get(above, Confidence.NONE)
            best[above] = min(known, record.confidence, key=_BEST_FIRST.index)
    return best
