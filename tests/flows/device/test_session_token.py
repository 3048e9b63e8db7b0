"""What a token within a session proves of the signed-in user."""

from dataclasses import replace

import pytest
from tests.contract import world
from tests.enrollment.entra.issuer import (
    DEVICE,
    OID,
    OTHER_TENANT,
    TENANT,
    claims,
    token,
    unsigned,
)
from tests.flows.entra.tenancy import Tenancy, at_home
from tests.flows.home import Home

from lenskeep.flows.device.session_token import Fit, session_user, token_of
from lenskeep.flows.records import Enrollment
from lenskeep.wire.syncml.model import Alert, Header, Item, Message, Meta

OTHER = "99992222-3333-4444-8555-666677778888"


@pytest.fixture
async def tenancy(home: Home) -> Tenancy:
    """A house that knows one tenant."""
    found = at_home(home)
    await found.add()
    return found


def enrollment(**changed: str) -> Enrollment:
    """Return an enrollment of Ada's headset."""
    known = {"tenant": TENANT, "user_id": OID, "entra_device": DEVICE, **changed}
    return replace(world.new_enrollment(1).enrollment, **known)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("payload", "changed", "fit"),
    [
        (claims(), {}, Fit.ENROLLED_USER),
        (claims(deviceid=None), {}, Fit.ENROLLED_USER),
        (claims(), {"entra_device": ""}, Fit.ENROLLED_USER),
        (claims(oid=OTHER, upn="eve@example.org"), {}, Fit.OTHER_USER),
        (claims(), {"user_id": ""}, Fit.OTHER_USER),
        (claims(upn=None, unique_name=None, scp=None), {}, Fit.NO_USER),
        (claims(deviceid=OTHER), {}, Fit.OTHER_DEVICE),
        (claims(), {"tenant": OTHER_TENANT}, Fit.OTHER_TENANT),
        (claims(), {"tenant": ""}, Fit.NOT_BY_ENTRA),
    ],
)
async def test_a_good_token_is_compared_with_the_enrollment(
    tenancy: Tenancy, payload: dict[str, object], changed: dict[str, str], fit: Fit
) -> None:
    """By tenant, headset and user."""
    found = await session_user(tenancy.house, enrollment(**changed), alert=token(payload))

    assert found is not None
    assert found.fit is fit
    assert found.belongs == (fit in (Fit.ENROLLED_USER, Fit.OTHER_USER, Fit.NO_USER))
    assert found.detail["who"] == fit.value


@pytest.mark.parametrize(
    "text", [unsigned(), token(claims(exp=1)), token(key="evil", kid="one"), "no token"]
)
async def test_a_wrong_token_proves_nothing(tenancy: Tenancy, text: str) -> None:
    """It is told as such, with the reason and without a word of it."""
    found = await session_user(tenancy.house, enrollment(), authorization=f"Bearer {text}")

    assert found is not None
    assert (found.fit, found.belongs, found.identity) == (Fit.NOT_BELIEVED, False, None)
    assert "ada" not in str(found.detail)
    assert found.detail["reason"].startswith("Entra token: ")


@pytest.mark.parametrize(
    "header", ["bearer {}", "Bearer  {} ", "BEARER {}"], ids=["small", "blanks", "capitals"]
)
async def test_the_header_carries_a_token_too(tenancy: Tenancy, header: str) -> None:
    """However it is written."""
    text = header.format(token())

    found = await session_user(tenancy.house, enrollment(), authorization=text)

    assert found is not None
    assert found.fit is Fit.ENROLLED_USER


async def test_the_alert_counts_before_the_header(tenancy: Tenancy) -> None:
    """It is within the message that was proved."""
    found = await session_user(
        tenancy.house, enrollment(), authorization=f"Bearer {token()}", alert=unsigned()
    )

    assert found is not None
    assert found.fit is Fit.NOT_BELIEVED


@pytest.mark.parametrize("header", ["", "Basic YTpi", "Bearer", "Bearer "])
async def test_without_a_token_there_is_nothing_to_tell(tenancy: Tenancy, header: str) -> None:
    """Most sessions bring none."""
    assert await session_user(tenancy.house, enrollment(), authorization=header) is None


async def test_without_a_tenant_nobody_looks(home: Home) -> None:
    """No timeline fills with tokens that nobody asked for."""
    bare = at_home(home)

    assert await session_user(bare.house, enrollment(), alert=token()) is None


async def test_the_detail_is_the_same_for_the_same_user(tenancy: Tenancy) -> None:
    """A new token every hour is no news."""
    first = await session_user(tenancy.house, enrollment(), alert=token())
    second = await session_user(tenancy.house, enrollment(), alert=token(claims(ver="1.0", x=1)))

    assert first is not None
    assert second is not None
    assert first.detail == second.detail


@pytest.mark.parametrize(
    ("alerts", "found"),
    [
        (
            (
                Alert(
                    "2", 1224, (Item(meta=Meta(type="com.microsoft/MDM/AADUserToken"), data="t"),)
                ),
            ),
            "t",
        ),
        (
            (
                Alert(
                    "2", 1224, (Item(meta=Meta(type="COM.MICROSOFT/mdm/aadusertoken"), data=" t "),)
                ),
            ),
            "t",
        ),
        ((Alert("2", 1224, (Item(meta=Meta(type="com.microsoft/MDM/Other"), data="t"),)),), ""),
        ((Alert("2", 1201), Alert("3", 1224, (Item(data="t"),))), ""),
        (
            (
                Alert(
                    "2", 1226, (Item(meta=Meta(type="com.microsoft/MDM/AADUserToken"), data="t"),)
                ),
            ),
            "",
        ),
        ((), ""),
    ],
    ids=["the alert", "in other letters", "another type", "no type", "another code", "none"],
)
def test_the_token_of_a_message_is_that_of_its_alert(alerts: tuple[Alert, ...], found: str) -> None:
    """Alert 1224 of its type."""
    assert found == token_of(Message(Header("1", "1", "https://x/", "A" * 32), alerts))
