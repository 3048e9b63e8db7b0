"""The authority's eras in the data folder: reading them, and the steps of a rotation.

Each step ends with one file written whole, so that whatever is interrupted either happened or did
not; what an interrupted step left behind is made anew by the next. Nothing is deleted: the keys of
an era that no longer counts are the administrator's to remove.
"""

from lenskeep.base.errors import Conflict
from lenskeep.certificates import keys
from lenskeep.certificates.authority import Authority, IssuerRole, make_issuer, make_root
from lenskeep.certificates.rotation import Era, Eras
from lenskeep.files.folder import ERAS, PRIVATE, PUBLIC, TRUSTED, authority_files
from lenskeep.files.setup import (
    Site,
    read_authority,
    read_certificate,
    read_eras,
    store_authority,
)


class AuthorityFolder:
    """Serves the flows of the authority from the data folder."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def state(self) -> Eras:
        """Return which era issues, which is shown, which count."""
        return read_eras(self._site.folder)

    def era(self, number: int) -> Era:
        """Return the certificates of an era. Raises Missing."""
        folder = self._site.folder
        root, devices, servers = (
            read_certificate(folder, name, number) for name in ("root", "devices", "servers")
        )
        return Era(number, root, devices, servers)

    def issuing(self) -> Authority:
        """Return what issues to devices, with its key."""
        return read_authority(self._site, "devices")

    def begin(self, *, keep_root: bool) -> Eras:
        """Make a new era and let it issue: with a root of its own, or under the same.

        Raises Conflict while a rotation is under way, and where the root's key is needed and
        lies elsewhere.
        """
        site = self._site
        with site.folder.alone():
            before = self.state()
            after = before.begin()
            if keep_root:
                self._copy_root(before.issuing, after.issuing)
            else:
                root = make_root(self._label(after.issuing), site.clock.now(), site.randomness)
                store_authority(site, "root", root, after.issuing)
            self._make_issuers(after.issuing)
            return self._keep(before, after)

    def serve(self) -> Eras:
        """Let the server show the newest era. Raises Conflict where it does."""
        with self._site.folder.alone():
            before = self.state()
            return self._keep(before, before.serve())

    def finish(self) -> Eras:
        """Let only the newest era count. Raises Conflict without a rotation."""
        with self._site.folder.alone():
            before = self.state()
            return self._keep(before, before.finish())

    def _copy_root(self, old: int, new: int) -> None:
        """Put the same root beside the new issuers."""
        source = authority_files("root", old)
        if not self._site.folder.has(source[1]):
            raise Conflict(f"the root's key is offline: put it back as {source[1]} first")
        root = read_authority(self._site, "root", old)
        store_authority(self._site, "root", root, new)

    def _make_issuers(self, number: int) -> None:
        site = self._site
        root = read_authority(site, "root", number)
        for role in IssuerRole:
            label, now = self._label(number), site.clock.now()
            issuer = make_issuer(root, role, label, now, site.randomness)
            store_authority(site, role.value, issuer, number)

    def _label(self, number: int) -> str:
        """Return what tells this era from the others where names are shown."""
        return f"{number} {self._site.settings.host_names[0]}"

    def _keep(self, before: Eras, after: Eras) -> Eras:
        """Write the roots first: a command beside the server needs those of both states."""
        folder = self._site.folder
        numbers = sorted({*before.accepted, *after.accepted})
        roots = dict.fromkeys(read_certificate(folder, "root", number) for number in numbers)
        folder.write(TRUSTED, keys.pem(roots).encode("ascii"), PUBLIC)
        folder.write(ERAS, after.dump(), PRIVATE)
        return after
