"""Names that headsets look for."""

import pytest

from lenskeep.base.errors import Invalid
from lenskeep.enrollment.rules.names import covers, needed_names, read_domain


def test_each_domain_needs_a_name_that_leads_here_and_stands_in_the_certificate() -> None:
    """The server's own name, one that is covered, and one that is not."""
    own, here, there = needed_names(
        ("example.org", "example.com"),
        "mdm.example.org",
        ("mdm.example.org", "enterpriseenrollment.example.org"),
    )

    assert own.zone_line.startswith("mdm.example.org. 3600 IN A ")
    assert "EnterpriseEnrollment.example.org. 3600 IN CNAME mdm.example.org." == here.zone_line
    assert (True, "") == (here.in_certificate, here.remedy)
    assert "EnterpriseEnrollment.example.com" == there.name
    assert not there.in_certificate
    assert "--also EnterpriseEnrollment.example.com" in there.remedy


@pytest.mark.parametrize(
    ("typed", "domain"),
    [
        ("Example.org", "example.org"),
        ("@example.org", "example.org"),
        ("example.org.", "example.org"),
        ("EnterpriseEnrollment.example.org", "example.org"),
    ],
)
def test_a_domain_is_taken_as_people_write_it(typed: str, domain: str) -> None:
    """With the at sign, the dot at the end, or the whole name."""
    assert domain == read_domain(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "localhost",
        "exa mple.org",
        "a..b",
        "-a.org",
        "a/b.org",
        "x" * 250 + ".org",
        "[::1]",
        "a.org:443",
    ],
)
def test_what_is_no_domain_is_refused(typed: str) -> None:
    """Nothing else is looked up."""
    with pytest.raises(Invalid):
        read_domain(typed)


def test_a_wildcard_stands_for_one_label() -> None:
    """As in certificates ([RFC 6125] 6.4.3)."""
    assert covers(("*.example.org",), "MDM.example.org")
    assert not covers(("*.example.org",), "a.b.example.org")
    assert not covers(("*.example.org",), "example.org")
