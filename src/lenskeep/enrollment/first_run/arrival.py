"""How far a headset's first run is, and what comes next: a state machine without a clock.

    announcing -> delivering -> releasing -> over

It moves forward alone. What the headset was told and took stands in a book; what was lost is told
again, so no step is skipped. It is let go when all that is expected is there, or when time is up,
and it is told so in every session until it takes it. Users who come later are never held up.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Final

from lenskeep.enrollment.first_run.document import plan_body, read_plan
from lenskeep.enrollment.first_run.goods import NOTHING, Goods
from lenskeep.enrollment.first_run.model import FirstRunPlan
from lenskeep.enrollment.first_run.wishes import StatusPage
from lenskeep.enrollment.wishes.book import Book
from lenskeep.enrollment.wishes.wish import HouseWish
from lenskeep.wire.syncml.codes import StatusCode


class Stage(Enum):
    """Where first run stands; the value is stored and shown."""

    ANNOUNCING = "announcing"
    """The headset is told that it is held up, for how long, and what is expected."""
    DELIVERING = "delivering"
    """It gets its settings."""
    RELEASING = "releasing"
    """It is told that it may go on, until it takes it."""
    OVER = "over"


class Outcome(Enum):
    """How it ended; the value is stored and shown."""

    OPEN = ""
    DONE = "done"
    FAILED = "failed"
    """All is settled, and something that was expected was refused."""
    TIMED_OUT = "timed out"
    NO_PAGE = "no status page"
    """The headset has none, so that nothing held it up."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """The first run of one headset."""

    plan: FirstRunPlan
    """As it was when the headset enrolled; `ways` is of no interest any more."""
    began_at: datetime
    build: str
    """Claimed at enrollment, `22621.1244`; empty for none."""
    stage: Stage = Stage.ANNOUNCING
    outcome: Outcome = Outcome.OPEN

    @property
    def ends_at(self) -> datetime:
        """When its time is up."""
        return self.began_at + timedelta(minutes=self.plan.timeout_min)


@dataclass(frozen=True, slots=True)
class Around:
    """What besides the arrival and the book decides what is next."""

    now: datetime
    user_is_there: bool
    """Whether the enrolled user is signed in."""
    has_told: bool
    """Whether the headset has told what it is: only then is it known what reaches it."""
    goods: Goods | None
    """None: all that is wanted of it is settled, whatever it is."""


def begin(
    plan: FirstRunPlan, way: str, *, has_user: bool, build: str, now: datetime
) -> Arrival | None:
    """Return the first run of a headset that came this way; None where none is wanted.

    Without a user there is nobody whose sign-in would release the page again: it is not shown to
    users then.
    """
    if way not in plan.ways:
        return None
    user_page = plan.user_page and has_user
    kept = replace(plan, ways=frozenset(), user_page=user_page)
    return Arrival(kept, now, build)


def wishes(arrival: Arrival, book: Book, page: StatusPage, around: Around) -> tuple[HouseWish, ...]:
    """Return what is wanted of the headset at this stage, what it took already included."""
    match arrival.stage:
        case Stage.ANNOUNCING | Stage.DELIVERING:
            return tuple(_announced(arrival, page, around))
        case Stage.RELEASING:
            return tuple(_released(arrival, book, page, around))
        case Stage.OVER:
            return ()


def advance(arrival: Arrival, book: Book, page: StatusPage, around: Around) -> Arrival:
    """Return it as far as it has come; again without news it is the same."""
    while True:
        after = _next(arrival, book, page, around)
        if after == arrival:
            return arrival
        arrival = after


# --- announcing and delivering ------------------------------------------------------------


def _announced(arrival: Arrival, page: StatusPage, around: Around) -> Iterator[HouseWish]:
    """Yield the announcement; lists once the headset told what it is, anew where they change."""
    yield from page.announcement(arrival.plan, arrival.build)
    if around.has_told and around.goods is not None:
        yield from page.lists(around.goods.device)
        if arrival.plan.user_page and around.user_is_there:
            yield from page.lists(around.goods.user, user=True)


def _next(arrival: Arrival, book: Book, page: StatusPage, around: Around) -> Arrival:
    match arrival.stage:
        case Stage.ANNOUNCING:
            return _after_announcing(arrival, book, page, around)
        case Stage.DELIVERING:
            return _after_delivering(arrival, book, page, around)
        case Stage.RELEASING:
            return _after_releasing(arrival, book, page)
        case Stage.OVER:
            return arrival


def _after_announcing(arrival: Arrival, book: Book, page: StatusPage, around: Around) -> Arrival:
    if _is_not_there(book, page.skip_device()):
        return replace(arrival, stage=Stage.OVER, outcome=Outcome.NO_PAGE)
    if around.has_told and _is_announced(arrival, book, page, around):
        return replace(_without_user_page(arrival, book, page), stage=Stage.DELIVERING)
    return _late(arrival, around)


def _without_user_page(arrival: Arrival, book: Book, page: StatusPage) -> Arrival:
    """Return it without the users' page where the headset would not have it."""
    if not arrival.plan.user_page or book.has_taken(page.skip_user(skip=False)):
        return arrival
    return replace(arrival, plan=replace(arrival.plan, user_page=False))


