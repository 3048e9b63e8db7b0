"""What REST answers of the catalog: every field of a node's record, none left out."""

from pydantic import BaseModel, ConfigDict, Field


class Part(BaseModel):
    """What all parts of a record share: a field that is not named here is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class AdmxRule(Part):
    """The group policy behind a node."""

    file: str
    area: str
    name: str


class AllowedValues(Part):
    """What a node allows; with a delimiter it holds a list of such values."""

    kind: str
    values: list[str]
    labels: list[str]
    ranges: list[list[int]]
    pattern: str | None
    xsd_id: str | None
    admx: AdmxRule | None
    delimiter: str | None


class OpenName(Part):
    """A name in the LocURI that is chosen by whoever sets the node."""

    name: str
    naming: str
    pattern: str | None
    rule: str | None


class Dependency(Part):
    """A node on whose value this one depends."""

    uri: str
    negated: bool
    allowed: AllowedValues


class Dependencies(Part):
    """Nodes of which one must hold; then other values may be allowed."""

    name: str
    on: list[Dependency]
    then_allowed: AllowedValues | None


class Evidence(Part):
    """Who says that a HoloLens has the node, or lacks it."""

    source: str
    says: str
    generations: dict[str, str]
    note: str | None


class CatalogRecord(Part):
    """All that is known of a node; what is unknown is null."""

    uri: str
    scope: str
    csp: str
    area: str | None
    name: str
    title: str
    explanation: str | None
    description: str | None = Field(description="Only from an administrator's own import.")
    access: list[str]
    format: str
    mime: str | None
    default: str | None
    allowed: AllowedValues
    placeholders: list[OpenName]
    occurrence: str | None
    permanent: bool
    case_sensitive: bool | None
    dependencies: list[Dependencies]
    atomic_root: str | None
    conflict: str
    reboot: str
    deprecated: bool
    deprecated_since: str | None
    builds: list[str]
    insider: bool
    csp_version: str | None
    editions: list[str] | None
    holographic: bool
    evidence: list[Evidence]
    confidence: str
    hl_min_build: str | None
    note: str | None
    group_policy: list[str] | None
    synthesized: bool


class CatalogNode(CatalogRecord):
    """A node asked for by its LocURI: the names in its open places, and those it does not take."""

    names: dict[str, str]
    misnamed: list[str]
