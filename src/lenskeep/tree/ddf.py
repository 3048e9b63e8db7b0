"""DDF v2, Microsoft's description of the management tree: a file's bytes -> flat nodes.

Texts come as they are written, trimmed; `catalog.compile` says what they mean. What is done here is
what needs the tree: the full LocURI, and what a node inherits - applicability (each of its three
elements by itself), deprecation, the Atomic it belongs to. Elements are found by name, for files do
not keep to the published order.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final
from xml.etree.ElementTree import Element

from lenskeep.base.errors import shown
from lenskeep.tree.uri import MAX_LENGTH, Scope
from lenskeep.wire.errors import BadMessage
from lenskeep.wire.xml import local_name, read_trusted

MICROSOFT: Final = "http://schemas.microsoft.com/MobileDevice/DM"


@dataclass(frozen=True, slots=True)
class DdfChoice:
    """A value, and what Microsoft says that it means."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class DdfAllowed:
    """`MSFT:AllowedValues` and its likes: the ValueType and what stood below it.

    `delimiter` is None where there is no List; `admx` holds file, area and name.
    """

    value_type: str
    choices: tuple[DdfChoice, ...] = ()
    text: str | None = None
    delimiter: str | None = None
    admx: tuple[str, str, str] | None = None


@dataclass(frozen=True, slots=True)
class DdfDependency:
    """One `MSFT:Dependency`; the LocURI as written, often without its `./`."""

    type: str
    uri: str
    allowed: DdfAllowed | None


@dataclass(frozen=True, slots=True)
class DdfDependencyGroup:
    """One `MSFT:DependencyGroup`."""

    name: str
    dependencies: tuple[DdfDependency, ...]
    then_allowed: DdfAllowed | None


@dataclass(frozen=True, slots=True)
class Applicability:
    """Where a node is; None where neither it nor a node above it says so.

    An empty edition list is a statement: no edition has it.
    """

    builds: str | None = None
    csp_version: str | None = None
    editions: str | None = None


@dataclass(frozen=True, slots=True)
class DdfNode:
    """One node. `name` stands in braces where it is dynamic; `uri` is the whole template."""

    uri: str
    scope: Scope
    name: str
    is_dynamic: bool
    access: tuple[str, ...]
    format: str
    default: str | None
    description: str
    occurrence: str
    is_permanent: bool
    title: str
    mime: str
    case_sense: str
    applicability: Applicability
    allowed: DdfAllowed | None
    naming: tuple[str, str] | None
    """The element below DynamicNodeNaming, and its text."""
    dependencies: tuple[DdfDependencyGroup, ...]
    atomic_root: str | None
    reboot: str
    deprecated: str | None
    """The build it is deprecated since, empty where none is given; None: it is not."""
    conflict: str
    group_policy: tuple[str, str, str] | None


@dataclass(frozen=True, slots=True)
class _Above:
    """What a node inherits."""

    uri: str
    applicability: Applicability = Applicability()
    atomic_root: str | None = None
    deprecated: str | None = None


def read_ddf(body: bytes) -> tuple[DdfNode, ...]:
    """Return the nodes of a file, each before those below it. Raises BadMessage."""
    root = read_trusted(body)
    if local_name(root) != "MgmtTree":
        came = shown(local_name(root))
        raise BadMessage(f"{came} is not a device description", where="MgmtTree")
    nodes: list[DdfNode] = []
    for top in root.iterfind("Node"):
        nodes.extend(_walk(top, _Above(canonical_path(_text(top, "Path")))))
    return tuple(nodes)


def canonical_path(path: str) -> str:
    """Return a path of a description as ours: `./Vendor` is `./Device/Vendor`, no slash ends it."""
    path = path.strip().rstrip("/")
    if path in ("", "."):
        return "."
    if not path.startswith("./"):
        path = f"./{path}"
    if path.casefold().startswith("./vendor/"):
        path = f"./Device{path[1:]}"
    return path


def scope_of(uri: str) -> Scope:
    """Return whose part of the tree a canonical path addresses."""
    return Scope.USER if uri.casefold().startswith("./user/") else Scope.DEVICE


def _walk(element: Element, above: _Above) -> Iterator[DdfNode]:
    node = _node(element, above)
    yield node
    here = _Above(node.uri, node.applicability, node.atomic_root, node.deprecated)
    for below in element.iterfind("Node"):
        yield from _walk(below, here)


def _node(element: Element, above: _Above) -> DdfNode:
    if len(above.uri) >= MAX_LENGTH:
        raise BadMessage(f"a path of more than {MAX_LENGTH} characters", where="Path")
    properties = element.find("DFProperties")
    if properties is None:
        raise BadMessage("DFProperties is missing", where=above.uri)
    fixed = _text(element, "NodeName")
    title = _text(properties, "DFTitle")
    name = fixed or f"{{{title or 'Name'}}}"
    if len(above.uri) + len(name) >= MAX_LENGTH:  # every node below repeats it
        raise BadMessage(f"a LocURI of more than {MAX_LENGTH} characters", where="NodeName")
    uri = f"{above.uri}/{name}"
    node = _plain(properties, uri, name, title)
    return replace(
        node,
        is_dynamic=not fixed,
        applicability=_applicability(properties, above.applicability),
        atomic_root=uri if _has(properties, "AtomicRequired") else above.atomic_root,
        deprecated=_deprecated(properties, above.deprecated),
    )


