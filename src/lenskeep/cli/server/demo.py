"""`lenskeep demo`: the main job, shown: a server, three headsets, one profile for all, proved.

Everything is real but the headsets: the server runs as a process of its own on a throwaway data
folder, and all that is asked of it goes through TLS, REST and the protocol.
"""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table

from lenskeep import app as house_app
from lenskeep.access import Caller, CallerKind, Role
from lenskeep.base.errors import LenskeepError
from lenskeep.base.secret import Secret
from lenskeep.cli.output import CommandError, ExitCode
from lenskeep.cli.remote import Access, Remote
from lenskeep.config import DEFAULT_PORT
from lenskeep.files.beside import LocalAccess, local_access
from lenskeep.flows import admins, people
from lenskeep.virtual.headset import VirtualHeadset

START_S: Final = 30
"""Seconds until the server must answer; it takes two on a laptop."""
SYNC_EVERY_S: Final = 3
"""Seconds between two polls of a demo headset: a person at the console is watching."""
CONFIG: Final = "./Device/Vendor/MSFT/Policy/Config/"
ALL_DEVICES: Final = "grp_all"
BUILDS: Final = ("HL2-22621.1244", "HL2-19041.1128", "HL1-17763-Business")


@dataclass(frozen=True, slots=True)
class Wish:
    """What shall be true of every headset that has the setting."""

    policy: str
    value: str
    words: str


WISHES: Final = (
    Wish("DeviceLock/AllowSimpleDevicePassword", "0", "no simple PIN"),
    Wish("Experience/AllowCortana", "0", "Cortana off"),
    Wish("MixedReality/BrightnessButtonDisabled", "1", "brightness fixed"),
    Wish("MixedReality/PreferLogonAsOtherUser", "1", "sign-in asks who it is"),
)
PROVED: Final = {
    "verified": "[green]✔ verified[/]",
    "not applicable": "[dim]– not on this build[/]",
}
"""The states in which a setting is where it should be, and how they are shown."""


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(demo)


def demo(
    leave: Annotated[bool, typer.Option("--exit", help="End after the table.")] = False,
    port: Annotated[
        int, typer.Option(help="Port to listen on; another free one if it is taken.")
    ] = DEFAULT_PORT,
) -> None:
    """Start a server, enroll three virtual headsets, give them a profile, verify every setting."""
    for each in (signal.SIGTERM, signal.SIGHUP):  # ends as Ctrl-C does: with the server
        signal.signal(each, lambda *_: signal.raise_signal(signal.SIGINT))
    with (
        tempfile.TemporaryDirectory(prefix="lenskeep-demo-") as folder,
        suppress(KeyboardInterrupt),
    ):
        asyncio.run(_demo(Path(folder), _free(port), leave=leave))


async def _demo(folder: Path, port: int, *, leave: bool) -> None:
    console = Console()
    data = folder / "data"
    with _progress(console) as progress:
        step = progress.add_task("making keys, certificates, database", total=4)
        address = f"localhost:{port}"
        house_app.initialize(data, hostname=address, listen=f"127.0.0.1:{port}")
        await house_app.make_local_token(data)
        password, codes = await _people(data)
        progress.update(step, advance=1, description="starting the server")
        with _serving(data) as server:
            access = local_access(data)
            await _wait_until_up(server, access)
            progress.update(step, advance=1, description="enrolling three headsets")
            headsets = await _enroll(folder, access, codes)
            progress.update(step, advance=1, description="assigning a profile, reading it back")
            with Remote(Access(access.url, Secret(access.token), access.ca, is_local=True)) as rest:
                rows = await _prove(rest, headsets)
                progress.update(step, advance=1, description="done")
                progress.stop()
                _show(console, rows, access.url, password)
                if any(state not in PROVED for row in rows for state in row["states"]):
                    raise CommandError(ExitCode.ERROR, "a setting could not be verified")
                if not leave:
                    await _live(console, headsets, server)


@contextmanager
def _progress(console: Console) -> Iterator[Progress]:
    columns = (BarColumn(bar_width=24), TextColumn("{task.description}"))
    with Progress(*columns, console=console, transient=True) as progress:
        yield progress


def _free(port: int) -> int:
    """Return the port if nobody listens there, else one that is free."""
    for candidate in (port, 0):
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", candidate))
            found: int = probe.getsockname()[1]
            return found
    raise CommandError(ExitCode.UNAVAILABLE, "no free port on 127.0.0.1")


