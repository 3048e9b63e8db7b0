"""Commands that keep what a server knows: backup, restore, and the key for nightly backups."""

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from lenskeep import app as house_app
from lenskeep.app.keeping import BackupOrder, Restored, RestoreOrder
from lenskeep.base.errors import Conflict, Invalid, Unavailable
from lenskeep.base.secret import Secret
from lenskeep.base.system import SystemRandomness
from lenskeep.cli.output import note, print_json, print_pairs, print_value
from lenskeep.cli.server.progress import progress
from lenskeep.files.archive import (
    Lock,
    Opener,
    PassphraseLock,
    PassphraseOpener,
    new_backup_key,
    public_half,
    read_opener,
    read_public_key,
)
from lenskeep.files.folder import PRIVATE, PUBLIC, DataFolder

PASSPHRASE: Final = "LENSKEEP_BACKUP_PASSPHRASE"  # noqa: S105 - a variable's name
_DATABASE: Final = "LENSKEEP_DATABASE"
DataOption = Annotated[
    Path | None,
    typer.Option("--data", envvar="LENSKEEP_DATA", help="The data folder.", show_default=False),
]
PassphraseOption = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file",
        help=f"A file with the passphrase; else {PASSPHRASE} holds it, else it is asked for.",
    ),
]
ArchiveArgument = Annotated[Path, typer.Argument(metavar="ARCHIVE", help="What backup made.")]


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command()(backup)
    app.command()(restore)
    keys = typer.Typer(help="The key for backups without a passphrase.", no_args_is_help=True)
    keys.command("new")(backup_key_new)
    keys.command("show")(backup_key_show)
    app.add_typer(keys, name="backup-key")


