"""Documents to profiles: every complaint at once, each with its place and line.

Only the form is looked at here; whether a node takes a value is for `desired.validate`. No value
stands in a complaint: it may be a secret.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from lenskeep.base.errors import Invalid
from lenskeep.desired.document.nodes import Entry, Node, Scalar, Sequence, read_nodes
from lenskeep.desired.document.nodes import Mapping as Block
from lenskeep.desired.document.profile import KIND, MAX_NAME, MAX_TEXT, ProfileDocument
from lenskeep.desired.document.scalars import is_null
from lenskeep.desired.document.setting import KEYS as SETTING_KEYS
from lenskeep.desired.document.setting import Given, read_setting
from lenskeep.desired.document.wrongs import Wrongs
from lenskeep.desired.profile import Drift, ProfileBody, ProfileSetting
from lenskeep.desired.validate.check import Nodes

KEYS: Final = ("lenskeep", "name", "description", "reason", "drift", "settings")
MAX_DOCUMENTS: Final = 200
MAX_WRONGS: Final = 200
"""Complaints that are told; the first tell the story."""
NOTHING_KEPT: Final = ProfileBody()


def read_document(text: str, catalog: Nodes, kept: ProfileBody = NOTHING_KEPT) -> ProfileDocument:
    """Return the one profile of a text. Raises Invalid with everything that is wrong with it.

    `kept` is what the profile holds today: a setting whose secret was left out keeps its value.
    """
    roots = read_nodes(text)
    if len(roots) != 1:
        problem = f"it holds {len(roots)} documents" if roots else "it is empty"
        raise Invalid.field("document", problem, "one profile")
    wrongs = Wrongs()
    document = _Reading(catalog, kept, wrongs).profile(roots[0])
    return _unless_wrong(wrongs, (document,))[0]


def read_documents(
    text: str, catalog: Nodes, kept: Mapping[str, ProfileBody] | None = None
) -> tuple[ProfileDocument, ...]:
    """Return every profile of a text, divided by `---`. Raises Invalid for all of them at once.

    `kept` is what the profiles of these names hold today.
    """
    roots = read_nodes(text)
    if not 1 <= len(roots) <= MAX_DOCUMENTS:
        problem = f"it holds {len(roots)} documents" if roots else "it is empty"
        raise Invalid.field("document", problem, f"1 to {MAX_DOCUMENTS} profiles")
    wrongs = Wrongs()
    found: dict[str, ProfileDocument] = {}
    for number, root in enumerate(roots):
        place = wrongs.under(f"documents[{number}].") if len(roots) > 1 else wrongs
        before = (kept or {}).get(_name_of(root), NOTHING_KEPT)
        document = _Reading(catalog, before, place).profile(root)
        if document.name and document.name in found:
            place.add("name", root.line, "another document of this text has the same name")
        found.setdefault(document.name, document)
    return _unless_wrong(wrongs, tuple(found.values()))


def _unless_wrong(
    wrongs: Wrongs, documents: tuple[ProfileDocument, ...]
) -> tuple[ProfileDocument, ...]:
    if wrongs.found:
        raise Invalid(*wrongs.found[:MAX_WRONGS])
    return documents


def _name_of(root: Node) -> str:
    entries = root.entries if isinstance(root, Block) else ()
    named = (each.value for each in entries if each.key == "name")
    return next((each.text for each in named if isinstance(each, Scalar)), "")


class _Reading:
    """One document being read; what is wrong with it gathers in `wrongs`."""

    def __init__(self, catalog: Nodes, kept: ProfileBody, wrongs: Wrongs) -> None:
        self._catalog = catalog
        self._kept = kept
        self._wrongs = wrongs

    def profile(self, root: Node) -> ProfileDocument:
        """Return the profile, as far as it could be read."""
        if not isinstance(root, Block):
            self._wrongs.add("document", root.line, "it is no profile", f"lenskeep: {KIND}")
            return ProfileDocument("")
        entries = {each.key: each for each in root.entries}
        self._wrongs.unknown("", root.entries, KEYS)
        self._kind(root, entries.get("lenskeep"))
        settings, lines = self._settings(entries.get("settings"))
        return ProfileDocument(
            name=self._name(root, entries.get("name")),
            description=self._text(entries.get("description")),
            reason=self._text(entries.get("reason")),
            body=ProfileBody(settings, self._drift(entries.get("drift"))),
            lines=lines,
        )

    def _kind(self, root: Block, entry: Entry | None) -> None:
        is_known = entry and isinstance(entry.value, Scalar) and entry.value.text == KIND
        if not is_known:
            line = entry.line if entry else root.line
            self._wrongs.add("lenskeep", line, "it does not say that it is a profile", KIND)

    def _name(self, root: Block, entry: Entry | None) -> str:
        text = self._text(entry).strip()
        line = entry.line if entry else root.line
        if not text:
            self._wrongs.add("name", line, "the profile has no name", "a name")
        elif len(text) > MAX_NAME or not text.isprintable():
            allowed = f"one line of at most {MAX_NAME} characters"
            self._wrongs.add("name", line, "it is no name for a profile", allowed)
        return text

    def _text(self, entry: Entry | None) -> str:
        if entry is None:
            return ""
        if not isinstance(entry.value, Scalar):
            self._wrongs.add(entry.key, entry.line, "it is no text", "a text")
            return ""
        if len(entry.value.text) > MAX_TEXT:
            allowed = f"at most {MAX_TEXT} characters"
            self._wrongs.add(entry.key, entry.line, "it is too long", allowed)
        return "" if is_null(entry.value) else entry.value.text

    def _drift(self, entry: Entry | None) -> Drift:
        if entry is None:
            return Drift.CORRECT
        for each in Drift:
            if isinstance(entry.value, Scalar) and entry.value.text == each.value:
                return each
        allowed = ", ".join(each.value for each in Drift)
        self._wrongs.add("drift", entry.line, "it is not what can be done about drift", allowed)
        return Drift.CORRECT

    def _settings(self, entry: Entry | None) -> tuple[tuple[ProfileSetting, ...], tuple[int, ...]]:
        if entry is None or (isinstance(entry.value, Scalar) and is_null(entry.value)):
            return (), ()
        if not isinstance(entry.value, Sequence):
            self._wrongs.add("settings", entry.line, "it is no list", "- uri: ... for each setting")
            return (), ()
        read = tuple(self._each(entry.value))
        return tuple(each for each, _ in read), tuple(line for _, line in read)

    def _each(self, rows: Sequence) -> Iterator[tuple[ProfileSetting, int]]:
        first: dict[str, int] = {}
        for number, row in enumerate(rows.items):
            wrongs = self._wrongs.under(f"settings[{number}]")
            if not isinstance(row, Block):
                wrongs.add("", row.line, "it is no setting", "uri: and value:")
                continue
            wrongs.unknown(".", row.entries, SETTING_KEYS)
            setting = read_setting(Given.of(row), self._catalog, self._kept, wrongs)
            if setting is None:
                continue
            if setting.key in first:
                problem = f"it is of the same node as settings[{first[setting.key]}]"
                wrongs.add(".uri", row.line, problem, "each node once")
            first.setdefault(setting.key, number)
            yield setting, row.line
