"""An ADMX value as a form, and back."""

from lenskeep.web.console.profiles.controls.admx import admx_fields, admx_text

VALUE = '<enabled/><data id="Minutes" value="5"/>'


def test_a_value_comes_back_from_its_form() -> None:
    fields = admx_fields(None, VALUE)

    assert fields is not None
    assert {"s": ("enabled",), "di": ("Minutes",), "dv": ("5",)} == fields
    assert fields == admx_fields(None, admx_text(None, fields))


def test_a_value_whose_ids_a_form_would_change_has_none() -> None:
    assert admx_fields(None, VALUE.replace("Minutes", "\x85")) is None
    assert admx_fields(None, VALUE.replace("Minutes", "Minutes ")) is None
