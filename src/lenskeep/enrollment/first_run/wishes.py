"""The nodes of the status page. CSP: DMClient/Provider/{ID}/FirstSyncStatus."""

from collections.abc import Iterator
from typing import Final

from lenskeep.enrollment.first_run.goods import Expected
from lenskeep.enrollment.first_run.model import Button, FirstRunPlan, Trouble
from lenskeep.enrollment.wishes.wish import HouseWish
from lenskeep.tree.operation import Verb
from lenskeep.tree.value import Format

FIRST_RESET: Final = (22621, 1244)
"""The first build whose page offers a reset (HoloLens release notes, 23H1)."""
COMPUTER_NAME: Final = "./DevDetail/Ext/Microsoft/DNSComputerName"
_FLAGS: Final = {Button.RESET: 1, Button.RETRY: 2, Button.CONTINUE: 4}
"""CSP: DMClient/Provider/{ID}/FirstSyncStatus/BlockInStatusPage."""
_TEXT: Final = "first run: "


class StatusPage:
    """The wishes on the status page of one provider's account."""

    def __init__(self, provider: str) -> None:
        self._account = f"Vendor/MSFT/DMClient/Provider/{provider}"

    def skip_device(self) -> HouseWish:
        """Show the page while the device is set up."""
        return self._device("SkipDeviceStatusPage", Format.BOOL, "false", "the page is shown")

    def skip_user(self, *, skip: bool) -> HouseWish:
        """Show the page to users at sign-in, or not any more."""
        text = "later users are not held up" if skip else "the first user sees the page too"
        value = "true" if skip else "false"
        return self._device("SkipUserStatusPage", Format.BOOL, value, text, insists=skip)

    def announcement(self, plan: FirstRunPlan, build: str) -> Iterator[HouseWish]:
        """Yield what says how the page behaves, without the lists."""
        yield self.skip_device()
        if plan.user_page:
            yield self.skip_user(skip=False)
        minutes = str(plan.timeout_min)
        yield self._device("TimeOutUntilSyncFailure", Format.INT, minutes, "how long it may take")
        flags = str(flags_of(plan.buttons, build))
        yield self._device("BlockInStatusPage", Format.INT, flags, "what it offers when it fails")
        logs = "true" if plan.collect_logs else "false"
        yield self._device("AllowCollectLogsButton", Format.BOOL, logs, "whether it offers logs")
        if plan.error_text:
            text = "what it says when it fails"
            yield self._device("CustomErrorText", Format.CHR, plan.error_text, text, turns=True)
        if plan.name_template:
            reason = f"{_TEXT}the headset's name, from its next restart on"
            template = plan.name_template
            yield HouseWish(COMPUTER_NAME, Verb.REPLACE, Format.CHR, template, reason)

    def lists(self, expected: Expected, *, user: bool = False) -> Iterator[HouseWish]:
        """Yield the lists of what has to be there."""
        for name, value in expected.lists():
            uri = self._uri(f"FirstSyncStatus/{name}", user=user)
            reason = f"{_TEXT}what has to be there"
            yield HouseWish(uri, Verb.REPLACE, Format.CHR, value, reason, insists=user, turns=True)

    def finished(self) -> HouseWish:
        """Say that the device has all."""
        text = "all is delivered"
        return self._device(
            "ServerHasFinishedProvisioning", Format.BOOL, "true", text, insists=True
        )

    def ended(self, trouble: Trouble) -> Iterator[HouseWish]:
        """Yield how it ends where something failed, or time is up."""
        success, text = ("1", "let in") if trouble is Trouble.LET_IN else ("0", "shown as failed")
        yield self._device("WasDeviceSuccessfullyProvisioned", Format.INT, success, text)
        if trouble is Trouble.LET_IN:
            yield self._device("IsSyncDone", Format.BOOL, "true", text)

    def user_account(self) -> HouseWish:
        """Make the account's node of the signed-in user, which is not there by itself.

        seen: on Windows it has to be added before anything below it is written.
        """
        uri = self._uri("", user=True)
        reason = f"{_TEXT}the user's part of the account"
        return HouseWish(uri, Verb.ADD, Format.NODE, None, reason, insists=True)

    def user_finished(self) -> HouseWish:
        """Say that the user has all; 405 until the user's context is ready (seen: Windows)."""
        uri = self._uri("FirstSyncStatus/ServerHasFinishedProvisioning", user=True)
        reason = f"{_TEXT}all of the user is delivered"
        return HouseWish(uri, Verb.REPLACE, Format.BOOL, "true", reason, insists=True)

    def _device(
        self,
        name: str,
        form: Format,
        value: str,
        text: str,
        *,
        insists: bool = False,
        turns: bool = False,
    ) -> HouseWish:
        uri = self._uri(f"FirstSyncStatus/{name}", user=False)
        return HouseWish(uri, Verb.REPLACE, form, value, _TEXT + text, insists, turns)

    def _uri(self, below: str, *, user: bool) -> str:
        scope = "./User" if user else "./Device"
        return f"{scope}/{self._account}" + (f"/{below}" if below else "")


def flags_of(buttons: frozenset[Button], build: str) -> int:
    """Return BlockInStatusPage. Where the build has no reset, nobody is left without a button.

    assumed: a build that does not know the reset button shows none in its place.
    """
    if Button.RESET in buttons and not has_reset(build):
        buttons = (buttons - {Button.RESET}) or frozenset({Button.CONTINUE})
    return sum(_FLAGS[each] for each in buttons)


def has_reset(build: str) -> bool:
    """Return whether this build (`22621.1244`) has the button; one that is not known has."""
    parts = build.split(".")
    if not all(each.isascii() and each.isdecimal() for each in parts):
        return True
    number, revision = int(parts[0]), int(parts[1]) if len(parts) > 1 else 0
    return (number, revision) >= FIRST_RESET
