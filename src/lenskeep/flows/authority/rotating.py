"""The certificate authority: how it stands, and the three steps of its rotation.

Each step is refused while devices would be left behind, with their number and names; force is for
who knows that they are gone. What changes counts in this very process at once; another process on
the same data folder notices within a minute.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from lenskeep.access import Caller, Permission, demand
from lenskeep.base.errors import Conflict, shown
from lenskeep.base.identifiers import DeviceId
from lenskeep.certificates.keys import dump_certificate
from lenskeep.certificates.rotation import Era, Eras, rotate_by
from lenskeep.enrollment.renewing import window_opens
from lenskeep.flows.authority.resting import (
    Rest,
    Resting,
    bring_over,
    find_resting,
    read_eras,
)
from lenskeep.flows.house import House, read_trust
from lenskeep.flows.people import audit_line
from lenskeep.flows.records import Audit, Certificate
from lenskeep.wire.wap import thumbprint

_NAMED: Final = 5
"""Devices named in a refusal; all of them are on the list."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One era."""

    era: Era
    issues: bool
    serves: bool
    devices: int
    """Devices with a certificate of it that counts."""


@dataclass(frozen=True, slots=True)
class AuthorityView:
    """How the authority stands."""

    eras: tuple[Shown, ...]
    """Those that count, the oldest first."""
    is_rotating: bool
    retiring: tuple[Rest, ...]
    """Devices that hold up the end of a rotation."""
    rotate_by: datetime
    """When to begin the next rotation at the latest."""
    advice: str
    """What to do next, in words; empty for nothing."""

    @property
    def without_root(self) -> int:
        """How many devices lack the newest root."""
        return sum(not each.has_root for each in self.retiring)


@dataclass(frozen=True, slots=True)
class Paper:
    """A device's certificate as an administrator sees it."""

    certificate: Certificate
    renews_from: datetime
    """From when its headset is expected to renew it."""
    state: str
    """`in use`, `not used yet`, `ended` or `revoked`."""


async def show_authority(house: House, caller: Caller) -> AuthorityView:
    """Return how the authority stands."""
    demand(caller, Permission.SEE)
    state, eras = await asyncio.to_thread(read_eras, house)
    return _view(house, state, eras, await find_resting(house, state, eras))


async def rotate(
    house: House, caller: Caller, *, keep_root: bool = False, renew_now: bool = False
) -> AuthorityView:
    """Begin a rotation: new issuers, under a new root or the same one, and the new root to all.

    Raises Conflict while one is under way. `renew_now` has the headsets renew at their next
    contact instead of within a certificate's life.
    """
    demand(caller, Permission.ADMINISTER)
    files = house.authorities.files
    state = await asyncio.to_thread(files.begin, keep_root=keep_root)
    detail = {"era": str(state.issuing), "root": "the same" if keep_root else "new"}
    line = audit_line(house, caller, "authority.rotate", _era(state), detail)
    await _moved(house, line)
    await deliver(house, caller, renew_now=renew_now)
    return await show_authority(house, caller)


async def deliver(house: House, caller: Caller, *, renew_now: bool = False) -> int:
    """Send the new root, again, to whoever lacks it; return how many devices that reaches.

    Raises Conflict without a rotation.
    """
    demand(caller, Permission.ADMINISTER)
    state, eras = await asyncio.to_thread(read_eras, house)
    if not state.is_rotating:
        raise Conflict("no rotation is under way")
    resting = await find_resting(house, state, eras)
    reached = await bring_over(house, caller, resting, renew_now=renew_now)
    detail = {"devices": str(reached), "renew_now": "yes" if renew_now else "no"}
    line = audit_line(house, caller, "authority.deliver", _era(state), detail)
    await house.authorities.living.note(line)
    return reached


