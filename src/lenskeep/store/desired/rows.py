"""Rows on the desired state to the values that flows know. No SQL and no decisions."""

from lenskeep.base.identifiers import AssignmentId, DeviceId, GroupId, ProfileId
from lenskeep.flows.mandate import (
    Assignment,
    Group,
    GroupKind,
    Guard,
    GuardState,
    Member,
    Profile,
    Progress,
    ProgressRow,
    ProgressState,
    Revision,
)
from lenskeep.store.rows import groups, maybe_moment, moment, strings
from lenskeep.store.sql import Row


def profile(row: Row) -> Profile:
    """Return the profile."""
    return Profile(
        id=ProfileId(row["profile_id"]),
        name=row["profile_name"],
        description=row["profile_description"],
        created_at=moment(row["profile_created_at"]),
        revision=row["profile_revision"],
        template=row["profile_template"],
    )


def revision(row: Row, sealed: str) -> Revision:
    """Return the save of a profile, with this body."""
    return Revision(
        profile=ProfileId(row["revision_profile_id"]),
        number=row["revision_number"],
        at=moment(row["revision_at"]),
        author=row["revision_author"],
        reason=row["revision_reason"],
        settings=row["revision_settings"],
        sealed=sealed,
    )


def group(row: Row, devices: int) -> Group:
    """Return the group, with so many devices."""
    return Group(
        id=GroupId(row["device_group_id"]),
        name=row["device_group_name"],
        kind=GroupKind(row["device_group_kind"]),
        rule=row["device_group_rule"],
        description=row["device_group_description"],
        created_at=moment(row["device_group_created_at"]),
        devices=devices,
    )


def assignment(row: Row) -> Assignment:
    """Return the assignment."""
    return Assignment(
        id=AssignmentId(row["assignment_id"]),
        profile=ProfileId(row["assignment_profile_id"]),
        revision=row["assignment_revision"],
        group=GroupId(row["assignment_group_id"]),
        excludes=bool(row["assignment_excludes"]),
        priority=row["assignment_priority"],
        created_at=moment(row["assignment_created_at"]),
        actor=row["assignment_actor"],
    )


def guard(row: Row) -> Guard:
    """Return the staged roll-out."""
    scout = row["guard_scout"]
    return Guard(
        key=row["guard_key"],
        profile=ProfileId(row["guard_profile_id"]),
        revision=row["guard_revision"],
        state=GuardState(row["guard_state"]),
        scout=None if scout is None else DeviceId(scout),
        created_at=moment(row["guard_created_at"]),
        claimed_at=maybe_moment(row["guard_claimed_at"]),
        released_at=maybe_moment(row["guard_released_at"]),
        released_by=row["guard_released_by"],
    )


def member(row: Row) -> Member:
    """Return what rules are evaluated on."""
    in_groups = row["cohort_groups"]
    return Member(
        device=DeviceId(row["device_id"]),
        groups=None if in_groups is None else groups(in_groups),
        name=row["device_name"],
        state=row["device_state"],
        generation=row["device_generation"],
        os_build=row["device_os_build"],
        edition=row["device_edition"],
        model=row["device_model"],
        manufacturer=row["device_manufacturer"],
        architecture=row["device_architecture"],
        serial=row["device_serial"],
        user=row["device_user_name"],
        enrollment=row["enrollment_way"] or "",
        macs=strings(row["device_macs"]),
        tags=strings(row["device_tags"]),
        last_seen=maybe_moment(row["device_last_seen"]),
        group_tag=row["autopilot_group_tag"] or "",
        known=row["known_body"] or b"",
    )


def progress_row(row: Row) -> ProgressRow:
    """Return the line of a profile's page."""
    state = row["progress_state"]
    return ProgressRow(
        device=DeviceId(row["device_id"]),
        name=row["device_name"],
        os_build=row["device_os_build"],
        last_seen=maybe_moment(row["device_last_seen"]),
        progress=None if state is None else _progress(row),
    )


def _progress(row: Row) -> Progress:
    return Progress(
        profile=ProfileId(row["progress_profile_id"]),
        revision=row["progress_revision"],
        state=ProgressState(row["progress_state"]),
        verified=row["progress_verified"],
        total=row["progress_total"],
        failed=row["progress_failed"],
    )
