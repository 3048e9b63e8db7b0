"""Looking at a headset, and at the headsets that there are."""

import json
from dataclasses import asdict

import typer
from rich.console import Console
from rich.table import Table

from lenskeep.cli.virtual.plainly import AsJson, Home, State, opened
from lenskeep.cli.virtual.reports import brief
from lenskeep.virtual.builds import PROFILES
from lenskeep.virtual.enrollment.ways import Entrance, entrances_of
from lenskeep.virtual.headset import VirtualHeadset


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(name="show")(show)
    app.command(name="settings")(settings)
    app.command(name="builds")(builds)


def show(state: State, as_json: AsJson = False) -> None:
    """Show the headset: its Settings page, and its management tree."""
    headset = opened(state)
    settings, tree = _settings(headset), _tree_lines(headset)
    if as_json:
        print(json.dumps({"settings": settings, "tree": dict(tree)}, indent=1))
        return
    for name, value in settings.items():
        print(f"{name}: {value}")
    print()
    for uri, value in tree:
        print(f"{uri} = {brief(value)}")


def settings(home: Home, as_json: AsJson = False) -> None:
    """Show what its wearer reads: Access work or school, and the enrollment status page."""
    headset = opened(home)
    found = headset.settings()
    page = headset.status_page() if headset.is_enrolled else None
    if as_json:
        told = {"settings": asdict(found), "status_page": asdict(page) if page else None}
        print(json.dumps(told, indent=1, default=_plain))
        return
    for line in (*found.lines(), *(page.lines() if page else ())):
        print(line)


def _plain(value: object) -> object:
    """Return what JSON has no word for."""
    return getattr(value, "value", str(value))


def _settings(headset: VirtualHeadset) -> dict[str, str]:
    """Return what Settings > Accounts > Access work or school would show."""
    state, account = headset.device.state, headset.account
    found = {
        "Device": f"{state.hardware.name} ({headset.profile.name}), serial {state.hardware.serial}",
    }
    if account is None:
        return {**found, "Connected": "no"}
    policies = f"./Device/Vendor/MSFT/DMClient/Provider/{account.provider}/"
    found |= {
        "Connected": f"to {account.name}, as {account.user}",
        "DeviceID": account.device_id,
        "Management address": account.address,
        "Last sync": str(state.last_session_at or "never"),
        "Next sync": str(headset.next_poll()),
    }
    for label, node in (
        ("Help phone", "HelpPhoneNumber"),
        ("Help website", "HelpWebsite"),
        ("Help e-mail", "HelpEmailAddress"),
    ):
        if value := headset.tree.value(policies + node):
            found[label] = value
    areas = headset.tree.children("./Device/Vendor/MSFT/Policy/Config")
    found["Areas managed"] = ", ".join(n.path.rpartition("/")[2] for n in areas) or "none"
    for index, line in enumerate(state.sessions, start=1):
        found[f"Session {index}"] = line
    return found


def _tree_lines(headset: VirtualHeadset) -> list[tuple[str, str]]:
    return [(n.path, n.value) for n in headset.tree.under(".") if n.value is not None]


def builds() -> None:
    """List the headsets that can be played, and the ways in that each lacks."""
    table = Table()
    for name in ("build", "version", "edition", "offers"):
        table.add_column(name, no_wrap=True)
    table.add_column("does not enroll by")
    for profile in PROFILES:
        edition = "Business" if profile.edition == 136 else "Holographic"
        lacks = set(Entrance) - entrances_of(profile, by_cable=True)
        ways = ", ".join(each.value for each in Entrance if each in lacks)
        if entrances_of(profile) != entrances_of(profile, by_cable=True):
            ways = f"{ways}{', ' if ways else ''}autopilot over Wi-Fi"
        table.add_row(profile.name, profile.os_version, edition, profile.request_version, ways)
    Console().print(table)
