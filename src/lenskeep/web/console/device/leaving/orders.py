"""The forms that send a device away, call it back, say where it is, or revoke it."""

from collections.abc import Awaitable, Callable
from typing import Final

from starlette.responses import Response

from lenskeep.access import Permission, demand
from lenskeep.base.errors import Complaint, Conflict, Invalid
from lenskeep.enrollment.leaving.ways import Exit
from lenskeep.flows.entrance import Custody
from lenskeep.flows.leaving import keeping, sending
from lenskeep.flows.leaving.keeping import By
from lenskeep.flows.leaving.order import Order
from lenskeep.flows.leaving.showing import show_leaving
from lenskeep.flows.records import DeviceRow
from lenskeep.web.console.device.leaving.page import FORMS, Said, answer
from lenskeep.web.console.device.pages import device_id
from lenskeep.web.console.page import Visit, go

Act = Callable[[Visit, Order], Awaitable[object]]
_UNREAD: Final = Complaint("anyway", "what speaks against it was not accepted", "the box is ticked")


async def unenroll(visit: Visit) -> Response:
    """Tell the device to leave."""

    async def act(visit: Visit, order: Order) -> object:
        return await sending.unenroll(visit.house, visit.caller, device_id(visit), order)

    return await _send(visit, Exit.UNENROLL, act)


async def wipe(visit: Visit) -> Response:
    """Tell the device to reset itself, whole or keeping what provisioning brought."""
    keeps = visit.form.get("keep") == "1"

    async def act(visit: Visit, order: Order) -> object:
        return await sending.wipe(
            visit.house, visit.caller, device_id(visit), order, keep_provisioning=keeps
        )

    return await _send(visit, Exit.WIPE_KEEPING if keeps else Exit.WIPE, act)


async def stay(visit: Visit) -> Response:
    """Take the device back that was told to go."""

    async def act(visit: Visit, _: Order) -> object:
        return await sending.call_back(visit.house, visit.caller, device_id(visit))

    return await _do(visit, "stay", act)


async def retire(visit: Visit) -> Response:
    """Take the device out of service."""
    demand(visit.caller, Permission.ADMINISTER)
    by = _chosen(visit, "by", By.NOW)
    exits = {By.UNENROLL: Exit.UNENROLL, By.WIPE: Exit.WIPE}
    complaints = await _wrong(visit, exits.get(by), needs_name=True)
    if complaints:
        return await _again(visit, "retire", complaints)

    async def act(visit: Visit, order: Order) -> object:
        return await keeping.retire(visit.house, visit.caller, device_id(visit), by, order)

    return await _do(visit, "retire", act)


async def custody(visit: Visit) -> Response:
    """Say where the device is."""
    demand(visit.caller, Permission.OPERATE)
    try:
        where = Custody(visit.form.get("custody", ""))
    except ValueError:
        wrong = Complaint("custody", "it was not said where the headset is", "one of them")
        return await _again(visit, "custody", (wrong,))

    async def act(visit: Visit, order: Order) -> object:
        device = device_id(visit)
        return await keeping.set_custody(visit.house, visit.caller, device, where, order.reason)

    return await _do(visit, "custody", act)


async def revoke(visit: Visit) -> Response:
    """Refuse the device from now on."""
    demand(visit.caller, Permission.ADMINISTER)
    complaints = await _wrong(visit, None, needs_name=True)
    if complaints:
        return await _again(visit, "revoke", complaints)

    async def act(visit: Visit, order: Order) -> object:
        return await keeping.revoke(visit.house, visit.caller, device_id(visit), order)

    return await _do(visit, "revoke", act)


# --- what they share ----------------------------------------------------------------------


async def _send(visit: Visit, exit_: Exit, act: Act) -> Response:
    demand(visit.caller, Permission.OPERATE)
    form = FORMS[exit_]
    complaints = await _wrong(visit, exit_, needs_name=exit_ is not Exit.UNENROLL)
    return await _again(visit, form, complaints) if complaints else await _do(visit, form, act)


async def _do(visit: Visit, form: str, act: Act) -> Response:
    """Do it and go back to the page, or show the form once more with what is wrong."""
    try:
        await act(visit, _order(visit))
    except Invalid as invalid:
        return await _again(visit, form, invalid.complaints)
    except Conflict as conflict:
        return await _again(visit, form, (Complaint("", str(conflict)),), 409)
    return go(visit.request, f"/devices/{device_id(visit)}/leaving")


async def _again(
    visit: Visit, form: str, complaints: tuple[Complaint, ...], status: int = 422
) -> Response:
    return await answer(visit, Said(form, visit.form, complaints), status)


async def _wrong(visit: Visit, exit_: Exit | None, *, needs_name: bool) -> tuple[Complaint, ...]:
    """Return everything that is wrong with an order, where the flow would name the first alone."""
    view = await show_leaving(visit.house, visit.caller, device_id(visit))
    order, found = _order(visit), []
    way = next((each for each in view.ways if each.exit is exit_), None)
    if way is not None and way.possible and way.dangers and not order.anyway:
        found.append(_UNREAD)
    if needs_name:
        found.extend(_unnamed(order, view.row))
    try:
        order.checked_reason()
    except Invalid as invalid:
        found.extend(invalid.complaints)
    return tuple(found)


def _unnamed(order: Order, row: DeviceRow) -> tuple[Complaint, ...]:
    try:
        order.demand_confirmed(row)
    except Invalid as invalid:
        return invalid.complaints
    return ()


def _order(visit: Visit) -> Order:
    typed = visit.form
    return Order(typed.get("confirm", ""), typed.get("anyway") == "1", typed.get("reason", ""))


def _chosen(visit: Visit, name: str, usual: By) -> By:
    try:
        return By(visit.form.get(name, ""))
    except ValueError:
        return usual