def _plain(properties: Element, uri: str, name: str, title: str) -> DdfNode:
    """Return what a node says itself; what it may inherit is still missing."""
    default = properties.find("DefaultValue")
    return DdfNode(
        uri=uri,
        scope=scope_of(uri),
        name=name,
        is_dynamic=False,
        access=tuple(_names(properties.find("AccessType"))),
        format=_only(properties, "DFFormat"),
        default=None if default is None else (default.text or "").strip(),
        description=_text(properties, "Description"),
        occurrence=_only(properties, "Occurrence"),
        is_permanent=_only(properties, "Scope") == "Permanent",
        title=title,
        mime=_text(properties, "DFType/MIME"),
        case_sense=_only(properties, "CaseSense"),
        applicability=Applicability(),
        allowed=_allowed(_extension(properties, "AllowedValues")),
        naming=_naming(properties),
        dependencies=_dependencies(properties),
        atomic_root=None,
        reboot=_extension_text(properties, "RebootBehavior"),
        deprecated=None,
        conflict=_extension_text(properties, "ConflictResolution"),
        group_policy=_group_policy(properties),
    )


def _applicability(properties: Element, above: Applicability) -> Applicability:
    own = _extension(properties, "Applicability")
    if own is None:
        return above
    return Applicability(
        _own_or(own, "OsBuildVersion", above.builds),
        _own_or(own, "CspVersion", above.csp_version),
        _own_or(own, "EditionAllowList", above.editions),
    )


def _own_or(element: Element, local: str, inherited: str | None) -> str | None:
    found = _extension(element, local)
    return inherited if found is None else (found.text or "").strip()


def _deprecated(properties: Element, above: str | None) -> str | None:
    own = _extension(properties, "Deprecated")
    return above if own is None else own.get("OsBuildDeprecated", "").strip()


def _allowed(element: Element | None) -> DdfAllowed | None:
    if element is None:
        return None
    delimiter = _extension(element, "List")
    admx = _extension(element, "AdmxBacked")
    value = _extension(element, "Value")
    choices = (
        DdfChoice(_extension_text(each, "Value"), _extension_text(each, "ValueDescription"))
        for each in element.iterfind(f"{{{MICROSOFT}}}Enum")
    )
    return DdfAllowed(
        value_type=element.get("ValueType", ""),
        choices=tuple(choices),
        text=None if value is None else (value.text or "").strip(),
        delimiter=None if delimiter is None else delimiter.get("Delimiter", ""),
        admx=None if admx is None else _attributes(admx, "File", "Area", "Name"),
    )


def _naming(properties: Element) -> tuple[str, str] | None:
    naming = _extension(properties, "DynamicNodeNaming")
    for each in naming if naming is not None else ():
        return local_name(each), (each.text or "").strip()
    return None


def _dependencies(properties: Element) -> tuple[DdfDependencyGroup, ...]:
    behavior = _extension(properties, "DependencyBehavior")
    if behavior is None:
        return ()
    return tuple(
        DdfDependencyGroup(
            name=group.get("FriendlyId", ""),
            dependencies=tuple(
                DdfDependency(
                    each.get("Type", ""),
                    _extension_text(each, "DependencyUri"),
                    _allowed(_extension(each, "DependencyAllowedValue")),
                )
                for each in group.iterfind(f"{{{MICROSOFT}}}Dependency")
            ),
            then_allowed=_allowed(_extension(group, "DependencyChangedAllowedValues")),
        )
        for group in behavior.iterfind(f"{{{MICROSOFT}}}DependencyGroup")
    )


def _group_policy(properties: Element) -> tuple[str, str, str] | None:
    found = _extension(properties, "GpMapping")
    if found is None:
        return None
    return _attributes(found, "GpEnglishName", "GpAreaPath", "GpElement")


def _attributes(element: Element, one: str, two: str, three: str) -> tuple[str, str, str]:
    return element.get(one, ""), element.get(two, ""), element.get(three, "")


def _text(element: Element, path: str) -> str:
    return (element.findtext(path) or "").strip()


def _extension(element: Element, local: str) -> Element | None:
    return element.find(f"{{{MICROSOFT}}}{local}")


def _extension_text(element: Element, local: str) -> str:
    return (element.findtext(f"{{{MICROSOFT}}}{local}") or "").strip()


def _has(element: Element, local: str) -> bool:
    return _extension(element, local) is not None


def _names(element: Element | None) -> Iterator[str]:
    for each in element if element is not None else ():
        yield local_name(each)


def _only(element: Element, local: str) -> str:
    """Return the name of the one element that stands below, as `DFFormat` and its likes have it."""
    return next(_names(element.find(local)), "")
