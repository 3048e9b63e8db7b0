"""A node of the catalog: one record for each full LocURI, device and user scope apart."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from lenskeep.tree.catalog.allowed import UNSTATED, Allowed
from lenskeep.tree.operation import Verb
from lenskeep.tree.uri import Scope
from lenskeep.tree.value import Format

HOLOGRAPHIC: Final = frozenset({"0x88", "0x88*"})
"""The editions that mean Holographic for Business; a HoloLens 2 is never another."""
HOLOGRAPHIC_1ST_GEN_DEVELOPMENT: Final = "0x87"


class Naming(Enum):
    """Who names a dynamic node."""

    SERVER = "server"
    """The server, by a rule that the DDF tells in prose."""
    SERVER_GUID = "server-guid"
    """The server, with an identifier that it makes up."""
    CLIENT = "client"
    """The device; such nodes are found, never made."""
    UNSTATED = "unstated"


class Conflict(Enum):
    """Which of two values wins where two sources set the node; the value is the DDF's word."""

    NO_MERGE = "NoMerge"
    LAST_WRITE = "LastWrite"
    LOWEST = "LowestValueMostSecure"
    HIGHEST = "HighestValueMostSecure"
    LOWEST_ZERO_UNLIMITED = "LowestValueMostSecureZeroHasNoLimits"
    HIGHEST_ZERO_UNLIMITED = "HighestValueMostSecureZeroHasNoLimits"


class Reboot(Enum):
    """Whether a change takes a restart. NONE also stands for "nobody said so"."""

    NONE = "none"
    AUTOMATIC = "automatic"
    """The device restarts by itself."""
    SERVER = "server"
    """It takes effect once the server, or a person, has restarted the device."""


class Confidence(Enum):
    """How sure it is that a HoloLens 2 has the node, best first."""

    DOCUMENTED = "documented"
    """The published list of HoloLens 2 policies names it."""
    MENTIONED = "mentioned"
    """HoloLens release notes or newer pages name the policy."""
    CSP_DOCUMENTED = "csp-documented"
    """The published table of HoloLens CSPs names its CSP; nothing excludes the node."""
    CSP_MENTIONED = "csp-mentioned"
    """Release notes, or the CSP's own page alone, name it."""
    DDF_HOLOGRAPHIC_ONLY = "ddf-holographic-only"
    """No documentation; its edition list holds Holographic and nothing else."""
    DDF_ONLY = "ddf-only"
    """No documentation; its edition list holds Holographic among others."""
    DDF_ADMX_BLANKET = "ddf-admx-blanket"
    """It is in an `ADMX_*` area, all of which carry Holographic: no evidence at all."""
    INSIDER = "insider"
    """Documentation names it for Insider builds only."""
    EXCLUDED = "excluded"
    """Documentation says that HoloLens 2 does not have it; or a CSP is documented but the DDF
    leaves this node out."""
    NONE = "none"
    """Nobody says that a HoloLens has it."""

    @property
    def is_yes(self) -> bool:
        """Whether some documentation says that a HoloLens 2 has the node."""
        return self in _YES


_YES: Final = frozenset(
    {
        Confidence.DOCUMENTED,
        Confidence.MENTIONED,
        Confidence.CSP_DOCUMENTED,
        Confidence.CSP_MENTIONED,
    }
)


class Says(Enum):
    """What a source says of HoloLens and a node."""

    YES = "yes"
    NO = "no"
    INSIDER = "insider"
    """Insider builds only."""
    PACKAGE = "package"
    """By provisioning package only, never by MDM."""


class Source(Enum):
    """Who says it."""

    DDF = "ddf"
    """The edition list of the device description."""
    POLICY_LIST = "policy-list"
    """The published list of policies that HoloLens supports."""
    CSP_LIST = "csp-list"
    """The published table of CSPs that HoloLens supports."""
    RELEASE_NOTES = "release-notes"
    """HoloLens release notes and pages newer than the lists."""
    SUPPLEMENT = "supplement"
    """Transcribed by us from a CSP's own page; the DDF has no such node."""


class Generation(Enum):
    """The headsets that documentation tells apart."""

    FIRST_DEVELOPMENT = "hololens1_dev"
    FIRST_COMMERCIAL = "hololens1_comm"
    SECOND = "hololens2"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One source's word; where it speaks of generations, one answer for each."""

    source: Source
    says: Says
    generations: Mapping[Generation, Says] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True, slots=True)
