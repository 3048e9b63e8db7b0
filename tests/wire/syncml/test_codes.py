"""Status codes in words, and alert types compared."""

import pytest

from lenskeep.wire.syncml import codes
from lenskeep.wire.syncml.codes import StatusCode, is_success, is_type, meaning


@pytest.mark.parametrize("code", StatusCode)
def test_every_code_has_words_of_its_own(code: StatusCode) -> None:
    words = meaning(code)

    assert words.endswith(".")
    assert len(words) < 200
    assert sum(meaning(other) == words for other in StatusCode) == 1


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (199, "progress"),
        (299, "accepted"),
        (399, "elsewhere"),
        (499, "refused"),
        (599, "could not"),
        (12345, "could not"),
    ],
)
def test_an_unknown_code_has_the_words_of_its_class(code: int, words: str) -> None:
    assert words in meaning(code)


@pytest.mark.parametrize(
    ("code", "step"),
    [
        (404, "spelling"),
        (405, "signed in"),
        (406, "edition"),
        (418, "replace"),
        (425, "permission"),
    ],
)
def test_the_words_say_the_next_step(code: int, step: str) -> None:
    assert step in meaning(code)


def test_success_ends_where_rolling_back_begins() -> None:
    assert [code for code in StatusCode if is_success(code)] == [200, 201, 202, 204, 212, 213]


def test_alert_types_compare_without_case_and_white_space() -> None:
    assert is_type(" COM.microsoft/mdm/loginstatus\n", codes.LOGIN_STATUS)
    assert is_type(codes.UNENROLLMENT, codes.UNENROLLMENT)
    assert not is_type("com.microsoft/MDM/LoginStatus2", codes.LOGIN_STATUS)
    assert not is_type(None, codes.LOGIN_STATUS)
