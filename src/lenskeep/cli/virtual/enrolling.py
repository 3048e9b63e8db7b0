"""`lenskeep virtual enroll`: any way into management."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from lenskeep.base.errors import Invalid
from lenskeep.cli.virtual.plainly import Ca, Server, State, run, token_of
from lenskeep.cli.virtual.reports import print_report
from lenskeep.virtual.enrollment.certificate_request import Style
from lenskeep.virtual.enrollment.ways import (
    AnyWay,
    Autopilot,
    BulkToken,
    EntraAccount,
    EntraJoin,
    Federated,
    Local,
    Package,
    Spelling,
    Terms,
)
from lenskeep.virtual.enrollment.web.person import WebPerson
from lenskeep.virtual.headset import DEFAULT_BUILD, Habits, Network, VirtualHeadset
from lenskeep.virtual.session.report import Origin, SyncOptions
from lenskeep.virtual.transport import Accidents


class As(StrEnum):
    """The ways in."""

    LOCAL = "local"
    FEDERATED = "federated"
    ENTRA_JOIN = "entra-join"
    ENTRA_ACCOUNT = "entra-account"
    AUTOPILOT = "autopilot"
    BULK_TOKEN = "bulk-token"  # noqa: S105 - a way, no secret
    PACKAGE = "package"
    PACKAGE_CERTIFICATE = "package-certificate"


_TYPED = (As.LOCAL, As.FEDERATED)

TokenFile = Annotated[
    Path | None, typer.Option(help="File with the Entra token; - reads it from the pipe.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="enroll")(enroll)


def enroll(
    state: State,
    way: Annotated[As, typer.Option("--as", help="The way in.")] = As.LOCAL,
    user: Annotated[str, typer.Option("--user", help="As typed: name@domain.")] = "",
    secret: Annotated[
        str | None, typer.Option("--secret", help="Password or one-time code; asked for.")
    ] = None,
    code: Annotated[str, typer.Option(help="One-time code for a sign-in page.")] = "",
    server: Server = "",
    ca: Ca = None,
    build: Annotated[str, typer.Option("--build", help="See `virtual builds`.")] = DEFAULT_BUILD,
    ethernet: Annotated[bool, typer.Option("--ethernet", help="Plug in a cable.")] = False,
    token_file: TokenFile = None,
    spelling: Annotated[Spelling, typer.Option(help="Of the token.")] = Spelling.ONCE,
    terms_url: Annotated[str, typer.Option(help="Where the tenant's terms of use are.")] = "",
    terms_token_file: TokenFile = None,
    decline: Annotated[bool, typer.Option("--decline", help="Decline the terms.")] = False,
    settings: Annotated[
        bool, typer.Option("--settings", help="Join in Settings, not in the first run.")
    ] = False,
    ztd_id: Annotated[str, typer.Option(help="Autopilot's identifier.")] = "",
    package: Annotated[
        Path | None, typer.Option(help="customizations.xml; files beside it are taken along.")
    ] = None,
    pfx: Annotated[Path | None, typer.Option(help="Certificate and key of a package.")] = None,
    pfx_password: Annotated[str, typer.Option(help="Of the PFX.")] = "",
    sync: Annotated[
        bool, typer.Option(help="Run the first session at once, as a real headset does.")
    ] = True,
    windows_10_request: Annotated[
        bool, typer.Option("--windows-10-request", help="The awkward certificate request.")
    ] = False,
    lose_answer: Annotated[
        int, typer.Option(help="Lose the answer to call N: 1 probe, 2 discovery, 3, 4.")
    ] = 0,
) -> None:
    """Enroll a headset: by hand, with Entra, or by a provisioning package."""
    if way in _TYPED and secret is None:
        secret = typer.prompt("Secret", hide_input=True)
    typed = WebPerson(user, secret or "", code)
    terms = Terms(terms_url, token_of(terms_token_file), not decline) if terms_url else None
    entra = _Entra(token_of(token_file), server, user, terms, spelling)
    given = _Given(package, pfx, pfx_password)
    style = Style.WINDOWS_10 if windows_10_request else None
    habits = Habits(style=style, accidents=Accidents(lose_answer=lose_answer))

    async def work() -> None:
        headset = _open_or_create(state, build)
        if ethernet:
            headset.use_network(Network(ethernet=True))
        if way in _TYPED:
            wanted = _by_hand(way, typed, server)
        elif way in (As.PACKAGE, As.PACKAGE_CERTIFICATE):
            wanted = given.way(headset)
        else:
            wanted = entra.way(way, ztd_id, in_oobe=not settings)
        print(f"{headset.device.state.hardware.name} is a {headset.profile.name}.")
        await headset.enroll_as(wanted, ca, habits=habits, tell=print)
        if sync:
            unattended = isinstance(wanted, Autopilot | BulkToken | Package)
            who = "none" if unattended else "user"
            report = await headset.sync(SyncOptions(origin=Origin.ENROLLMENT, user=who))
            print_report(report)

    run(work())


def _open_or_create(state: Path, build: str) -> VirtualHeadset:
    """Return the headset of the folder, new where there is none; it keeps its build."""
    if (state / "state.json").exists():
        return VirtualHeadset.open(state)
    return VirtualHeadset.create(state, build=build)


def _by_hand(way: As, typed: WebPerson, server: str) -> AnyWay:
    if not typed.user:
        raise Invalid.field("user", "the wearer types a name", "name@domain")
    if way is As.FEDERATED:
        return Federated(typed.user, typed, server)
    return Local(typed.user, typed.password, server)


class _Entra:
    """What the ways of Entra have in common."""

    def __init__(
        self, token: str, server: str, email: str, terms: Terms | None, spelling: Spelling
    ) -> None:
        self._token = token
        self._server = server
        self._email = email
        self._terms = terms
        self._spelling = spelling

    def way(self, way: As, ztd_id: str, *, in_oobe: bool) -> AnyWay:
        """Return the way. Raises Invalid where the token or the server is missing."""
        if not self._token:
            raise Invalid.field("token-file", f"--as {way} needs a token", "virtual token")
        if not self._server:
            raise Invalid.field("server", "the tenant says where the server is: give its URL")
        token, server, spelling = self._token, self._server, self._spelling
        match way:
            case As.ENTRA_JOIN:
                return EntraJoin(token, server, self._email, self._terms, spelling, in_oobe)
            case As.ENTRA_ACCOUNT:
                return EntraAccount(token, server, self._email, self._terms, spelling)
            case As.AUTOPILOT:
                return Autopilot(token, server, ztd_id, spelling=spelling)
            case _:
                return BulkToken(token, server, spelling)


class _Given:
    """A package as it was named, with what lies beside it."""

    def __init__(self, package: Path | None, pfx: Path | None, password: str) -> None:
        self._package = package
        self._pfx = pfx
        self._password = password

    def way(self, headset: VirtualHeadset) -> Package:
        """Return the package, or the one that the headset kept."""
        if self._package is None:
            kept = headset.kept_package
            if kept is None:
                raise Invalid.field("package", "name the customizations.xml")
            return kept
        pfx = self._pfx.read_bytes() if self._pfx else None
        folder = self._package.parent
        files = tuple(
            (each.name, each.read_bytes())
            for each in sorted(folder.iterdir())
            if each.suffix.lower() in _BESIDE and each.is_file()
        )
        return Package(self._package.read_bytes(), pfx, self._password, files)


_BESIDE = (".cer", ".crt", ".pem", ".der", ".pfx", ".p12")
