"""Starts a private PostgreSQL server in a folder of its own, for tests and benchmarks.

The server is a child of this process, listens on a socket in that folder and on one port of the
loopback, and runs as an unprivileged user where this process is root. From a shell:
`python tools/postgres_cluster.py [--durable]` starts one and prints its URL until Ctrl-C.
"""

import argparse
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

OWNER: Final = "keeper"
"""The role that owns the databases: no superuser, as in a real installation."""
PATIENCE_S: Final = 30.0
"""Seconds a server may take to start or to stop."""
LOOK_S: Final = 0.02
"""Seconds between two looks whether it has."""
QUICK: Final[Mapping[str, str]] = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
}
"""For tests that do not ask what survives a power cut."""


class NoServer(Exception):
    """PostgreSQL's server programs are not there, or cannot run."""


@dataclass
class Cluster:
    """A server that `running` starts; `stop` and `start` may be called in between."""

    folder: Path
    programs: Path
    port: int
    settings: Mapping[str, str]
    user: str | None
    password: str = field(default_factory=lambda: secrets.token_urlsafe(12), repr=False)
    locale: str = "C.UTF-8"
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def data(self) -> Path:
        """The folder of the server's files."""
        return self.folder / "data"

    @property
    def log(self) -> Path:
        """The file the server writes what it has to say."""
        return self.folder / "log"

    def url(self, database: str, role: str = OWNER) -> str:
        """Return the address of a database through the socket, where no password is asked."""
        return f"postgresql://{role}@/{database}?host={self.folder}&port={self.port}"

    def tcp_url(self, database: str) -> str:
        """Return the address of a database through the loopback, password and all."""
        return (
            f"postgresql://{OWNER}:{self.password}@127.0.0.1:{self.port}/{database}?sslmode=disable"
        )

    def make(self) -> None:
        """Make the server's files and the owner of the databases; it runs afterwards."""
        self._run(
            *("initdb", "-D", str(self.data), "-U", "postgres", "-E", "UTF8", "--no-sync"),
            *(f"--locale={self.locale}", "--auth-local=trust", "--auth-host=scram-sha-256"),
        )
        self.start()
        self.sql(f"CREATE ROLE {OWNER} LOGIN CREATEDB PASSWORD '{self.password}'")

    def start(self) -> None:
        """Start it and wait until it takes connections."""
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": str(self.folder),
            **self.settings,
        }
        options = [f"--{name}={value}" for name, value in settings.items()]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*_tied(), str(self.programs / "postgres"), "-D", str(self.data), *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,  # Ctrl-C in a terminal is for us
                env=_environment(),
                user=self.user,
                group=self.user,
                extra_groups=None if self.user is None else (),
            )
        self._wait_until_ready()

    def stop(self, mode: str = "fast") -> None:
        """Stop it: "fast" in order, "immediate" as a crash does. Harmless where it is stopped."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGQUIT if mode == "immediate" else signal.SIGINT)
        self.process.wait(PATIENCE_S)
        self.process = None

    def restart(self, mode: str = "immediate") -> None:
        """Stop it and start it again; every connection breaks."""
        self.stop(mode)
        self.start()

    def create(self, database: str, template: str = "template0", locale: str = "") -> str:
        """Make a database that the owner owns, a copy of the template; return its URL.

        `locale`: words of CREATE DATABASE, where it is to be another than the server's.
        """
        self.sql(f"CREATE DATABASE {database} OWNER {OWNER} TEMPLATE {template} {locale}")
        return self.url(database)

    def drop(self, database: str) -> None:
        """Remove a database, whoever is connected to it."""
        self.sql(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")

    def sql(self, text: str, database: str = "postgres", role: str = "postgres") -> str:
        """Run SQL through psql as the superuser, or another role; return rows, columns by |."""
        return self._run(
            *("psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"),
            *("-h", str(self.folder), "-p", str(self.port), "-U", role, "-d", database),
            *("-f", "-"),
            text=text,
        ).strip()

    def dump(self, database: str, *arguments: str) -> str:
        """Return what pg_dump says of a database."""
        where = ("-h", str(self.folder), "-p", str(self.port), "-U", "postgres")
        return self._run("pg_dump", *where, *arguments, database)

    def _run(self, program: str, *arguments: str, text: str | None = None) -> str:
        done = subprocess.run(
            [str(self.programs / program), *arguments],
            input=text,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env=_environment(),
            user=self.user,
            group=self.user,
            extra_groups=None if self.user is None else (),
        )
        if done.returncode:
            raise NoServer(f"{program}: {done.stderr.strip()}")
        return done.stdout

    def _wait_until_ready(self) -> None:
        """The eighth line of postmaster.pid says it, as it says it to pg_ctl."""
        assert self.process is not None
        state, end = self.data / "postmaster.pid", time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            if self.process.poll() is not None:
                break
            try:
                lines = state.read_text().splitlines()
            except FileNotFoundError:
                lines = []
            if len(lines) > 7 and lines[7].strip() == "ready" and int(lines[0]) == self.process.pid:
                return
            time.sleep(LOOK_S)
        raise NoServer(f"the server did not start: {self.log.read_text()[-2000:]}")


@contextmanager
def running(
    *, durable: bool = False, locale: str = "C.UTF-8", **settings: str
) -> Iterator[Cluster]:
    """Yield a server that runs; its folder is removed at the end. Raises NoServer.

    `settings` are the server's own (`max_connections="20"`). It is not durable unless asked:
    benchmarks must ask.
    """
    user, programs = _user(), _programs()
    folder = _folder(user)
    chosen = {**({} if durable else QUICK), **settings}
    cluster = Cluster(folder, programs, _free_port(), chosen, user, locale=locale)
    try:
        cluster.make()
        yield cluster
    finally:
        cluster.stop("immediate")
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path:
    """Return where the newest server's programs are; Debian keeps them out of the PATH."""
    versions = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    found = sorted(versions, key=lambda each: float(each.parents[1].name), reverse=True)
    elsewhere = shutil.which("initdb")
    if found:
        return found[0].parent
    if elsewhere:
        return Path(elsewhere).resolve().parent
    raise NoServer("PostgreSQL's server programs are not installed (package postgresql)")


