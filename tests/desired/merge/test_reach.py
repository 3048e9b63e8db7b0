"""Which profiles reach the devices of a cohort."""

from dataclasses import dataclass

from lenskeep.base.identifiers import GroupId, ProfileId
from lenskeep.desired.merge.reach import Reaching, reaching


@dataclass(frozen=True)
class Given:
    """An assignment as a test writes it."""

    profile: ProfileId
    group: GroupId
    priority: int = 0
    revision: int | None = None
    excludes: bool = False


A, B = ProfileId("prf_a"), ProfileId("prf_b")
ALL, WARD, SPARE = GroupId("grp_all"), GroupId("grp_ward"), GroupId("grp_spare")
HERE = frozenset({ALL, WARD})


def test_a_profile_reaches_the_devices_of_its_groups() -> None:
    given = [Given(A, ALL), Given(B, SPARE)]

    assert (Reaching(A, None, 0),) == reaching(given, HERE)
    assert () == reaching(given, frozenset())


def test_an_exclusion_wins_over_every_inclusion() -> None:
    given = [Given(A, ALL, 100), Given(A, WARD, 1, excludes=True), Given(B, WARD)]

    assert (Reaching(B, None, 0),) == reaching(given, HERE)
    assert (Reaching(A, None, 100),) == reaching(given, frozenset({ALL}))


def test_an_exclusion_of_another_group_or_profile_does_not_matter() -> None:
    given = [Given(A, ALL), Given(A, SPARE, excludes=True), Given(B, ALL, excludes=True)]

    assert (Reaching(A, None, 0),) == reaching(given, HERE)


def test_the_inclusion_of_highest_priority_brings_its_revision() -> None:
    given = [Given(A, ALL, 1, 9), Given(A, WARD, 5, 2), Given(A, SPARE, 9, 4)]

    assert (Reaching(A, 2, 5),) == reaching(given, HERE)


def test_at_one_priority_the_newer_revision_counts_and_the_latest_before_all() -> None:
    fixed = [Given(A, ALL, 1, 2), Given(A, WARD, 1, 3)]

    assert (Reaching(A, 3, 1),) == reaching(fixed, HERE) == reaching(fixed[::-1], HERE)
    assert (Reaching(A, None, 1),) == reaching([*fixed, Given(A, ALL, 1)], HERE)


def test_the_strongest_come_first() -> None:
    given = [Given(B, ALL, 1), Given(A, ALL, 1), Given(ProfileId("prf_c"), ALL, 7)]

    assert ["prf_c", "prf_a", "prf_b"] == [each.profile for each in reaching(given, HERE)]
