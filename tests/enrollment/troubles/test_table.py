"""The numbers that headsets show."""

import pytest

from lenskeep.enrollment.troubles.table import TROUBLES, describe
from lenskeep.enrollment.troubles.trouble import HEADSET, spelled
from lenskeep.wire.soap import ErrorType, Subcode


@pytest.mark.parametrize("fault", [*Subcode, *ErrorType])
def test_every_fault_that_can_be_sent_has_words(fault: Subcode | ErrorType) -> None:
    """By its number, under its name."""
    found = describe(fault.hresult)

    assert found is not None
    assert fault.value == found.by


def test_every_number_stands_once_with_meaning_cause_and_remedy() -> None:
    """No row is empty, none is twice."""
    assert len(TROUBLES) == len({each.hresult for each in TROUBLES})
    for each in TROUBLES:
        assert all((each.meaning, each.cause, each.remedy)), each.number
        assert each.by == HEADSET or each.hresult >> 16 == 0x8018


def test_a_number_is_found_signed_and_unsigned() -> None:
    """Windows logs both."""
    assert describe(0x80180002) is describe(0x80180002 - 2**32)
    assert "0x80180002" == spelled(0x80180002 - 2**32)


def test_any_http_status_is_told_and_nothing_is_invented() -> None:
    """503 has a number of its own family; a number of nobody's is unknown."""
    found = describe(0x801901F7)

    assert found is not None
    assert "503" in found.meaning
    assert describe(0x80199999) is None
    assert describe(0x80070005) is None
