"""Where a headset is, as far as people know, outlives an enrollment."""

from typing import Final

from lenskeep.flows.entrance import Custody

MISSED: Final = frozenset({Custody.LOST.value, Custody.STOLEN.value})
"""What comes back so stays so until a person says otherwise."""
