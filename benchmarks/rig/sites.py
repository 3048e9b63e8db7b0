"""Sites on either database."""

from contextlib import ExitStack
from pathlib import Path

from benchmarks.rig.site import Site
from tools.postgres_cluster import Cluster, running

CONNECTIONS = "60"


def make_site(stack: ExitStack, folder: Path, database: str, workers: int = 2) -> Site:
    """Return a site on a database of its own: one process on SQLite, two workers otherwise."""
    if database == "sqlite":
        site = Site(folder / "data")
        site.make()
        return site
    return clustered(stack, folder, workers)[0]


def clustered(stack: ExitStack, folder: Path, workers: int = 2) -> tuple[Site, Cluster]:
    """Return a site of two workers, and its PostgreSQL server."""
    cluster = stack.enter_context(running(durable=True, max_connections=CONNECTIONS))
    site = Site(folder / "data", database=cluster.create("lenskeep"), workers=workers)
    site.make()
    return site, cluster
