"""Which LocURIs the server's profiles set, asked over REST: for what a newer catalog changes."""

from collections.abc import Iterator

from lenskeep.base.errors import Invalid
from lenskeep.cli.output import CommandError, Json
from lenskeep.cli.remote import Access, Remote
from lenskeep.tree.uri import parse_uri


def settings_in_use(access: Access) -> tuple[str, ...]:
    """Return every LocURI that a profile sets, each once, in order, assigned or not.

    Of each profile the latest revision counts, and those that an assignment holds on to. Raises
    CommandError where no server answers.
    """
    found: dict[str, str] = {}
    with Remote(access) as remote:
        for line in remote.items("/profiles"):
            path = f"/profiles/{line['profile']['id']}/revisions"
            for number in sorted(_revisions(line)):
                for setting in remote.get(f"{path}/{number}")["settings"]:
                    found.setdefault(_key(setting["uri"]), setting["uri"])
    return tuple(found[key] for key in sorted(found))


def _revisions(line: Json) -> Iterator[int]:
    pinned = {each["revision"] for each in line["assignments"]} - {None}
    yield from pinned | {line["profile"]["revision"]}


def _key(uri: str) -> str:
    try:
        return parse_uri(uri).key
    except Invalid:
        return uri


def unanswered(error: CommandError) -> str:
    """Return in one sentence why nothing is said of settings in use."""
    return f"which settings in use change is not known, since no server told: {error}"