def backup(
    target: Annotated[
        Path, typer.Argument(metavar="TARGET", help="A new file; or a folder, to name it there.")
    ],
    data: DataOption = None,
    to_key: Annotated[
        list[Path] | None,
        typer.Option("--to-key", help="A file with the public half of a backup key; repeatable."),
    ] = None,
    passphrase_file: PassphraseOption = None,
    without_master_key: Annotated[
        bool, typer.Option(help="Leave the master key out: keep a copy of it elsewhere.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Make an encrypted backup of everything, in one file, also while the server runs."""
    locks = _locks(to_key or (), passphrase_file)
    order = BackupOrder(target, locks, with_master_key=not without_master_key)
    with progress() as tell:
        made = asyncio.run(house_app.back_up(data, order, tell))
    if as_json:
        plain = {"archive": str(made.path), "size_bytes": made.size_bytes}
        print_json({**plain, "files": made.counted.files, "rows": made.counted.tables})
        return
    print_value(str(made.path))
    note(f"{made.counted.rows} rows, {made.counted.files} files, {made.size_bytes} bytes")
    if without_master_key:
        note("The master key is not in it: nothing opens without it, so keep it apart.")


def restore(
    archive: ArchiveArgument,
    data: DataOption = None,
    database: Annotated[
        str | None,
        typer.Option(
            envvar=_DATABASE,
            help="postgresql://... of an empty database; without: a SQLite file in the folder.",
            show_default=False,
        ),
    ] = None,
    key: Annotated[
        Path | None, typer.Option("--key", help="A file with the private backup key.")
    ] = None,
    passphrase_file: PassphraseOption = None,
    check: Annotated[
        bool, typer.Option("--check", help="Read the archive through, and restore nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Bring a backup back into a new data folder and an empty database, whole or not at all."""
    if data is None and not check:
        raise Invalid.field("--data", "it is missing", "a new folder")
    opener = _opener(key, passphrase_file)
    with progress() as tell:
        if check or data is None:
            found = house_app.check_archive(archive, opener, tell)
        else:
            address = database or ""
            keeps = address != os.environ.get(_DATABASE)
            order = RestoreOrder(archive, opener, data, Secret(address), keeps)
            found = asyncio.run(house_app.restore(order, tell))
    if as_json:
        print_json(_plain(found))
        return
    _show(found)
    if not check:
        _say_what_is_new(found, data)


def _plain(found: Restored) -> dict[str, object]:
    manifest = found.manifest
    return {
        "made_at": manifest.made_at,
        "version": manifest.version,
        "schema": manifest.schema,
        "database": manifest.database,
        "hostname": manifest.hostname,
        "has_master_key": manifest.has_master_key,
        "files": found.counted.files,
        "rows": found.counted.tables,
        "execs_in_doubt": found.execs,
        "headsets": found.headsets,
        "not_in_the_backup": list(found.outside),
    }


def _show(found: Restored) -> None:
    manifest = found.manifest
    print_pairs(
        (
            ("made", f"{manifest.made_at} by Lenskeep {manifest.version}"),
            ("of", f"{manifest.hostname}, on {manifest.database}, schema {manifest.schema}"),
            ("master key", "in it" if manifest.has_master_key else "not in it"),
            ("holds", f"{found.counted.rows} rows, {found.counted.files} files"),
            ("rows", ", ".join(f"{n} {name}" for name, n in found.counted.tables.items() if n)),
        )
    )


def _say_what_is_new(found: Restored, data: Path | None) -> None:
    for name in found.outside:
        note(f"The settings name {name}, which no backup holds: bring it here yourself.")
    note(
        "Never let the old server run again beside this one. What happened after the backup is "
        "not known here:"
    )
    note(f"- {found.execs} Exec operations were open: their outcome is unknown, none is sent again")
    note(f"- the settings of {found.headsets} headsets are read again at their next contact")
    note("- headsets that enrolled, or renewed their certificate, since then have to enroll again:")
    note("  they show in the log as message_refused, `the certificate is unknown or revoked`")
    note(f"Start it: lenskeep serve --data {data}")


# --- the key for backups ------------------------------------------------------------------


def backup_key_new(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A new file for the private key.")],
) -> None:
    """Make a backup key: the private half in FILE, to keep apart, the public one in FILE.pub."""
    public = file.with_name(file.name + ".pub")
    for each in (file, public):
        if each.exists():
            raise Conflict(f"{each} is there already")
    private, shown = new_backup_key(SystemRandomness())
    folder = DataFolder(file.parent)
    folder.write(file.name, private.reveal().encode("ascii") + b"\n", PRIVATE)
    folder.write(public.name, shown.encode("ascii") + b"\n", PUBLIC)
    print_value(shown)
    note(f"Keep {file} away from the server: it opens the backups. The server needs {public}.")


def backup_key_show(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The private key's file.")],
) -> None:
    """Print the public half of a private backup key."""
    print_value(public_half(_text_of(file)))


# --- secrets ------------------------------------------------------------------------------


def _locks(public: Sequence[Path], passphrase_file: Path | None) -> tuple[Lock, ...]:
    """Return who may open it: the holders of these keys, and who knows the passphrase, if one is
    given or nobody else could.
    """
    locks: list[Lock] = [read_public_key(_text_of(each).reveal()) for each in public]
    if passphrase_file or os.environ.get(PASSPHRASE) or not locks:
        locks.append(PassphraseLock(_passphrase(passphrase_file, twice=True)))
    return tuple(locks)


def _opener(key: Path | None, passphrase_file: Path | None) -> Opener:
    if key is not None:
        return read_opener(_text_of(key))
    return PassphraseOpener(_passphrase(passphrase_file, twice=False))


def _passphrase(file: Path | None, *, twice: bool) -> Secret:
    if file is not None:
        return Secret(_text_of(file).reveal().rstrip("\r\n"))
    if given := os.environ.get(PASSPHRASE):
        return Secret(given)
    if not sys.stdin.isatty():
        allowed = f"--passphrase-file, {PASSPHRASE}, or a backup key"
        raise Invalid.field("passphrase", "there is none, and nobody to ask", allowed)
    return Secret(typer.prompt("Passphrase", hide_input=True, confirmation_prompt=twice))


def _text_of(file: Path) -> Secret:
    try:
        return Secret(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError):
        raise Unavailable(f"{file} cannot be read") from None
