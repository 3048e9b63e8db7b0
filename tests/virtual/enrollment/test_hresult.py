"""The numbers that a headset shows: Windows' own, one meaning each."""

import pytest

from lenskeep.virtual.enrollment.hresult import Hresult, from_breach, from_fault
from lenskeep.wire.errors import BadMessage
from lenskeep.wire.soap import ErrorType, Fault, Subcode


@pytest.mark.parametrize(
    ("error", "spelled"),
    [
        (Hresult.CONNECTIVITY, "0x80180010"),
        (Hresult.CERTIFICATE_STORE_FAILED, "0x8018001E"),
        (Hresult.APPLICATION_FAILED, "0x8018001F"),
        (Hresult.DMCLIENT_FAILED, "0x80180020"),
        (Hresult.EMPTY_MESSAGE, "0x80180029"),
        (Hresult.TOO_MANY_REQUESTS, "0x80180033"),
    ],
)
def test_the_headset_s_own_numbers_are_those_of_windows(error: Hresult, spelled: str) -> None:
    """As the Settings app spells them."""
    assert error.spelled == spelled


def test_no_number_has_two_meanings() -> None:
    """Each stands in the table once."""
    assert len({each.code for each in Hresult}) == len(Hresult.__members__)


@pytest.mark.parametrize("subcode", Subcode)
def test_every_fault_of_the_wire_has_words(subcode: Subcode) -> None:
    """The headset knows each subcode ([MS-MDE2] 2.2.10)."""
    assert from_fault(Fault(subcode, "")).name == subcode.name


@pytest.mark.parametrize("error_type", ErrorType)
def test_every_error_type_of_the_wire_has_words(error_type: ErrorType) -> None:
    """It weighs more than the subcode ([MS-MDE2] 2.2.10)."""
    assert from_fault(Fault(Subcode.AUTHORIZATION, "", error_type)).name == error_type.name


@pytest.mark.parametrize(
    ("where", "error"),
    [
        ("CertificateStore/My/User", Hresult.CERTIFICATE_STORE_FAILED),
        ("APPLICATION/APPAUTH/CLIENT", Hresult.APPLICATION_FAILED),
        ("DMClient/Provider", Hresult.DMCLIENT_FAILED),
        ("wap-provisioningdoc", Hresult.PROVISIONING_FAILED),
        ("bytes", Hresult.PROVISIONING_FAILED),
    ],
)
def test_a_refused_document_has_the_number_of_the_provider_that_stumbled(
    where: str, error: Hresult
) -> None:
    """Which one it was is the first word of the place."""
    assert from_breach(BadMessage("", where=where)) is error
