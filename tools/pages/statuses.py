"""docs/reference/statuses.md, from wire.syncml.codes and the console's words."""

from typing import Final

from tools.pages.source import MADE, assemble, table

from lenskeep.tree.operation import OperationState
from lenskeep.web.console.words import operation_look
from lenskeep.wire.syncml.codes import StatusCode, is_success, meaning

_BEFORE: Final = """
What became of an operation: its state with us, and the number with which the device answered.

## States of an operation
"""
_NUMBERS: Final = """
## Numbers of the device

The status codes of OMA DM, in the words that the console and the command line use. A number that
is not in the table is put into words by its class.
"""


def page() -> str:
    """Return the page."""
    states = ((each.value, operation_look(each).meaning) for each in OperationState)
    numbers = (
        (str(int(each)), "yes" if is_success(each) else "", meaning(each)) for each in StatusCode
    )
    return assemble(
        "# States and statuses",
        MADE,
        _BEFORE,
        table(("state", "meaning"), states),
        _NUMBERS,
        table(("status", "success", "meaning"), numbers),
    )
