"""The commands: build the catalog, look into it, load a newer one, compare two."""

from pathlib import Path
from typing import Annotated

import typer

from lenskeep.base.errors import Invalid, Missing
from lenskeep.cli.catalog.in_use import settings_in_use, unanswered
from lenskeep.cli.catalog.words import record_pairs, show_difference, told
from lenskeep.cli.output import CommandError, note, print_json, print_pairs, print_table
from lenskeep.cli.remote import (
    CaOption,
    DataOption,
    JsonOption,
    ServerOption,
    TokenOption,
    find_access,
)
from lenskeep.config import load_settings
from lenskeep.files.catalog import (
    CATALOG,
    current_catalog,
    read_descriptions,
    read_file,
    shipped_overlay,
)
from lenskeep.files.folder import DataFolder
from lenskeep.tree.catalog.diff import compare
from lenskeep.tree.catalog.load import Catalog, load_catalog
from lenskeep.tree.catalog.plain import plain_record
from lenskeep.tree.catalog.record import Build
from lenskeep.tree.catalog.search import Query, SearchIndex
from lenskeep.tree.catalog.sources.build import build_catalog
from lenskeep.tree.catalog.sources.overlay import (
    Overlay,
    OverlayFiles,
    read_hololens_build,
    read_overlay,
)

app = typer.Typer(
    name="catalog",
    help="Settings that a HoloLens has: what they are called, allow, and who says so.",
    no_args_is_help=True,
)

Source = Annotated[Path, typer.Argument(help="A folder or zip of DDF v2 files.")]
FileOption = typer.Option(exists=True, dir_okay=False, help="In place of our own.")


@app.command()
def build(
    source: Source,
    out: Annotated[Path, typer.Option("--output", "-o", help="The file to write.")],
    supplement: Annotated[Path | None, FileOption] = None,
    policies: Annotated[Path | None, FileOption] = None,
    csps: Annotated[Path | None, FileOption] = None,
) -> None:
    """Compile descriptions and our own layer into a catalog: facts alone, the same every time."""
    ours = shipped_overlay()
    overlay = read_overlay(
        OverlayFiles(
            policies=read_file(policies) if policies else ours.policies,
            csps=read_file(csps) if csps else ours.csps,
            supplement=read_file(supplement) if supplement else ours.supplement,
            own=ours.own,
        )
    )
    body = build_catalog(read_descriptions(source), overlay)
    try:
        out.write_bytes(body)
    except OSError as error:
        raise Invalid.field("output", f"{out} cannot be written: {error.strerror}") from None
    note(f"made {out}: {told(load_catalog(body).header)}")


@app.command()
def show(
    uri: Annotated[str, typer.Argument(help="A LocURI, with real names or with {open} ones.")],
    data: DataOption = None,
    json: JsonOption = False,
) -> None:
    """Show all that is known of a node."""
    found = _current(data).match(uri)
    if found is None:
        raise Missing("node in the catalog", uri)
    record = found.record
    misnamed = [each.name for each in found.misnamed]
    if json:
        names = {each.name: name for each, name in found.names if name != f"{{{each.name}}}"}
        print_json({**plain_record(record), "names": names, "misnamed": misnamed})
        return
    print_pairs(record_pairs(record))
    for name in misnamed:
        note(f"the name given for {{{name}}} is not one that the node takes")


@app.command()
def search(
    words: Annotated[list[str] | None, typer.Argument(help="Words; all must be found.")] = None,
    build: Annotated[
        str | None, typer.Option(help="Only what this HoloLens build may have: 20348.1528.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also what no HoloLens is known to have.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="Nodes shown at most.")] = 50,
    data: DataOption = None,
    json: JsonOption = False,
) -> None:
    """Find nodes by words. Areas that carry the HoloLens mark without evidence stay hidden."""
    query = Query(" ".join(words or ()), _build(build), everything=everything, limit=limit)
    found = SearchIndex(_current(data)).find(query)
    if json:
        print_json({"items": [plain_record(record) for record in found]})
        return
    print_table(
        ("LOCURI", "TITLE", "FORMAT", "SINCE", "CONFIDENCE"),
        (
            (
                each.uri,
                each.title,
                each.format.value,
                each.hl_min_build or "",
                each.confidence.value,
            )
            for each in found
        ),
    )
    if not found and not everything:
        note("nothing that a HoloLens is known to have; --all looks at every node")
    if len(found) == limit:
        note(f"the first {limit}; more words, or --limit, show others")


@app.command("import")
def import_(
    source: Source,
    server: ServerOption = None,
    token: TokenOption = None,
    ca: CaOption = None,
    data: DataOption = None,
    json: JsonOption = False,
) -> None:
    """Load your own copy of a DDF v2 set, with all its text, and show what becomes different.

    A running server tells which settings its profiles use: those that change come first.
    """
    folder = DataFolder(load_settings(data).data)
    if not folder.path.is_dir():
        raise Missing("data folder made by `lenskeep init`", str(folder.path))
    before = load_catalog(current_catalog(folder.path))
    body = build_catalog(read_descriptions(source), _overlay(), with_text=True)
    after = load_catalog(body)
    difference = compare(before, after)
    in_use: tuple[str, ...] | None = None
    try:
        in_use = settings_in_use(find_access(server, token, ca, data))
    except CommandError as error:
        note(unanswered(error))
    folder.write(CATALOG, body)
    note(f"loaded {source}: {told(after.header)}")
    show_difference(difference, as_json=json, in_use=in_use)


@app.command()
def diff(
    before: Annotated[Path, typer.Argument(help="A catalog file, or a folder or zip of DDF v2.")],
    after: Annotated[Path, typer.Argument(help="The same, newer.")],
    json: JsonOption = False,
) -> None:
    """Show what two catalogs have differently."""
    show_difference(compare(_any(before), _any(after)), as_json=json)


# --- which catalog ---


def _current(data: Path | None) -> Catalog:
    return load_catalog(current_catalog(load_settings(data).data))


def _overlay() -> Overlay:
    return read_overlay(shipped_overlay())


def _any(path: Path) -> Catalog:
    if path.is_file() and path.suffix.casefold() != ".zip":
        return load_catalog(read_file(path))
    return load_catalog(build_catalog(read_descriptions(path), _overlay()))


def _build(text: str | None) -> Build | None:
    if text is None:
        return None
    found = read_hololens_build(text)
    if found is None:
        raise Invalid.field("build", f"{text!r} is not a build", "22621 or 22621.1244")
    return found