async def serve_new(house: House, caller: Caller, *, force: bool = False) -> AuthorityView:
    """Show a server certificate of the newest era.

    Raises Conflict where it is shown already, and while a device would not trust it.
    """
    demand(caller, Permission.ADMINISTER)
    state, eras = await asyncio.to_thread(read_eras, house)
    state.serve()
    resting = await find_resting(house, state, eras)
    if house.settings.tls_certificate is None:
        _refuse(resting.without_root, "would not trust this server", force=force)
    state = await asyncio.to_thread(house.authorities.files.serve)
    line = audit_line(house, caller, "authority.serve", _era(state), _left(resting.without_root))
    await _moved(house, line)
    return await show_authority(house, caller)


async def finish(house: House, caller: Caller, *, force: bool = False) -> AuthorityView:
    """End the rotation: only the newest era counts, and is shown.

    Raises Conflict without a rotation, and while a device rests on an older era: it would
    have to enroll again.
    """
    demand(caller, Permission.ADMINISTER)
    state, eras = await asyncio.to_thread(read_eras, house)
    state.finish()
    resting = await find_resting(house, state, eras)
    _refuse(resting.retiring, "would have to enroll again", force=force)
    state = await asyncio.to_thread(house.authorities.files.finish)
    line = audit_line(house, caller, "authority.finish", _era(state), _left(resting.retiring))
    await _moved(house, line)
    return await show_authority(house, caller)


async def certificates_of(house: House, caller: Caller, device_id: DeviceId) -> tuple[Paper, ...]:
    """Return a device's certificates, the newest first. Raises Missing."""
    demand(caller, Permission.SEE)
    detail = await house.fleet.device(device_id)
    found = [each for papers in detail.certificates.values() for each in papers]
    found.sort(key=lambda each: each.not_before, reverse=True)
    now, days = house.clock.now(), house.settings.renew_days
    return tuple(
        Paper(each, window_opens(each.not_after, days), _state(each, now)) for each in found
    )


def _state(certificate: Certificate, now: datetime) -> str:
    if certificate.revoked_at is not None:
        return "revoked"
    if now >= certificate.not_after:
        return "ended"
    unused = certificate.replaces is not None and certificate.used_at is None
    return "not used yet" if unused else "in use"


def thumbprint_of(era: Era) -> str:
    """Return the SHA-1 of its root, as headsets name it."""
    return thumbprint(dump_certificate(era.root))


# --- steps --------------------------------------------------------------------------------


async def _moved(house: House, line: Audit) -> None:
    """Let a step count here and now, and write it down."""
    house.authorities.exchange(await asyncio.to_thread(read_trust, house.authorities.files))
    await house.authorities.living.note(line)


def _era(state: Eras) -> str:
    return f"era {state.issuing}"


def _refuse(rests: Sequence[Rest], what: str, *, force: bool) -> None:
    if not rests or force:
        return
    names = ", ".join(shown(each.name or each.device_id) for each in rests[:_NAMED])
    more = f" and {len(rests) - _NAMED} more" if len(rests) > _NAMED else ""
    raise Conflict(f"{len(rests)} headsets {what}: {names}{more}")


def _left(rests: Sequence[Rest]) -> dict[str, str]:
    return {"left_behind": str(len(rests))}


# --- looking ------------------------------------------------------------------------------


def _view(house: House, state: Eras, eras: Sequence[Era], resting: Resting) -> AuthorityView:
    newest = eras[-1]
    by = rotate_by(newest.devices, house.settings.certificate_days)
    return AuthorityView(
        eras=tuple(
            Shown(
                each,
                issues=each.number == state.issuing,
                serves=each.number == state.serving,
                devices=resting.counts[each.number],
            )
            for each in eras
        ),
        is_rotating=state.is_rotating,
        retiring=resting.retiring,
        rotate_by=by,
        advice=_advice(house, state, resting, by),
    )


def _advice(house: House, state: Eras, resting: Resting, by: datetime) -> str:
    if not state.is_rotating:
        late = house.clock.now() >= by
        return "Begin a rotation: the issuer ends before long." if late else ""
    lacking, left = len(resting.without_root), len(resting.retiring)
    if state.serving != state.issuing and lacking:
        return f"Wait until the new root has reached {lacking} more headsets."
    if left:
        return f"Wait until {left} more headsets have renewed their certificates."
    return "All headsets have come over: finish the rotation."
