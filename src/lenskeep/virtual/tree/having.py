"""Which of the catalog's nodes a headset has, decided by the headset's own rules.

The records are data: who says that which generation has a node, and since which build. What is
made of that here is made without the server's rules, so that the two can disagree.
"""

from functools import lru_cache
from importlib.resources import files
from typing import Final

from lenskeep.tree.catalog.load import Catalog, load_catalog
from lenskeep.tree.catalog.record import Confidence, Generation, Record, Says
from lenskeep.virtual.builds import HOLOGRAPHIC, Profile

_UNHEARD_OF: Final = frozenset(
    each.value
    for each in (
        Confidence.NONE,
        Confidence.DDF_ONLY,
        Confidence.DDF_ADMX_BLANKET,
        Confidence.DDF_HOLOGRAPHIC_ONLY,
    )
)
"""Nobody but a device description speaks of a HoloLens: no headset here has such a node."""

_SOONER: Final = (
    "./device/vendor/msft/accountmanagement",
    "./devdetail/ext/microsoft/dnscomputername",
)
"""Described for a later Windows than the HoloLens that had it: 1803 and 1809 brought them."""

_SLASHES_OF_A_POLICY: Final = 7
"""In `./Device/Vendor/MSFT/Policy/Config/Area/Name`."""


@lru_cache(maxsize=1)
def headset_nodes() -> tuple[Record, ...]:
    """Return every record that any headset might have; read once for all headsets."""
    catalog = _shipped()
    return tuple(
        catalog.record(number)
        for number, row in enumerate(catalog.rows)
        if row.get("confidence", Confidence.NONE.value) not in _UNHEARD_OF
        and not _is_shell(row["uri"])
    )


def _shipped() -> Catalog:
    return load_catalog(files("lenskeep.tree").joinpath("data/catalog.json.gz").read_bytes())


def _is_shell(uri: str) -> bool:
    """Return whether it only stands for policies in general, or for a policy's area."""
    if "/Policy/Result" in uri:
        return True
    return "/Policy/Config/" in uri and ("{" in uri or uri.count("/") < _SLASHES_OF_A_POLICY)


def has(record: Record, profile: Profile) -> bool:
    """Return whether a headset of that kind has the node."""
    if not profile.supports(record.csp):
        return False
    says = record.says(_generation(profile))
    if says in (Says.NO, Says.PACKAGE):
        return False
    if profile.generation == 1:
        return says is Says.YES and (bool(record.area) or _is_described(record, profile))
    if says is Says.INSIDER or record.confidence is Confidence.INSIDER:
        return profile.is_insider
    if not record.confidence.is_yes:
        return False
    return _since(record, profile)


def _generation(profile: Profile) -> Generation:
    if profile.generation == 2:
        return Generation.SECOND
    is_developer = profile.edition == HOLOGRAPHIC
    return Generation.FIRST_DEVELOPMENT if is_developer else Generation.FIRST_COMMERCIAL


def _since(record: Record, profile: Profile) -> bool:
    """Decide by the first HoloLens build; a node may be younger than the CSP that has one."""
    first = record.hl_min_build
    if first is not None and not profile.reaches((first.number, first.revision or 0)):
        return False
    if first is not None and (record.area or record.is_insider):
        return True
    return _is_described(record, profile)


def _is_described(record: Record, profile: Profile) -> bool:
    """Decide by the release that the description names.

    Entries with a revision are fixes of desktop Windows and say nothing of a headset.
    """
    if profile.is_insider or not (record.builds or record.is_insider):
        return True
    if record.key.startswith(_SOONER):
        return True
    return any(each.revision is None and profile.build >= each.number for each in record.builds)
