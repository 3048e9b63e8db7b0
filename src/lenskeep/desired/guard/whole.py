"""Everything wanted of a device together, looked through once for what the rules ask of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from lenskeep.base.errors import Invalid
from lenskeep.desired.guard.places import apps, networks
from lenskeep.tree.uri import parse_uri


@dataclass(frozen=True, slots=True)
class Whole:
    """Value by comparison key; the Wi-Fi networks and the package families among them."""

    values: Mapping[str, str | None] = field(repr=False)
    networks: tuple[str, ...] = ()
    apps: tuple[str, ...] = ()

    def get(self, key: str) -> str | None:
        """Return the wanted value; None where the node is not wanted or holds none."""
        return self.values.get(key)


def together(wanted: Iterable[tuple[str, str | None]]) -> Whole:
    """Return it of LocURIs and values; of one node the last counts."""
    rows = [(_path(uri), value) for uri, value in wanted]
    paths = [path for path, _ in rows]
    values = {path.casefold(): value for path, value in rows}
    return Whole(values, networks(paths), tuple(apps(paths)))


def _path(uri: str) -> str:
    """Return the canonical path in its own case; what is no LocURI stands for itself."""
    try:
        return parse_uri(uri).path
    except Invalid:
        return uri.strip()
