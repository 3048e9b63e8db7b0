"""The command line as a REST client: where the server is, how it is trusted, what it answers."""

import functools
import inspect
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Concatenate, Final, ParamSpec, Self

import httpx2
import typer

from lenskeep.base.errors import LenskeepError
from lenskeep.base.secret import Secret
from lenskeep.cli.output import CommandError, ExitCode, Json

TIMEOUT_S: Final = 30
"""Seconds for one request; the server answers in milliseconds, a bad line takes seconds."""
PAGE: Final = 200
_PREFIX: Final = "/api/v1"
_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
_CODES: Final = {
    400: ExitCode.USAGE,
    401: ExitCode.REFUSED,
    403: ExitCode.REFUSED,
    404: ExitCode.NOT_FOUND,
    409: ExitCode.CONFLICT,
    413: ExitCode.USAGE,
    422: ExitCode.USAGE,
    429: ExitCode.UNAVAILABLE,
    503: ExitCode.UNAVAILABLE,
}
P = ParamSpec("P")

ServerOption = Annotated[
    str | None,
    typer.Option("--server", envvar="LENSKEEP_SERVER", help="URL of the server."),
]
TokenOption = Annotated[
    str | None,
    typer.Option("--token", envvar="LENSKEEP_TOKEN", help="A token of `lenskeep token new`."),
]
CaOption = Annotated[
    Path | None,
    typer.Option("--ca", envvar="LENSKEEP_CA", help="Root certificate (PEM) of the server."),
]
DataOption = Annotated[
    Path | None,
    typer.Option("--data", envvar="LENSKEEP_DATA", help="The data folder.", show_default=False),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the REST body.")]


@dataclass(frozen=True, slots=True)
class Access:
    """Where the server is and how to come in."""

    server: str
    token: Secret
    ca: Path | None
    is_local: bool = False


class Remote:
    """One server to talk to; raises CommandError for everything but an answer."""

    def __init__(self, access: Access, *, wants_json: bool = False) -> None:
        self.wants_json = wants_json
        self._server = access.server
        self._client = httpx2.Client(
            base_url=access.server + _PREFIX,
            headers={"Authorization": f"Bearer {access.token.reveal()}"},
            verify=_context(access.ca),
            timeout=TIMEOUT_S,
            trust_env=not access.is_local,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def get(self, path: str, **query: Any) -> Json:
        """Return the body; query values that are None or empty are left out."""
        chosen = {key: value for key, value in query.items() if value not in (None, "")}
        return self._ask("GET", path, params=chosen)

    def text(self, path: str, **query: Any) -> str:
        """Return a document as it comes; query values as in `get`."""
        chosen = {key: value for key, value in query.items() if value not in (None, "")}
        return self._send("GET", path, params=chosen).text

    def post(self, path: str, body: Json | None = None) -> Json:
        """Return the body of the answer."""
        return self._ask("POST", path, json=body if body is not None else {})

    def upload(self, path: str, body: bytes, kind: str, **query: Any) -> Json:
        """Send a file as it is; return the body of the answer."""
        headers = {"Content-Type": kind}
        return self._ask("POST", path, content=body, headers=headers, params=query)

    def put(self, path: str, body: Json) -> Json:
        """Return the body of the answer."""
        return self._ask("PUT", path, json=body)

    def patch(self, path: str, body: Json) -> Json:
        """Return the body of the answer."""
        return self._ask("PATCH", path, json=body)

    def delete(self, path: str) -> Json:
        """Return the body of the answer."""
        return self._ask("DELETE", path)

    def items(self, path: str, **query: Any) -> Iterator[Json]:
        """Yield the items of a list, page after page."""
        after: str | None = None
        while True:
            page = self.get(path, after=after, limit=PAGE, **query)
            yield from page["items"]
            after = page["next"]
            if after is None:
                return

    def _send(self, method: str, path: str, **more: Any) -> httpx2.Response:
        try:
            response = self._client.request(method, path, **more)
        except httpx2.HTTPError as error:
            raise _unreachable(self._server, error) from None
        if response.status_code >= 400:
            raise _problem(response)
        return response

    def _ask(self, method: str, path: str, **more: Any) -> Json:
        response = self._send(method, path, **more)
        if response.status_code == 204:
            return {}
        try:
            body = response.json()
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise CommandError(ExitCode.ERROR, f"{self._server} does not speak Lenskeep's REST")
        return body


def find_access(
    server: str | None, token: str | None, ca: Path | None, data: Path | None
) -> Access:
    """Return the way to the server: as told, or as the data folder knows it."""
    if server:
        if not token:
            raise CommandError(
                ExitCode.USAGE,
                "a server without a token",
                ["give --token, or set LENSKEEP_TOKEN (`lenskeep token new NAME` makes one)"],
            )
        return Access(_checked_url(server), Secret(token.strip()), ca)
    from lenskeep.files.beside import local_access  # reads the configuration: only where needed

    try:
        local = local_access(data)
    except LenskeepError as error:
        raise CommandError(
            ExitCode.USAGE,
            f"no server is named, and here is no data folder that knows one ({error})",
            ["give --server, --token and --ca (or LENSKEEP_SERVER, _TOKEN, _CA), or --data"],
        ) from None
    return Access(local.url, Secret(token or local.token), ca or local.ca, is_local=True)


def remote_command(function: Callable[Concatenate[Remote, P], None]) -> Callable[..., None]:
    """Return the function as a command that has the options of every remote command.

    It takes `--server`, `--token`, `--ca`, `--data` and `--json`, and hands over the Remote they
    lead to as the function's first argument. Typer reads a command from its signature, so the
    signature is put together here once instead of in every command.
    """
    shared: dict[str, Any] = {
        "server": ServerOption,
        "token": TokenOption,
        "ca": CaOption,
        "data": DataOption,
        "as_json": JsonOption,
    }
    _, *own = inspect.signature(function).parameters.values()

    @functools.wraps(function)
    def command(**given: Any) -> None:
        server, token, ca, data, as_json = (given.pop(name) for name in shared)
        with Remote(find_access(server, token, ca, data), wants_json=as_json) as remote:
            function(remote, **given)  # type: ignore[call-arg]

    options = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=False if name == "as_json" else None,
            annotation=annotation,
        )
        for name, annotation in shared.items()
    ]
    plain = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in own]
    command.__signature__ = inspect.Signature([*plain, *options])  # type: ignore[attr-defined]
    command.__annotations__ = {each.name: each.annotation for each in (*plain, *options)}
    del command.__wrapped__
    return command


