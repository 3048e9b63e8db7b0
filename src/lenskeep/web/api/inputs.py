"""What REST takes: bodies and queries. Unknown fields are refused, types are not guessed.

Only shapes are checked here; what the words mean is checked once, in the flows.
"""

from enum import Enum
from typing import Annotated, Any

from fastapi import Path
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.types import JsonValue
from pydantic_core import PydanticUndefined

from lenskeep.access import Role, Scope
from lenskeep.flows.entrance import Custody
from lenskeep.flows.mandate import ProgressState
from lenskeep.flows.operations import MAX_DEVICES, Wish
from lenskeep.flows.reading import MAX_PAGE, PageRequest
from lenskeep.flows.records import DeviceFilter, DeviceState, Unwanted
from lenskeep.tree.operation import Verb
from lenskeep.tree.value import Format

Id = Annotated[
    str,
    Path(pattern="^[0-9A-Za-z_]{1,64}$", description="An identifier as lists show it."),
]
_Text = Annotated[str, Field(max_length=200)]


def _names(choices: type[Enum]) -> str:
    return ", ".join(each.value for each in choices)


def one_of(choices: type[Enum], default: str | None = None) -> Any:
    """Return a field whose words are described here and checked, with all others, in the flow."""
    described: dict[str, JsonValue] = {"enum": [each.value for each in choices]}
    given = PydanticUndefined if default is None else default
    return Field(given, json_schema_extra=described)


class Body(BaseModel):
    """What all bodies share: strict types, no field we do not know."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Cut(BaseModel):
    """Which page of a list."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    after: str | None = Field(None, max_length=500, description="The `next` of the page before.")
    limit: int = Field(50, ge=1, le=MAX_PAGE)

    @property
    def page(self) -> PageRequest:
        """The page asked for."""
        return PageRequest(self.after, self.limit)


class DeviceCut(Cut):
    """Which page of which devices; fields left out narrow nothing."""

    text: _Text = Field("", description="In name, serial, DevId, user, model or MAC address.")
    state: DeviceState | None = None
    generation: _Text = ""
    os_build: _Text = ""
    edition: _Text = ""
    trouble: bool = Field(False, description="Only those with failed or unknown operations.")
    worst: ProgressState | Unwanted | None = Field(
        None, description="Only those that stand so to what is wanted of them; none: nothing is."
    )
    tag: _Text = Field("", description="Only those with this tag.")
    custody: Custody | None = None
    silent_since: AwareDatetime | None = Field(
        None, description="Only those under management that were not heard of since then."
    )

    @property
    def narrowed(self) -> DeviceFilter:
        """The filter asked for."""
        return DeviceFilter(
            text=self.text,
            state=self.state.value if self.state else "",
            generation=self.generation,
            os_build=self.os_build,
            edition=self.edition,
            trouble=self.trouble,
            worst=self.worst,
            tag=self.tag,
            custody=self.custody.value if self.custody else "",
            silent_since=self.silent_since,
        )


class WishBody(Body):
    """An operation: `verb` is get, replace, add, delete or exec; no format: it is told by value."""

    verb: str = one_of(Verb)
    uri: str = Field(examples=["./DevDetail/SwV"], description="LocURI")
    format: str | None = Field(None, description=_names(Format))
    value: str | int | bool | None = None
    confirmation: str = Field(
        "", max_length=100, description="Typed to lock a headset to its tenant: `lock to tenant`."
    )

    @property
    def wish(self) -> Wish:
        """The operation as it was written."""
        value = self.value
        if isinstance(value, bool):
            value = "true" if value else "false"
        text = None if value is None else str(value)
        return Wish(self.verb, self.uri, self.format, text, self.confirmation)


class BulkBody(WishBody):
    """One operation on many devices."""

    devices: list[str] = Field(min_length=1, max_length=MAX_DEVICES)


class RenameBody(Body):
    """A new name for the record."""

    name: str


class LinkBody(Body):
    """The earlier record of the same headset."""

    earlier: str


class AccountBody(Body):
    """A new enrollment account; without a password one is made."""

    name: str = Field(examples=["ward3@example.org"])
    password: str | None = None


class CodeBody(Body):
    """A new one-time code."""

    uses: int = 1
    minutes: int = 60


class AdminBody(Body):
    """A new administrator; without a password one is made."""

    name: str
    role: str = one_of(Role)
    password: str | None = None


class AdminChangeBody(Body):
    """What changes of an administrator; what is left out or null stays."""

    role: str | None = Field(None, description=_names(Role))
    password: str | None = None


class TokenBody(Body):
    """A new token."""

    name: str
    scope: str = one_of(Scope, "read")
