"""Sessions: one at a time, or for as long as the schedule goes on."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from lenskeep.base.errors import Invalid
from lenskeep.cli.virtual.plainly import AsJson, State, UserAtHeadset, Who, run, token_of
from lenskeep.cli.virtual.reports import print_report
from lenskeep.virtual.headset import VirtualHeadset
from lenskeep.virtual.polling import Polling, keep_polling
from lenskeep.virtual.session.report import SyncOptions
from lenskeep.virtual.transport import Accidents


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(name="sync")(sync)
    app.command(name="run")(poll)


def sync(
    state: State,
    user: UserAtHeadset = Who.USER,
    lose_answer: Annotated[int, typer.Option(help="Lose the answer to message N.")] = 0,
    lose_request: Annotated[int, typer.Option(help="Lose message N on its way.")] = 0,
    double: Annotated[int, typer.Option(help="Send message N twice.")] = 0,
    truncate: Annotated[int, typer.Option(help="Cut message N short once.")] = 0,
    slow: Annotated[float, typer.Option(help="Wait so many seconds before each message.")] = 0.0,
    fail: Annotated[
        list[str] | None, typer.Option("--fail", help="URI=STATUS: this node fails so.")
    ] = None,
    drop_on: Annotated[
        str | None, typer.Option(help="Fall silent when this node is addressed.")
    ] = None,
    no_client_certificate: Annotated[
        bool, typer.Option("--no-client-certificate", help="Prove itself by digest alone.")
    ] = False,
    entra_token_file: Annotated[
        Path | None,
        typer.Option(help="Token of the Entra user who is signed in; - reads it from the pipe."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run one management session, or finish the one that was interrupted."""
    accidents = Accidents(
        lose_request=lose_request,
        lose_answer=lose_answer,
        double=double,
        truncate=truncate,
        slow_s=slow,
    )

    async def work() -> None:
        options = SyncOptions(
            user=user.value,
            accidents=accidents,
            failing=dict(_failing(each) for each in fail or []),
            drop_on=drop_on,
            client_certificate=not no_client_certificate,
            entra_token=token_of(entra_token_file),
        )
        report = await VirtualHeadset.open(state).sync(options)
        print_report(report, as_json=as_json)

    run(work())


def _failing(text: str) -> tuple[str, int]:
    uri, _, status = text.rpartition("=")
    if not uri or not status.isdecimal():
        raise Invalid.field("fail", f"{text!r} is not URI=STATUS")
    return uri, int(status)


def poll(state: State, user: UserAtHeadset = Who.USER) -> None:
    """Keep polling by the schedule that the server gave, until Ctrl-C. Takes a fleet's folder."""

    async def work() -> None:
        folders = [state] if (state / "state.json").exists() else sorted(state.glob("*/"))
        headsets = [VirtualHeadset.open(folder) for folder in folders or [state]]
        how = Polling(SyncOptions(user=user.value), print)
        await asyncio.gather(*(keep_polling(each, how) for each in headsets))

    try:
        run(work())
    except KeyboardInterrupt:
        print("Stopped.")
