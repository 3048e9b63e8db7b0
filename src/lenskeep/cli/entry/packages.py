"""Commands for provisioning packages.

Files with secrets in them are written for their owner alone and never over another file.
"""

import base64
import os
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from lenskeep.cli.output import (
    CommandError,
    ExitCode,
    Json,
    note,
    print_heading,
    print_json,
    print_pairs,
    print_table,
    print_value,
)
from lenskeep.cli.remote import Remote, remote_command

XML_FILE: Final = "customizations.xml"
NEWEST: Final = "22621.1244"
"""23H2: the build that steps are printed for, where none is named."""
_OWNER_ALONE: Final = 0o600
_SKIPS: Final = ("calibration", "training", "wifi")

PackageArgument = Annotated[str, typer.Argument(metavar="PACKAGE", help="Name or id.")]
OutOption = Annotated[
    Path,
    typer.Option("--out", help="The answer file to write; other files go beside it."),
]
WifiOption = Annotated[
    list[str] | None, typer.Option("--wifi", metavar="SSID", help="An open network; several times.")
]
WifiFileOption = Annotated[
    Path | None,
    typer.Option("--wifi-file", help="Networks, one a line: SSID=KEY (WPA2-Personal); - is stdin."),
]
RootOption = Annotated[
    list[Path] | None,
    typer.Option("--root", help="A root certificate (PEM) instead of the server's own."),
]
SkipOption = Annotated[
    list[str] | None,
    typer.Option("--skip", help="Leave out of the first run: calibration, training, wifi."),
]


def register(app: typer.Typer) -> None:
    """Add the commands for packages."""
    group = typer.Typer(
        help="Provisioning packages: headsets that enroll without typing.", no_args_is_help=True
    )
    for name, command in (
        ("new", package_new),
        ("list", package_list),
        ("show", package_show),
        ("remove", package_remove),
        ("instructions", package_instructions),
    ):
        group.command(name)(command)
    app.add_typer(group, name="package")


# --- packages ------------------------------------------------------------------------------


@remote_command
def package_new(
    remote: Remote,
    name: Annotated[str, typer.Argument(help="What the package is called.")],
    out: OutOption,
    version: Annotated[str, typer.Option(help="Higher ones take the place of earlier.")] = "1.0",
    certificate: Annotated[
        bool, typer.Option("--certificate", help="Enroll by a certificate, not a password.")
    ] = False,
    prepare_only: Annotated[
        bool, typer.Option("--prepare-only", help="Set the headset up; enroll nothing.")
    ] = False,
    upn: Annotated[str, typer.Option(help="Of its bulk account; else made from the name.")] = "",
    days: Annotated[int, typer.Option(help="How long it enrolls.")] = 365,
    uses: Annotated[int | None, typer.Option(help="Headsets; else as many as come.")] = None,
    root: RootOption = None,
    wifi: WifiOption = None,
    wifi_file: WifiFileOption = None,
    user: Annotated[str, typer.Option(help="A local account; its password is made.")] = "",
    standard_user: Annotated[
        bool, typer.Option("--standard-user", help="The account is no device owner.")
    ] = False,
    time_zone: Annotated[str, typer.Option(help="E.g. 'W. Europe Standard Time'.")] = "",
    skip: SkipOption = None,
    region: Annotated[int | None, typer.Option(help="Windows' number of a country.")] = None,
    kiosk: Annotated[Path | None, typer.Option(help="An AssignedAccessConfiguration.")] = None,
    kiosk_profile: Annotated[str, typer.Option(help="Or the profile whose kiosk it is.")] = "",
    device_name: Annotated[str, typer.Option(help="E.g. W7-%SERIAL%.")] = "",
) -> None:
    """Make a package: writes the answer file; prints how it is built and what to press."""
    if certificate and prepare_only:
        raise CommandError(ExitCode.USAGE, "--certificate and --prepare-only exclude each other")
    refuse_existing(out)
    body: dict[str, object] = {
        "name": name,
        "version": version,
        "enroll_by": "none" if prepare_only else "certificate" if certificate else "password",
        "upn": upn,
        "days": days,
        "uses": uses,
        "roots": [read_text(each) for each in root] if root else None,
        "wifi": _networks(wifi, wifi_file),
        "user": {"name": user, "owner": not standard_user} if user else None,
        "time_zone": time_zone,
        "first_run": {**_skipped(skip), "region": region},
        "kiosk": read_text(kiosk) if kiosk else "",
        "kiosk_profile": kiosk_profile,
        "device_name": device_name,
    }
    _tell(remote, remote.post("/packages", body), out)