async def _people(data: Path) -> tuple[str, list[str]]:
    """Make the console's administrator and a code for each headset."""
    caller = Caller(CallerKind.CONSOLE, "lenskeep demo", Role.ADMIN)
    async with house_app.open_house(data) as house:
        _, password = await admins.add_admin(house, caller, "demo", "admin")
        codes = [(await people.new_code(house, caller))[1].reveal() for _ in BUILDS]
        return password.reveal(), codes


@contextmanager
def _serving(data: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run the server beside us; it ends with us."""
    with (data / "server.log").open("wb") as log:
        command = [sys.executable, "-m", "lenskeep", "serve", "--data", str(data)]
        clean = {key: value for key, value in os.environ.items() if "LENSKEEP_" not in key}
        server = subprocess.Popen(  # noqa: S603 - our own interpreter, our own arguments
            command, stdout=log, stderr=log, env=clean, start_new_session=True
        )
        try:
            yield server
        finally:
            server.terminate()
            try:
                server.wait(15)
            except subprocess.TimeoutExpired:
                server.kill()


async def _wait_until_up(server: subprocess.Popen[bytes], access: LocalAccess) -> None:
    end = time.monotonic() + START_S
    with Remote(Access(access.url, Secret(access.token), access.ca, is_local=True)) as rest:
        while time.monotonic() < end:
            if server.poll() is not None:
                break
            with suppress(CommandError):
                rest.get("/fleet")
                return
            await asyncio.sleep(0.1)
    raise CommandError(ExitCode.UNAVAILABLE, "the server did not start")


async def _enroll(folder: Path, access: LocalAccess, codes: list[str]) -> list[VirtualHeadset]:
    """Enroll one headset of each build, as the Settings app would, and let each call once."""
    headsets = []
    for number, (build, code) in enumerate(zip(BUILDS, codes, strict=True), start=1):
        headset = VirtualHeadset.create(folder / f"headset-{number}", build=build)
        await headset.enroll(access.url, f"wearer{number}@example.org", code, access.ca)
        await headset.sync()
        headsets.append(headset)
    return headsets


async def _prove(rest: Remote, headsets: list[VirtualHeadset]) -> list[dict[str, Any]]:
    """Give all headsets one profile, let each call once, return how every setting stands."""
    settings = [{"uri": CONFIG + wish.policy, "value": wish.value} for wish in WISHES]
    body = {"name": "Ward headsets", "settings": settings, "reason": "the demo"}
    profile = rest.post("/profiles", body)["profile"]["id"]
    rest.post("/assignments", {"profile": profile, "group": ALL_DEVICES})
    rows = []
    for headset in headsets:
        await headset.sync()
        device = rest.get("/devices", text=headset.device_id)["items"][0]
        found = rest.get(f"/devices/{device['id']}/settings")["settings"]
        states = {each["uri"]: each["state"] for each in found}
        stand = [states.get(CONFIG + wish.policy, "pending") for wish in WISHES]
        rows.append({**rest.get(f"/devices/{device['id']}"), "states": stand})
    return rows


def _show(console: Console, rows: list[dict[str, Any]], url: str, password: str) -> None:
    table = Table(title="One profile on three headsets", box=SIMPLE, pad_edge=False)
    table.add_column("setting", overflow="fold")
    for row in rows:
        table.add_column(f"{row['generation']}\n[dim]{row['os_build']}[/]", overflow="fold")
    for number, wish in enumerate(WISHES):
        cells = [row["states"][number] for row in rows]
        name = f"{wish.words}\n[dim]{wish.policy.partition('/')[2]} = {wish.value}[/]"
        table.add_row(name, *(PROVED.get(cell, f"[red]✘ {cell}[/]") for cell in cells))
    console.print(table)
    console.print(f"\nConsole:  {url}/", highlight=False, style="bold")
    console.print("Sign in:  demo", highlight=False)
    console.print(f"Password: {password}", highlight=False)
    words = "The certificate is the demo's own: a browser warns once."
    console.print(words, style="dim", highlight=False)


async def _live(
    console: Console, headsets: list[VirtualHeadset], server: subprocess.Popen[bytes]
) -> None:
    """Let the headsets call every few seconds, so that the console is alive, until Ctrl-C."""
    words = f"\nThe headsets call every {SYNC_EVERY_S} s. Ctrl-C ends the demo and removes it."
    console.print(words, highlight=False)
    while server.poll() is None:
        for headset in headsets:
            with suppress(LenskeepError):
                if headset.is_enrolled:
                    await headset.sync()
        await asyncio.sleep(SYNC_EVERY_S)
    raise CommandError(ExitCode.UNAVAILABLE, "the server ended")
