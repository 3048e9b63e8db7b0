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
from lenskeep.virtual.session.report import Origin, SessionReport, SyncOptions
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
_BESIDE = (".cer", ".crt", ".pem", ".der", ".pfx", ".p12")
"""What a package takes along."""

TheWay = Annotated[As, typer.Option("--as", help="The way in.")]
User = Annotated[str, typer.Option("--user", help="As typed: name@domain.")]
SecretIfTyped = Annotated[
    str | None, typer.Option("--secret", help="Password or one-time code; asked for.")
]
Code = Annotated[str, typer.Option(help="One-time code for a sign-in page.")]
Build = Annotated[str, typer.Option("--build", help="See `virtual builds`.")]
Ethernet = Annotated[bool, typer.Option("--ethernet", help="Plug in a cable.")]
TokenFile = Annotated[
    Path | None, typer.Option(help="File with the Entra token; - reads it from the pipe.")
]
TokenSpelling = Annotated[Spelling, typer.Option(help="Of the token in the message.")]
TermsUrl = Annotated[str, typer.Option(help="Where the tenant's terms of use are.")]
TermsToken = Annotated[Path | None, typer.Option(help="Token that the terms are opened with.")]
Decline = Annotated[bool, typer.Option("--decline", help="Decline the terms.")]
InSettings = Annotated[
    bool, typer.Option("--settings", help="Join in Settings, not in the first run.")
]
ZtdId = Annotated[str, typer.Option(help="Autopilot's identifier.")]
PackageFile = Annotated[
    Path | None, typer.Option(help="customizations.xml; files beside it are taken along.")
]
Pfx = Annotated[Path | None, typer.Option(help="Certificate and key of a package.")]
PfxPassword = Annotated[str, typer.Option(help="Of the PFX.")]
FirstSync = Annotated[
    bool, typer.Option(help="Run the first session at once, as a real headset does.")
]
Awkward = Annotated[
    bool, typer.Option("--windows-10-request", help="The awkward certificate request.")
]
LoseAnswer = Annotated[
    int, typer.Option(help="Lose the answer to call N: 1 probe, 2 discovery, 3, 4.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="enroll")(enroll)


def enroll(
    state: State,
    way: TheWay = As.LOCAL,
    user: User = "",
    secret: SecretIfTyped = None,
    code: Code = "",
    server: Server = "",
    ca: Ca = None,
    build: Build = DEFAULT_BUILD,
    ethernet: Ethernet = False,
    token_file: TokenFile = None,
    spelling: TokenSpelling = Spelling.ONCE,
    terms_url: TermsUrl = "",
    terms_token_file: TermsToken = None,
    decline: Decline = False,
    settings: InSettings = False,
    ztd_id: ZtdId = "",
    package: PackageFile = None,
    pfx: Pfx = None,
    pfx_password: PfxPassword = "",
    sync: FirstSync = True,
    windows_10_request: Awkward = False,
    lose_answer: LoseAnswer = 0,
) -> None:
    """Enroll a headset: by hand, with Entra, or by a provisioning package."""
    if way in _TYPED and secret is None:
        secret = typer.prompt("Secret", hide_input=True)
    typed = WebPerson(user, secret or "", code)
    terms = Terms(terms_url, token_of(terms_token_file), not decline) if terms_url else None
    entra = _Entra(token_of(token_file), server, user, terms, spelling)
    style = Style.WINDOWS_10 if windows_10_request else None
    habits = Habits(style=style, accidents=Accidents(lose_answer=lose_answer))
    network = Network(ethernet=True) if ethernet else None

    async def work() -> None:
        headset = _open_or_create(state, build, network)
        if way in _TYPED:
            wanted = _by_hand(way, typed, server)
        elif way in (As.PACKAGE, As.PACKAGE_CERTIFICATE):
            wanted = _by_package(headset, package, pfx, pfx_password)
        else:
            wanted = entra.way(way, ztd_id, in_oobe=not settings)
        await headset.enroll_as(wanted, ca, habits=habits, tell=print)
        if sync:
            print_report(await _first_sync(headset, wanted))

    run(work())


async def _first_sync(headset: VirtualHeadset, way: AnyWay) -> SessionReport:
    """Run the session that follows an enrollment; nobody is signed in where nobody was needed."""
    unattended = isinstance(way, Autopilot | BulkToken | Package)
    who = "none" if unattended else "user"
    return await headset.sync(SyncOptions(origin=Origin.ENROLLMENT, user=who))


def _open_or_create(state: Path, build: str, network: Network | None) -> VirtualHeadset:
    """Return the headset of the folder, new where there is none; it keeps its build."""
    if (state / "state.json").exists():
        headset = VirtualHeadset.open(state)
    else:
        headset = VirtualHeadset.create(state, build=build)
    if network is not None:
        headset.use_network(network)
    print(f"{headset.device.state.hardware.name} is a {headset.profile.name}.")
    return headset


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


def _by_package(
    headset: VirtualHeadset, package: Path | None, pfx: Path | None, password: str
) -> Package:
    """Return the package as it was named, with what lies beside it, or the one that was kept."""
    if package is None:
        kept = headset.kept_package
        if kept is None:
            raise Invalid.field("package", "name the customizations.xml")
        return kept
    files = tuple(
        (each.name, each.read_bytes())
        for each in sorted(package.parent.iterdir())
        if each.suffix.lower() in _BESIDE and each.is_file()
    )
    return Package(package.read_bytes(), pfx.read_bytes() if pfx else None, password, files)