@remote_command
def package_list(remote: Remote) -> None:
    """List the packages."""
    body = remote.get("/packages")
    if remote.wants_json:
        print_json(body)
        return
    names = ("id", "name", "version", "enroll_by", "upn")
    columns = ("ID", "NAME", "VERSION", "ENROLLS BY", "ACCOUNT")
    print_table(columns, ([each[name] for name in names] for each in body["items"]))


@remote_command
def package_show(
    remote: Remote,
    package: PackageArgument,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write the answer file, with its secrets, again.")
    ] = None,
) -> None:
    """Show a package, and how it is built; with --out its files are read again, on record."""
    found = _find(remote, package)
    if out is not None:
        refuse_existing(out)
        _tell(remote, remote.get(f"/packages/{found['id']}/files"), out)
        return
    body = remote.get(f"/packages/{found['id']}")
    if remote.wants_json:
        print_json(body)
        return
    names = ("id", "name", "version", "enroll_by", "upn")
    print_pairs((name, body[name]) for name in names)
    print_pairs(_set_up(body["sets_up"]))
    _how(remote, body, XML_FILE)


def _set_up(told: Json) -> list[tuple[str, object]]:
    """Return what a package sets up, as it is read."""
    user = told["user"]
    role = "device owner" if user and user["owner"] else "standard user"
    skips = [name for name in _SKIPS if told["first_run"][f"skip_{name}"]]
    networks = [
        each["ssid"] + (" (open)" if each["open"] else "") + (" (hidden)" if each["hidden"] else "")
        for each in told["wifi"]
    ]
    return [
        ("roots", told["roots"]),
        ("wifi", networks),
        ("user", f"{user['name']}, {role}" if user else ""),
        ("time zone", told["time_zone"]),
        ("left out", skips),
        ("region", told["first_run"]["region"]),
        ("device name", told["device_name"]),
        ("kiosk", "yes" if told["kiosk"] else ""),
    ]


@remote_command
def package_remove(remote: Remote, package: PackageArgument) -> None:
    """Remove a package and disable its bulk account; headsets stay managed."""
    found = _find(remote, package)
    remote.delete(f"/packages/{found['id']}")
    print_value(f"{found['name']} removed: it enrolls nothing more")


@remote_command
def package_instructions(
    remote: Remote,
    way: Annotated[str, typer.Option(help="One way only, e.g. 'typed password'.")] = "",
    build: Annotated[str, typer.Option(help="Of the headset, e.g. 20348.1501.")] = NEWEST,
) -> None:
    """Print what to press on a headset, for each way into management."""
    body = remote.get("/instructions", build=build)
    if remote.wants_json:
        print_json(body)
        return
    told = [each for each in body["ways"] if way in ("", each["way"])]
    if not told:
        ways = ", ".join(each["way"] for each in body["ways"])
        raise CommandError(ExitCode.USAGE, f"{way!r} is no way of build {build}", [ways])
    for each in told:
        _steps(f"{each['title']} ({each['way']})", each["steps"])
        print_pairs((("needs", each["needs"]), ("1st gen", each["first_gen"])))
        print_value(each["sees"])
    note(f"the sheet for a headset and a printer: {body['page']}")


