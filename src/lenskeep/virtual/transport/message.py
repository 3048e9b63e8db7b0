"""What goes over the line: a request, its answer, whom one trusts, and who looks on."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom the headset believes (PEM; empty: the system's roots), and what it shows."""

    roots: bytes = b""
    certificate: bytes | None = None
    key: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One HTTP request."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP response; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes = field(repr=False)
    cookies: tuple[str, ...] = field(default=(), repr=False)
    """What `Set-Cookie` said, each line by itself."""

    def header(self, name: str) -> str:
        """Return a header's value, empty where there is none."""
        return self.headers.get(name.lower(), "")


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and what came of it, for those who look afterwards."""

    request: Outgoing
    answer: Answer | None
    seconds: float


class Watch:
    """Is told what happens on the line. This one does not care; a fleet's counts."""

    def took(self, kind: str, seconds: float) -> None:
        """Something of that kind was answered after so many seconds."""

    def happened(self, what: str) -> None:
        """Something took place that is counted: a retry, an accident, a server that is busy."""
