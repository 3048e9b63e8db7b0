"""The document on first run: defaults, every complaint at once, and no loss when it is written."""

import pytest

from lenskeep.base.errors import Invalid
from lenskeep.enrollment.first_run.document import plan_body, read_plan
from lenskeep.enrollment.first_run.model import Button, FirstRunPlan, Kind, Trouble
from lenskeep.enrollment.first_run.wishes import flags_of

WAYS = ("autopilot", "entra join")
FAMILY = "Contoso.Guide_8wekyb3d8bbwe"


def test_nothing_said_is_off() -> None:
    """Nobody is held up by a document that names no way."""
    plan = read_plan({}, WAYS)

    assert plan == FirstRunPlan()
    assert plan.is_on is False


def test_a_whole_document_is_read_and_written_without_loss() -> None:
    """What was written is read as the same plan."""
    given = {
        "ways": ["autopilot"],
        "timeout_min": 90,
        "buttons": ["reset", "continue"],
        "collect_logs": False,
        "error_text": "Call Anna",
        "user_page": True,
        "kinds": ["policies", "networks"],
        "profiles": ["prf_1"],
        "apps": [FAMILY],
        "on_trouble": "show error",
        "name_template": "HL-%SERIAL%",
    }

    plan = read_plan(given, WAYS)

    assert plan.buttons == {Button.RESET, Button.CONTINUE}
    assert plan.kinds == {Kind.POLICIES, Kind.NETWORKS}
    assert plan.on_trouble is Trouble.SHOW_ERROR
    assert read_plan(plan_body(plan), WAYS) == plan


def test_every_complaint_is_told_at_once() -> None:
    """Wrong ways, times, buttons, names and fields."""
    given = {
        "ways": ["by pigeon"],
        "timeout_min": 1441,
        "buttons": "reset",
        "collect_logs": "yes",
        "error_text": "x" * 401,
        "apps": ["no family"],
        "on_trouble": "panic",
        "name_template": "a b",
        "colour": "blue",
    }

    with pytest.raises(Invalid) as caught:
        read_plan(given, WAYS)

    assert [each.field for each in caught.value.complaints] == [
        "ways[0]",
        "timeout_min",
        "buttons",
        "collect_logs",
        "error_text",
        "apps[0]",
        "on_trouble",
        "name_template",
        "'colour'",
    ]


@pytest.mark.parametrize("given", [None, [], "on", 1, {"timeout_min": True}, {"timeout_min": 0}])
def test_what_is_no_document_is_refused(given: object) -> None:
    """Only an object with possible values is one."""
    with pytest.raises(Invalid):
        read_plan(given, WAYS)


@pytest.mark.parametrize(
    ("buttons", "build", "flags"),
    [
        (set(), "22621.1244", 0),
        ({Button.RESET}, "22621.1244", 1),
        ({Button.RETRY}, "19041.1128", 2),
        ({Button.RESET, Button.RETRY, Button.CONTINUE}, "25000.1", 7),
        ({Button.RESET, Button.RETRY}, "22621.1243", 2),
        ({Button.RESET}, "20348.1432", 4),
        ({Button.RESET}, "", 1),
    ],
)
def test_the_reset_button_is_for_builds_that_have_it(
    buttons: set[Button], build: str, flags: int
) -> None:
    """Before 22621.1244 nobody is left on a page without a button."""
    assert flags_of(frozenset(buttons), build) == flags
