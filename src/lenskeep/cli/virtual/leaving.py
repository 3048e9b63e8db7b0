"""How a headset leaves management, comes back, and renews its certificate in between."""

from typing import Annotated

import typer

from lenskeep.cli.virtual.plainly import Home, State, UserAtHeadset, Who, opened, run
from lenskeep.cli.virtual.reports import print_report
from lenskeep.virtual.session.report import SyncOptions


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(name="unenroll")(unenroll)
    app.command(name="disconnect")(disconnect)
    app.command(name="reset")(reset)
    app.command(name="renew")(renew)


def unenroll(state: State, user: UserAtHeadset = Who.USER) -> None:
    """Leave management, as the wearer does with Disconnect."""
    print_report(run(opened(state).unenroll(SyncOptions(user=user.value))))


def disconnect(home: Home) -> None:
    """Leave management, as the wearer does with Disconnect. A headset that joined cannot."""
    print_report(run(opened(home).unenroll()))


def reset(
    home: Home,
    keep_package: Annotated[
        bool, typer.Option("--keep-package", help="Keep the provisioning package.")
    ] = False,
) -> None:
    """Reset the headset as somebody does who has it in his hands; it keeps its hardware id."""
    headset = opened(home)
    headset.reset(keep_package=keep_package)
    print(f"{headset.device.state.hardware.name} is as from the box.")


def renew(
    home: Home,
    force: Annotated[bool, typer.Option("--force", help="Renew now, due or not.")] = False,
) -> None:
    """Renew the certificate if its time has come, as the headset does by itself."""
    headset = opened(home)

    async def work() -> None:
        if force:
            await headset.renew(tell=print)
        elif not await headset.renew_if_due():
            print(f"Not yet: it renews from {headset.renewal_due_at:%Y-%m-%d %H:%M} UTC on.")

    run(work())