def _find(remote: Remote, text: str) -> Json:
    """Return the package meant; names are unique without regard to case."""
    wanted = text.strip()
    for each in remote.get("/packages")["items"]:
        if each["id"] == wanted or each["name"].casefold() == wanted.casefold():
            return dict(each)
    hint = "`lenskeep package list` lists them"
    raise CommandError(ExitCode.NOT_FOUND, f"no package is {text!r}", [hint])


# --- what comes of one ---------------------------------------------------------------------


def _tell(remote: Remote, body: Json, out: Path) -> None:
    """Write the files and say what to do with them."""
    written = [_write(out, each) for each in body["files"]]
    if remote.wants_json:
        print_json({**body, "files": [str(path) for path in written]})
        return
    for path in written:
        print_value(str(path))
    _how(remote, body, out.name)
    if body["user_password"]:
        print_heading(f"Password of the local account {body['sets_up']['user']['name']}")
        print_value(body["user_password"])


def _how(remote: Remote, body: Json, xml: str) -> None:
    """Print what to know, how it is built, and what to press."""
    for text in body["warnings"]:
        note(f"note: {text}")
    _steps(
        "To build it, on a Windows PC",
        [each.replace(XML_FILE, xml) for each in body["building"]["steps"]],
    )
    for text in body["building"]["assumed"]:
        note(f"assumed: {text}")
    told = remote.get("/instructions", build=NEWEST)
    (way,) = (each for each in told["ways"] if each["way"] == "package")
    _steps(f"To apply it, on build {NEWEST}", way["steps"])
    note("for another build: lenskeep package instructions --build 19041.1103")


def _steps(title: str, steps: list[str]) -> None:
    print_heading(title)
    print_pairs((f"{number}.", step) for number, step in enumerate(steps, 1))


def _write(out: Path, file: Json) -> Path:
    path = out if file["name"] == XML_FILE else out.with_name(file["name"])
    hints = ["the package is made: `lenskeep package show NAME --out FILE` reads it again"]
    write_alone(path, base64.b64decode(file["content"]), hints)
    return path


def write_alone(path: Path, content: bytes, hints: list[str] | None = None) -> None:
    """Write a file that its owner alone can read, and never over another one."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ALONE)
        with os.fdopen(handle, "wb") as opened:
            opened.write(content)
    except OSError as error:
        told = f"{path} cannot be written: {error.strerror}"
        raise CommandError(ExitCode.USAGE, told, hints or []) from None


def refuse_existing(out: Path) -> None:
    """Refuse a place that is taken, or that is no place, before anything is asked for."""
    if out.exists():
        raise CommandError(ExitCode.USAGE, f"{out} exists", ["choose another name"])
    if not out.absolute().parent.is_dir():
        raise CommandError(ExitCode.USAGE, f"{out.absolute().parent} is no folder")


# --- what goes into one --------------------------------------------------------------------


def read_text(path: Path) -> str:
    """Return a text file, or stdin for `-`."""
    try:
        return sys.stdin.read() if str(path) == "-" else path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(ExitCode.USAGE, f"{path} cannot be read: {error}") from None


def _networks(opened: list[str] | None, file: Path | None) -> list[dict[str, object]]:
    found: list[dict[str, object]] = [{"ssid": each} for each in opened or []]
    for line in read_text(file).splitlines() if file is not None else []:
        ssid, equals, key = line.partition("=")
        if line.strip():
            found.append({"ssid": ssid, "key": key} if equals else {"ssid": line})
    return found


def _skipped(skip: list[str] | None) -> dict[str, object]:
    unknown = sorted(set(skip or ()) - set(_SKIPS))
    if unknown:
        raise CommandError(ExitCode.USAGE, f"--skip {unknown[0]}", [f"one of {', '.join(_SKIPS)}"])
    return {f"skip_{each}": True for each in skip or ()}