class Build:
    """A Windows build; `revision` is None for "from its first release on".

    Revisions of HoloLens and of desktop builds are separate series: never compare them.
    """

    number: int
    revision: int | None = None

    def __str__(self) -> str:
        return f"{self.number}" if self.revision is None else f"{self.number}.{self.revision}"


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A dynamic segment of the LocURI: its name, who names the node, the pattern for the name."""

    name: str
    naming: Naming = Naming.UNSTATED
    pattern: str | None = None
    rule: str = ""
    """The naming rule in Microsoft's words; empty unless imported."""


@dataclass(frozen=True, slots=True)
class Dependency:
    """Another node on which this one depends: it must (or, `negated`, must not) hold `allowed`."""

    uri: str
    allowed: Allowed
    negated: bool = False


@dataclass(frozen=True, slots=True)
class DependencyGroup:
    """Dependencies under one name; where met, `then_allowed` replaces what the node allows."""

    name: str
    dependencies: tuple[Dependency, ...]
    then_allowed: Allowed | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """What is told a person. `title` and `explanation` are ours; the rest is Microsoft's text.

    Microsoft's is there only where the administrator imported the device description.
    """

    title: str = ""
    explanation: str = ""
    description: str = ""
    group_policy: tuple[str, str, str] | None = None
    """Name, area path and element of the group policy that it mirrors."""


@dataclass(frozen=True, slots=True)
class Record:
    """Everything known of a node. `uri` is a template: dynamic segments stand in braces."""

    uri: str
    scope: Scope
    csp: str
    area: str
    """The policy area; empty outside the Policy CSP's settings."""
    name: str
    access: frozenset[Verb]
    format: Format
    default: str | None = None
    """A hint: some defaults lie outside of what their own node allows."""
    allowed: Allowed = UNSTATED
    placeholders: tuple[Placeholder, ...] = ()
    occurrence: str = ""
    is_permanent: bool = False
    case_sensitive: bool | None = None
    mime: str = ""
    dependencies: tuple[DependencyGroup, ...] = ()
    atomic_root: str | None = None
    """The LocURI of the node that wants all below it in one Atomic."""
    conflict: Conflict = Conflict.NO_MERGE
    reboot: Reboot = Reboot.NONE
    is_deprecated: bool = False
    deprecated_since: str = ""
    builds: tuple[Build, ...] = ()
    """Where it is, by the DDF: any of them fits. Empty: nothing was said, or `is_insider`."""
    is_insider: bool = False
    """The DDF lists it for builds that were not released when it was written."""
    csp_version: str = ""
    editions: frozenset[str] | None = None
    """`0x88`; None: nothing was said. Empty: no edition at all."""
    evidence: tuple[Evidence, ...] = ()
    confidence: Confidence = Confidence.NONE
    hl_min_build: Build | None = None
    """The first HoloLens build that has it, by HoloLens documentation."""
    note: str = ""
    words: Words = Words()
    is_synthesized: bool = False
    """It stands in no source; it follows from another record (`Policy/Result`)."""

    @property
    def key(self) -> str:
        """The LocURI without regard to case."""
        return self.uri.casefold()

    @property
    def is_dynamic(self) -> bool:
        """Whether the node itself has no fixed name."""
        return self.uri.endswith("}")

    @property
    def is_holographic(self) -> bool:
        """Whether its edition list holds Holographic for Business."""
        return self.editions is not None and not HOLOGRAPHIC.isdisjoint(self.editions)

    @property
    def is_settable(self) -> bool:
        """Whether it holds a value that a server may write."""
        writable = Verb.REPLACE in self.access or Verb.ADD in self.access
        return writable and self.format is not Format.NODE

    @property
    def is_blanket_admx(self) -> bool:
        """Whether only the blanket mark of the `ADMX_*` areas says that a HoloLens has it."""
        return self.confidence is Confidence.DDF_ADMX_BLANKET

    @property
    def title(self) -> str:
        """What a person calls it: our title, or its name."""
        return self.words.title or self.name

    def says(self, generation: Generation) -> Says | None:
        """Return what documentation says of a generation; the first source that speaks counts."""
        for each in self.evidence:
            if generation in each.generations:
                return each.generations[generation]
        return None
