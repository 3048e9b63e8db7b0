"""The server's certificate and its key belong together, however many processes look at once."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cryptography.hazmat.primitives.serialization import load_pem_private_key

from lenskeep.app import initialize, site_of
from lenskeep.certificates import keys
from lenskeep.files.folder import SERVER_CHAIN, SERVER_KEY
from lenskeep.files.setup import server_files


def test_one_renews_and_all_read_the_same(tmp_path: Path) -> None:
    """What is missing or near its end is made once."""
    settings, _ = initialize(tmp_path / "data", hostname="mdm.example.org", listen="127.0.0.1:0")
    site = site_of(settings)
    for name in (SERVER_CHAIN, SERVER_KEY):
        site.folder.remove(name)

    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(lambda _: server_files(site), range(4)))

    ((chain, key),) = found
    leaf = keys.load_certificate(chain)
    assert leaf.public_key() == load_pem_private_key(key, None).public_key()
