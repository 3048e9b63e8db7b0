"""A profile while it is being written: read from the form, turned into a body."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from lenskeep.base.identifiers import GroupId, ProfileId
from lenskeep.desired.profile import Drift, ProfileBody
from lenskeep.tree.catalog.load import Catalog
from lenskeep.web.console.page import Form
from lenskeep.web.console.profiles.draft.row import Row, read_row, row_of

NewId = Callable[[], str]


@dataclass(frozen=True, slots=True)
class Draft:
    """All that the form of a profile holds."""

    profile: ProfileId | None = None
    """None: it does not exist yet."""
    base: int = 0
    """The number of the revision that it is to follow."""
    origin: int = 0
    """The number of the revision that its rows were read from."""
    name: str = ""
    description: str = ""
    drift: Drift = Drift.CORRECT
    rows: tuple[Row, ...] = field(default=(), repr=False)
    template: str = ""
    group: GroupId | None = None
    """The devices that it is looked at on; None: those that it reaches already."""
    reason: str = ""
    accepts: bool = False
    """Clashes with other profiles were seen, and it is saved all the same."""

    def body(self, kept: ProfileBody | None = None) -> tuple[ProfileBody, tuple[Row, ...]]:
        """Return the body, and the row of each of its settings."""
        before = ProfileBody() if kept is None else kept
        found = [(row, row.setting(before.get(row.original))) for row in self.rows]
        there = [(row, setting) for row, setting in found if setting is not None]
        return (
            ProfileBody(tuple(setting for _, setting in there), self.drift),
            tuple(row for row, _ in there),
        )

    def with_row(self, row: Row) -> "Draft":
        """Return the draft with one more setting."""
        return replace(self, rows=(*self.rows, row))

    def without_row(self, row_id: str) -> "Draft":
        """Return the draft without this setting."""
        return replace(self, rows=tuple(each for each in self.rows if each.id != row_id))

    def has(self, uri: str) -> bool:
        """Return whether the node is in it; nodes with names of their own may come again."""
        key = uri.casefold()
        return "{" not in uri and any(each.uri.casefold() == key for each in self.rows)


def rows_of(
    catalog: Catalog, body: ProfileBody, new_id: NewId, *, is_saved: bool
) -> tuple[Row, ...]:
    """Return the rows of a body."""
    return tuple(row_of(catalog, new_id(), each, is_saved=is_saved) for each in body.settings)


def read_draft(catalog: Catalog, form: Form, profile: ProfileId | None) -> Draft:
    """Return the draft that a form holds."""
    ids = dict.fromkeys(each for each in form.getlist("row") if each.isalnum())
    drift = form.get("drift", "")
    return Draft(
        profile=profile,
        base=_number(form.get("base", "")),
        origin=_number(form.get("origin", "")),
        name=form.get("name", ""),
        description=form.get("description", "").replace("\r\n", "\n"),
        drift=Drift.REPORT if drift == Drift.REPORT.value else Drift.CORRECT,
        rows=tuple(read_row(catalog, each, form) for each in ids),
        template=form.get("template", ""),
        group=GroupId(form["group"]) if form.get("group") else None,
        reason=form.get("reason", ""),
        accepts="accepts" in form,
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0
