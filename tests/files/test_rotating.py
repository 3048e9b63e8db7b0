"""The authority's eras in a data folder, step by step, and what is interrupted."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from lenskeep.base.errors import Conflict, Unavailable
from lenskeep.base.system import SystemRandomness
from lenskeep.certificates import keys
from lenskeep.certificates.keyring import Keyring, new_master_key
from lenskeep.certificates.rotation import Eras
from lenskeep.config import Settings
from lenskeep.files.folder import ERAS, DataFolder, authority_files
from lenskeep.files.rotating import AuthorityFolder
from lenskeep.files.setup import (
    Site,
    is_made,
    read_authority,
    read_eras,
    server_files,
    set_up,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Still:
    """A clock that stands still."""

    def now(self) -> datetime:
        """Return always the same."""
        return NOW


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A data folder as `lenskeep init` makes it."""
    randomness = SystemRandomness()
    keyring = Keyring.from_text(new_master_key(randomness))
    settings = Settings(data=tmp_path, hostname="mdm.example")
    made = Site(DataFolder(tmp_path), settings, keyring, Still(), randomness)
    set_up(made)
    return made


def served(site: Site) -> x509.Certificate:
    """Return the leaf that the server shows."""
    return x509.load_pem_x509_certificates(server_files(site)[0])[0]


def test_a_rotation_is_carried_through(site: Site) -> None:
    """New issuers at once, the server's certificate when it is told to, the old files stay."""
    folder = AuthorityFolder(site)
    old = folder.era(1)
    first = served(site)

    assert Eras(2, 1, (1, 2)) == folder.begin(keep_root=False)
    new = folder.era(2)
    assert old.root.subject != new.root.subject
    assert new.devices == read_authority(site, "devices").certificate
    new.devices.verify_directly_issued_by(new.root)
    assert first == served(site), "the server shows the old chain until it is told"

    folder.serve()
    served(site).verify_directly_issued_by(new.servers)
    assert Eras(2, 2, (2,)) == folder.finish()
    assert Eras(2, 2, (2,)) == read_eras(site.folder)
    assert old == folder.era(1)
    assert set_up(site) == (), "init finds nothing to make"


def test_new_issuers_under_the_same_root(site: Site) -> None:
    """Nothing has to reach the headsets then."""
    folder = AuthorityFolder(site)

    folder.begin(keep_root=True)

    old, new = folder.era(1), folder.era(2)
    assert old.root == new.root
    new.devices.verify_directly_issued_by(old.root)
    assert old.devices.subject != new.devices.subject


def test_an_offline_root_has_to_come_back_for_that(site: Site) -> None:
    """Said before anything is made; a root of its own needs no old key."""
    site.folder.remove(authority_files("root")[1])
    folder = AuthorityFolder(site)

    with pytest.raises(Conflict, match=r"put it back as ca/root\.key"):
        folder.begin(keep_root=True)
    assert Eras() == folder.state()
    assert 2 == folder.begin(keep_root=False).issuing


def test_a_second_rotation_waits_for_the_first(site: Site) -> None:
    """No step is taken twice, and none out of order."""
    folder = AuthorityFolder(site)
    with pytest.raises(Conflict, match="no rotation"):
        folder.finish()
    folder.begin(keep_root=True)

    with pytest.raises(Conflict, match="under way"):
        folder.begin(keep_root=True)


def test_what_was_interrupted_is_made_anew(site: Site) -> None:
    """Files of an era that was never begun are nobody's, and are written over."""
    site.folder.write(authority_files("root", 2)[0], b"half a certificate")
    folder = AuthorityFolder(site)
    assert Eras() == folder.state()

    folder.begin(keep_root=False)

    assert folder.era(2).root.subject == folder.era(2).devices.issuer


def test_a_folder_is_ours_after_the_first_generation_is_gone(site: Site) -> None:
    """Its files may be removed once it no longer counts."""
    folder = AuthorityFolder(site)
    folder.begin(keep_root=False)
    folder.finish()
    for name in ("root", "devices", "servers"):
        for each in authority_files(name, 1):
            site.folder.remove(each)

    assert is_made(site.folder)
    assert set_up(site)[0].startswith("server certificate")
    assert "ca/root.pem" not in site.folder.below("ca")
    assert "ca/2/root.pem" in site.folder.below("ca")


def test_a_spoiled_state_stops_everything(site: Site) -> None:
    """Better no server than one that trusts what nobody chose."""
    site.folder.write(ERAS, b"{}")

    with pytest.raises(Unavailable):
        server_files(site)


def test_the_issuer_that_is_read_is_the_one_that_issues(site: Site) -> None:
    """Also with a key that another master key sealed: then nothing is issued at all."""
    AuthorityFolder(site).begin(keep_root=False)
    stranger = replace(site, keyring=Keyring.from_text(new_master_key(SystemRandomness())))

    assert keys.serial_text(read_authority(site, "devices").certificate)
    with pytest.raises(Unavailable):
        read_authority(stranger, "devices")


def test_issuers_end_within_their_root(site: Site) -> None:
    """As in the first era."""
    AuthorityFolder(site).begin(keep_root=False)
    new = AuthorityFolder(site).era(2)

    assert new.devices.not_valid_after_utc <= new.root.not_valid_after_utc
    assert new.root.not_valid_after_utc > NOW + timedelta(days=7000)
