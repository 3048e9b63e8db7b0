"""What a document holds: a profile with its words, before anybody stores it."""

import re
from dataclasses import dataclass, field
from typing import Final

from lenskeep.desired.profile import ProfileBody

KIND: Final = "profile/1"
"""The kind of document and the version of its form."""
POLICY_ROOT: Final = "./Device/Vendor/MSFT/Policy/Config/"
"""What the short form `policy: Area/Name` stands for."""
_POLICY: Final = re.compile("[A-Za-z0-9_~.-]{1,200}/[A-Za-z0-9_.-]{1,200}")
MAX_NAME: Final = 200
MAX_TEXT: Final = 10_000
"""Characters of a description or a reason."""


@dataclass(frozen=True, slots=True)
class ProfileDocument:
    """A profile as a document has it. `reason` is why this revision was made.

    `lines` are the lines in which the settings began, in their order; empty where the document
    was not read from a text. They do not make a difference between two documents.
    """

    name: str
    description: str = ""
    reason: str = ""
    body: ProfileBody = field(default_factory=ProfileBody)
    lines: tuple[int, ...] = field(default=(), compare=False)


def long_form(policy: str) -> str:
    """Return the LocURI of `Area/Name`, empty where it is none."""
    return POLICY_ROOT + policy if _POLICY.fullmatch(policy) else ""


def short_form(uri: str) -> str:
    """Return `Area/Name` where that stands for this very LocURI, else nothing."""
    policy = uri.removeprefix(POLICY_ROOT)
    return policy if long_form(policy) == uri else ""
