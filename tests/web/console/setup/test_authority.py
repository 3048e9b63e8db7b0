"""The certificate authority as bars of time, and the steps of its rotation."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.web.console.conftest import Browser

from lenskeep.access import Caller, CallerKind, Role
from lenskeep.base.identifiers import DeviceId, EnrollmentId
from lenskeep.flows.authority.resting import Rest
from lenskeep.flows.authority.rotating import AuthorityView, deliver, finish, rotate
from lenskeep.web.console.setup.authority import Span, step_of

PATH = "/enrollment/authority"
ADMIN = Caller(CallerKind.CONSOLE, "test", Role.ADMIN)
NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


async def test_at_rest_one_authority_is_drawn_and_nothing_is_to_do(browser: Browser) -> None:
    await browser.sign_in("viewer")

    page = (await browser.get(PATH)).text

    assert "Nothing to do" in page
    assert page.count('class="lk-life" role="img"') == 3
    assert "<b>0</b> headsets under it" in page
    assert '<li aria-current="step"><b>Begin.</b>' in page
    for command in ("status", "rotate", "deliver", "serve-new", "finish-rotation", "show"):
        assert f">lenskeep ca {command}</code>" in page


async def test_amid_a_rotation_both_are_drawn_and_the_next_step_is_marked(
    browser: Browser,
) -> None:
    await browser.sign_in("viewer")

    await rotate(browser.house, ADMIN)
    page = (await browser.get(PATH)).text
    await deliver(browser.house, ADMIN)
    await finish(browser.house, ADMIN)
    after = (await browser.get(PATH)).text

    assert "The authority is being replaced" in page
    assert "Authority 1" in page
    assert "Authority 2" in page
    assert page.index("Authority 2") < page.index("Authority 1")
    assert '<li aria-current="step"><b>Finish.</b>' in page
    assert "Authority 1" not in after
    assert "Nothing to do" in after


async def test_nothing_of_it_can_be_done_from_here(browser: Browser) -> None:
    await browser.sign_in("admin")

    page = (await browser.get(PATH)).text
    answer = await browser.send(PATH)

    assert page.partition("<main")[2].count("<form") == 0
    assert answer.status_code == 405


@pytest.mark.parametrize(
    ("is_rotating", "waiting", "step"),
    [(False, 0, "begin"), (True, 2, "wait"), (True, 0, "finish")],
)
def test_the_step_that_is_next_follows_from_who_is_left(
    is_rotating: bool, waiting: int, step: str
) -> None:
    """Nothing is finished over a headset's head."""
    rest = Rest(DeviceId("dev_1"), "HOLO", EnrollmentId("enr_1"), NOW, NOW, has_root=False)
    view = AuthorityView((), is_rotating, (rest,) * waiting, NOW, "")

    assert step_of(view) == step


def test_moments_are_placed_in_percent_and_never_outside() -> None:
    """The ends of the picture are the ends of the time."""
    span = Span(NOW, NOW + timedelta(days=10))

    assert [span.place(NOW + timedelta(days=each)) for each in (-5, 0, 5, 10, 99)] == [
        0.0,
        0.0,
        50.0,
        100.0,
        100.0,
    ]
