"""Master keys: sealing secrets at rest, keyed digests, and the text in which the keys are kept."""

from lenskeep.certificates.keyring.deriving import KEY_BYTES, key_name
from lenskeep.certificates.keyring.lines import KeyLines, Stage, new_master_key
from lenskeep.certificates.keyring.ring import Keyring, sealed_with

__all__ = [
    "KEY_BYTES",
    "KeyLines",
    "Keyring",
    "Stage",
    "key_name",
    "new_master_key",
    "sealed_with",
]
