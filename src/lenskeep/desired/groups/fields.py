"""What a rule can ask of a device: the fields, and which comparisons each of them takes.

The table serves the parser, the console's completions and help, and the reference page.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Final


class Op(Enum):
    """A comparison; the value is its spelling in a rule."""

    EQUAL = "="
    UNEQUAL = "!="
    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="
    IN = "in"
    CONTAINS = "contains"
    STARTS = "starts with"
    ENDS = "ends with"
    MATCHES = "matches"
    HAS = "has"
    KNOWN = "is known"


class FieldKind(Enum):
    """How a field's values compare."""

    TEXT = "text"
    """Without regard to case."""
    TAGS = "tags"
    """As text; any one of the device's tags is enough."""
    ADDRESSES = "addresses"
    """As text without its dashes and colons; any one of the device's is enough."""
    BUILD = "build"
    """As a pair of numbers: build and revision."""
    BRANCH = "branch"
    """By the branch that a build is of."""
    AGE = "age"
    """A duration is compared with the time since then, a date with the moment."""
    INVENTORY = "inventory"
    """As numbers where both are, otherwise as text."""


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that a rule can ask of a device."""

    name: str
    kind: FieldKind
    meaning: str
    example: str
    """A whole rule."""
    choices: tuple[str, ...] = ()
    """The usual values, to be offered; others are allowed."""


_ORDER: Final = (Op.LESS, Op.AT_MOST, Op.MORE, Op.AT_LEAST)
_SAME: Final = (Op.EQUAL, Op.UNEQUAL, Op.IN)
_TEXT: Final = (*_SAME, Op.CONTAINS, Op.STARTS, Op.ENDS, Op.MATCHES, Op.KNOWN)
OPERATORS: Final[Mapping[FieldKind, tuple[Op, ...]]] = MappingProxyType(
    {
        FieldKind.TEXT: _TEXT,
        FieldKind.TAGS: _TEXT,
        FieldKind.ADDRESSES: _TEXT,
        FieldKind.BUILD: (*_SAME, *_ORDER, Op.HAS, Op.KNOWN),
        FieldKind.BRANCH: (*_SAME, *_ORDER, Op.KNOWN),
        FieldKind.AGE: (*_ORDER, Op.KNOWN),
        FieldKind.INVENTORY: (*_TEXT, *_ORDER),
    }
)
"""The comparisons that a field of this kind takes."""

INVENTORY: Final = "inventory"

FIELDS: Final = (
    Field(
        "generation",
        FieldKind.TEXT,
        "HoloLens 2 or HoloLens (1st gen); another kind of device has its model here.",
        'generation = "HoloLens 2"',
        ("HoloLens 2", "HoloLens (1st gen)"),
    ),
    Field(
        "build",
        FieldKind.BUILD,
        "Build and revision of Windows. Without a revision, any revision of the build.",
        "build >= 22621.1244",
    ),
    Field(
        "branch",
        FieldKind.BRANCH,
        "The line of builds that the device's is of. 20346 and 20348 are one branch.",
        "branch = 20348",
        ("17763", "18362", "19041", "20348", "22621"),
    ),
    Field(
        "edition",
        FieldKind.TEXT,
        "The edition of Windows.",
        'edition = "Windows Holographic for Business"',
        ("Windows Holographic", "Windows Holographic for Business"),
    ),
    Field(
        "model", FieldKind.TEXT, "The model as the device tells it.", 'model contains "HoloLens"'
    ),
    Field(
        "manufacturer",
        FieldKind.TEXT,
        "The maker as the device tells it.",
        'manufacturer starts with "Microsoft"',
    ),
    Field(
        "architecture",
        FieldKind.TEXT,
        "The kind of processor.",
        "architecture = ARM64",
        ("ARM64", "x86", "x64", "ARM"),
    ),
    Field("name", FieldKind.TEXT, "The device's name.", "name matches ward-3-*"),
    Field("serial", FieldKind.TEXT, "The serial number.", "serial in (003008, 003009)"),
    Field(
        "mac",
        FieldKind.ADDRESSES,
        "Its network addresses, however they are divided.",
        "mac starts with 00-15-5D",
    ),
    Field("tag", FieldKind.TAGS, "The tags that were put on it.", "tag in (ward-3, theatre)"),
    Field(
        "group_tag",
        FieldKind.TEXT,
        "The group tag of its Autopilot record.",
        "group_tag = ward-3",
    ),
    Field("user", FieldKind.TEXT, "The user name it was enrolled with.", 'user ends with "@a.com"'),
    Field(
        "owner",
        FieldKind.TEXT,
        "Whose it probably is: a person's only where a work account was added to it.",
        "owner = organization",
        ("organization", "person"),
    ),
    Field(
        "enrollment",
        FieldKind.TEXT,
        "By which way it came under management.",
        "enrollment = autopilot",
        (
            "typed password",
            "web sign-in",
            "package",
            "package certificate",
            "entra join",
            "work account",
            "autopilot",
            "bulk token",
        ),
    ),
    Field(
        "state",
        FieldKind.TEXT,
        "Where it stands with the server.",
        "state = managed",
        ("enrolled", "managed", "unenrolled", "replaced"),
    ),
    Field(
        "last_seen",
        FieldKind.AGE,
        "When it was last in touch: `< 3d` is within three days, `>= 2026-01-01` since that day.",
        "last_seen < 3d",
    ),
    Field(
        INVENTORY,
        FieldKind.INVENTORY,
        "What the device told of a node of its tree, by LocURI.",
        'inventory("./DevDetail/Ext/Microsoft/FreeStorage") < 6144',
    ),
)
"""Every field, in the order of the help."""

BY_NAME: Final[Mapping[str, Field]] = MappingProxyType({each.name: each for each in FIELDS})
