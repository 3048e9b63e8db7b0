"""How the tests are dealt out: those of a file stay together, the long ones come first.

A file's tests share servers, so they go to one worker; pages and other things that take long and
share nothing go each by itself. What is short comes last and fills the gaps.
"""

from typing import Final

import pytest

_APART: Final = ("test_tutorial.py", "_power_cut.py")
"""Long files whose tests share nothing but what is cheap to make twice."""
_LONG: Final = ("journey", "browser")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Name the group of each test, and put the long ones first."""
    for each in items:
        is_apart = each.path.name.endswith(_APART)
        each.add_marker(pytest.mark.xdist_group(each.nodeid if is_apart else str(each.path)))
    items.sort(key=_rank)


def _rank(item: pytest.Item) -> int:
    if item.path.name.endswith(_APART):
        return 0
    return 1 if any(item.get_closest_marker(each) for each in _LONG) else 2