def _after_delivering(arrival: Arrival, book: Book, page: StatusPage, around: Around) -> Arrival:
    goods = around.goods or NOTHING
    if goods.waiting_device or not _is_announced(arrival, book, page, around):
        return _late(arrival, around)
    outcome = Outcome.FAILED if goods.failed else Outcome.DONE
    return replace(arrival, stage=Stage.RELEASING, outcome=outcome)


def _late(arrival: Arrival, around: Around) -> Arrival:
    """Return it as let go where its time is up, whatever is missing; else as it is."""
    if around.now < arrival.ends_at:
        return arrival
    return replace(arrival, stage=Stage.RELEASING, outcome=Outcome.TIMED_OUT)


def _is_announced(arrival: Arrival, book: Book, page: StatusPage, around: Around) -> bool:
    """Return whether it took, or refused, all that concerns the device; the user may be away."""
    device = (each for each in _announced(arrival, page, around) if not _is_of_user(each))
    return all(book.is_done(each) for each in device)


# --- releasing ----------------------------------------------------------------------------


def _released(
    arrival: Arrival, book: Book, page: StatusPage, around: Around
) -> Iterator[HouseWish]:
    yield page.finished()
    if arrival.outcome in (Outcome.FAILED, Outcome.TIMED_OUT):
        yield from page.ended(arrival.plan.on_trouble)
    if not arrival.plan.user_page:
        return
    if not book.has_taken(page.user_finished()):
        if _may_release_user(arrival, around):
            yield page.user_account()
            if around.has_told and around.goods is not None:
                yield from page.lists(around.goods.user, user=True)
            yield page.user_finished()
        if around.now < arrival.ends_at:
            return
    else:
        yield page.user_finished()
    yield page.skip_user(skip=True)


def _may_release_user(arrival: Arrival, around: Around) -> bool:
    """Return whether the user at the headset has all, or has waited long enough."""
    waiting = around.goods.waiting_user if around.goods is not None else 0
    return around.user_is_there and (not waiting or around.now >= arrival.ends_at)


def _after_releasing(arrival: Arrival, book: Book, page: StatusPage) -> Arrival:
    """Return it as over once the headset took every release that there is for it."""
    if _is_not_there(book, page.finished()):
        return replace(arrival, stage=Stage.OVER, outcome=Outcome.NO_PAGE)
    needed = [page.finished()]
    if arrival.outcome in (Outcome.FAILED, Outcome.TIMED_OUT):
        needed += page.ended(arrival.plan.on_trouble)
    if arrival.plan.user_page:
        needed += (page.user_finished(), page.skip_user(skip=True))
    if all(book.is_done(each) for each in needed):
        return replace(arrival, stage=Stage.OVER)
    return arrival


_LACKING: Final = (StatusCode.NOT_FOUND, StatusCode.NOT_SUPPORTED)


def _is_not_there(book: Book, wish: HouseWish) -> bool:
    """Return whether the headset says that it has no such node (seen: 404 or 406)."""
    refusal = book.refusal(wish)
    return refusal is not None and refusal.status in _LACKING


def _is_of_user(wish: HouseWish) -> bool:
    return wish.uri.startswith("./User/")


# --- stored -------------------------------------------------------------------------------


def dump_arrival(arrival: Arrival) -> dict[str, Any]:
    """Return the stored form, for JSON."""
    return {
        "plan": plan_body(arrival.plan),
        "began": arrival.began_at.isoformat(),
        "build": arrival.build,
        "stage": arrival.stage.value,
        "outcome": arrival.outcome.value,
    }


def load_arrival(stored: Mapping[str, Any]) -> Arrival:
    """Return what `dump_arrival` stored."""
    return Arrival(
        plan=read_plan(stored["plan"], ()),
        began_at=datetime.fromisoformat(stored["began"]),
        build=stored["build"],
        stage=Stage(stored["stage"]),
        outcome=Outcome(stored["outcome"]),
    )
