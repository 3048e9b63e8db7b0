"""The console's house with stand-ins for Entra's web server and for a sign-in provider."""

from dataclasses import replace

import pytest
from tests.flows.entra.tenancy import Web
from tests.flows.vouching import Vouching

from lenskeep.flows.house import House


@pytest.fixture
def web() -> Web:
    """What Entra's web server has to say."""
    return Web()


@pytest.fixture
def vouching() -> Vouching:
    """What the sign-in provider does."""
    return Vouching()


@pytest.fixture
def house(house: House, web: Web, vouching: Vouching) -> House:
    """A house that asks these two."""
    return replace(house, entry=replace(house.entry, keys=web, sign_in=vouching))