def _folder(user: str | None) -> Path:
    """Make a folder with a short name, for a socket has 107 characters, open to its user."""
    folder = Path("/tmp") / f"lkpg.{secrets.token_hex(4)}"  # noqa: S108 - made new, or an error
    folder.mkdir(mode=0o700)
    if user is not None:
        shutil.chown(folder, user)
    return folder


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


def _user() -> str | None:
    """Return as whom the programs run where we are root, which PostgreSQL refuses to be."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    for name in ("postgres", "daemon"):
        if name in known:
            return name
    raise NoServer("PostgreSQL does not run as root, and there is no other user to run it")


def _tied() -> list[str]:
    """Return what ends the server with this process, however that ends.

    The system looks at the thread that started it, so only the main one may do that.
    """
    setpriv = shutil.which("setpriv")
    if setpriv is None or threading.current_thread() is not threading.main_thread():
        return []
    return [setpriv, "--pdeathsig", "INT"]


def _environment() -> dict[str, str]:
    return {"LC_ALL": "C", "PATH": os.environ.get("PATH", os.defpath), "TZ": "UTC"}


def _main() -> int:
    parser = argparse.ArgumentParser(description="Run a private PostgreSQL server until Ctrl-C.")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    parser.add_argument("--durable", action="store_true", help="sync to the disk, as in earnest")
    with running(durable=parser.parse_args().durable) as cluster:
        cluster.create("lenskeep")
        print(f"export LENSKEEP_DATABASE='{cluster.tcp_url('lenskeep')}'", flush=True)
        print(f"socket: {cluster.url('lenskeep')}\nlog: {cluster.log}", file=sys.stderr)
        try:
            signal.pause()
        except KeyboardInterrupt:
            print("stopped", file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(_main())
