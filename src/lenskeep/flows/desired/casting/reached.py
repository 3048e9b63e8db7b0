"""Which revisions reach which cohort; and a mandate as it would be after a change. Pure."""

from collections.abc import Iterable
from dataclasses import replace

from lenskeep.base.identifiers import AssignmentId, ProfileId
from lenskeep.desired.merge.reach import Reaching, reaching
from lenskeep.flows.desired.casting.bodies import Revised
from lenskeep.flows.mandate import Assignment, Cohort, Mandate, Profile

Effective = tuple[Reaching, ...]
"""What reaches a cohort, each with the number of its revision. The same, the same wanted tree."""


def effective(mandate: Mandate, cohort: Cohort) -> Effective:
    """Return what reaches a cohort, the strongest first."""
    here = [each for each in mandate.assignments if each.group in cohort]
    return tuple(_numbered(mandate, each) for each in reaching(here, cohort))


def _numbered(mandate: Mandate, reach: Reaching) -> Reaching:
    if reach.revision is not None:
        return reach
    return replace(reach, revision=mandate.profiles[reach.profile].revision)


def revised(reach: Reaching) -> Revised:
    """Return the profile and the number of its revision."""
    assert reach.revision is not None
    return reach.profile, reach.revision


def affected(before: Mandate, after: Mandate) -> tuple[Cohort, ...]:
    """Return the cohorts that something else reaches after a change."""
    cohorts = (each.groups for each in after.cohorts)
    return tuple(each for each in cohorts if effective(before, each) != effective(after, each))


def reached_by(mandate: Mandate, profile: ProfileId) -> tuple[Cohort, ...]:
    """Return the cohorts that a profile reaches."""
    return tuple(
        each.groups
        for each in mandate.cohorts
        if any(reach.profile == profile for reach in effective(mandate, each.groups))
    )


def devices_in(mandate: Mandate, cohorts: Iterable[Cohort]) -> int:
    """Return how many devices these cohorts have."""
    asked = frozenset(cohorts)
    return sum(each.devices for each in mandate.cohorts if each.groups in asked)


def with_profile(mandate: Mandate, profile: Profile) -> Mandate:
    """Return the mandate with this profile, new or changed."""
    return replace(mandate, profiles={**mandate.profiles, profile.id: profile})


def with_assignment(mandate: Mandate, assignment: Assignment) -> Mandate:
    """Return the mandate with this assignment, new or changed."""
    without = without_assignment(mandate, assignment.id)
    return replace(without, assignments=(*without.assignments, assignment))


def without_assignment(mandate: Mandate, assignment_id: AssignmentId) -> Mandate:
    """Return the mandate without this assignment."""
    others = tuple(each for each in mandate.assignments if each.id != assignment_id)
    return replace(mandate, assignments=others)