def _checked_url(server: str) -> str:
    """Return the base URL. A token does not travel unprotected, but to this very computer."""
    url = server.strip() if "://" in server else f"https://{server.strip()}"
    try:
        parts = httpx2.URL(url)
    except httpx2.InvalidURL:
        parts = httpx2.URL()
    is_host = bool(parts.host) and "%" not in parts.host and parts.port != 0
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.host in _LOOPBACK)
    if not (is_safe and is_host):
        raise CommandError(ExitCode.USAGE, f"{server!r} is no server", ["https://NAME[:PORT]"])
    return url.rstrip("/").removesuffix(_PREFIX).rstrip("/")


def _context(ca: Path | None) -> ssl.SSLContext:
    if ca is None:
        return ssl.create_default_context()
    try:
        return ssl.create_default_context(cafile=str(ca))
    except (OSError, ssl.SSLError):
        raise CommandError(ExitCode.USAGE, f"{ca} holds no certificate in PEM") from None


def _unreachable(server: str, error: httpx2.HTTPError) -> CommandError:
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return CommandError(
            ExitCode.UNAVAILABLE,
            f"the certificate of {server} is not trusted ({error})",
            ["`lenskeep ca show` on the server prints its root; give that file as --ca"],
        )
    return CommandError(
        ExitCode.UNAVAILABLE,
        f"{server} does not answer ({str(error) or type(error).__name__})",
        ["is it running? `lenskeep serve` starts it, `lenskeep doctor` looks for trouble"],
    )


def _problem(response: httpx2.Response) -> CommandError:
    code = _CODES.get(response.status_code, ExitCode.ERROR)
    try:
        body = response.json()
        message = f"{body['title']}: {body['detail']}"
        complaints = [_complaint(each) for each in body["complaints"]]
    except (ValueError, KeyError, TypeError):
        message, complaints = f"the server answered {response.status_code}", []
    if complaints:
        message = body["title"]
    if response.status_code == 401:
        complaints = ["the token is unknown or revoked; `lenskeep token new NAME` makes another"]
    return CommandError(code, message, complaints or _accepting(response))


def _accepting(response: httpx2.Response) -> list[str]:
    """Return what to do where profiles contradict each other."""
    is_contested = response.status_code == 409 and b'"clashes"' in response.content
    return ["--accept-conflicts does it all the same"] if is_contested else []


def _complaint(each: Json) -> str:
    allowed = f" (allowed: {each['allowed']})" if each.get("allowed") else ""
    return f"{each['field']}: {each['message']}{allowed}"
