"""The shipped catalog, read once for the tests that need a real one."""

from functools import cache
from importlib import resources

from lenskeep.tree.catalog.load import Catalog, load_catalog


@cache
def shipped() -> Catalog:
    """Return the catalog that comes with us."""
    data = resources.files("lenskeep.tree") / "data" / "catalog.json.gz"
    return load_catalog(data.read_bytes())
