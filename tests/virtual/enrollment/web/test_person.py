"""What people type and press on pages that they have never seen before."""

import pytest

from lenskeep.virtual.enrollment.web.page import Field, read_page
from lenskeep.virtual.enrollment.web.person import Filled, WebPerson, entries, press

ANNA = WebPerson("anna", "word", "123456")
URL = "https://idp.example/"


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        (Field("login", "text"), "anna"),
        (Field("Email", "email"), "anna"),
        (Field("loginfmt", "text", "old"), "anna"),
        (Field("password", "password"), "word"),
        (Field("otp", "text"), "123456"),
        (Field("one-time-code", "password"), "123456"),
        (Field("csrf", "hidden", "kept"), "kept"),
        (Field("csrf_token", "hidden", "kept"), "kept"),
        (Field("remember", "checkbox", "on"), "on"),
        (Field("color", "radio", "red"), None),
        (Field("color", "radio", "blue", checked=True), "blue"),
        (Field("picture", "file"), None),
        (Field("city", "text", "Ulm"), "Ulm"),
    ],
)
def test_what_goes_into_a_field(field: Field, typed: str | None) -> None:
    assert typed == ANNA.typed(field)


def test_who_has_only_a_code_types_it_for_the_password() -> None:
    assert WebPerson("anna", code="7").typed(Field("password", "password")) == "7"


def test_the_button_that_says_no_is_not_pressed_by_itself() -> None:
    form = read_page(
        URL,
        "<form><button name=d value=cancel>Cancel</button>"
        "<button name=d value=1>Go</button></form>",
    ).forms[0]

    assert entries(form, Filled(), ANNA) == [("d", "1")]
    assert entries(form, Filled(button="cancel"), ANNA) == [("d", "cancel")]
    assert press(form, "no such button") is None


def test_a_form_that_nobody_can_send_is_passed_over() -> None:
    page = read_page(
        URL,
        "<form><input type=hidden name=a></form><form><input name=user><button>Go</button></form>",
    )

    assert ANNA.fill(page) == Filled(form=1)
    assert ANNA.fill(read_page(URL, "nothing")) is None


def test_what_was_typed_stands_in_no_text() -> None:
    assert "word" not in repr(ANNA)
    assert "123456" not in repr(ANNA)
    assert "secret" not in repr(Filled({"pw": "secret"}))
