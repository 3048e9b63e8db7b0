"""What of a kiosk document is mended, and what is left as it is."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.desired.validate.content.kiosk.written import MULTI, config, with_configs

from lenskeep.desired.validate.content.kiosk.lint import kiosk
from lenskeep.desired.validate.content.kiosk.mend import mended_kiosk
from lenskeep.tree.uri import parse_uri

AT = parse_uri("./Vendor/MSFT/AssignedAccess/Configuration")
EVE = config("<Account>AzureAD\\eve@contoso.com</Account>")


def test_a_sound_document_stays_as_it_is() -> None:
    assert mended_kiosk(MULTI) == MULTI


@pytest.mark.parametrize(
    ("sound", "spoiled"),
    [
        (MULTI, MULTI.replace("<App App", "<App\u00a0App").replace("  <", "\u202f <")),
        (MULTI, MULTI.replace('"', "\u201d")),
        (MULTI, MULTI.replace("!App", "!\u200bApp")),
        (MULTI, "\ufeff" + MULTI),
        (MULTI, f"<![CDATA[{MULTI.replace('<![CDATA[', '').replace(']]>', '')}]]>"),
        (MULTI, MULTI.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")),
        (MULTI, MULTI.replace("http://schemas.microsoft.com/A", "https://schemas.microsoft.com/A")),
        (MULTI, MULTI.replace("2017/config", "2017/config/")),
        (with_configs(EVE), with_configs(EVE.replace(".com</", ".com </"))),
    ],
)
def test_what_only_looks_right_is_mended(sound: str, spoiled: str) -> None:
    assert spoiled != sound

    mended = mended_kiosk(spoiled)

    assert mended.startswith("<AssignedAccessConfiguration")
    if "[CDATA[" in mended:
        assert kiosk(AT, mended) == kiosk(AT, sound) == ()
    assert mended_kiosk(mended) == mended


def test_a_quote_in_a_name_is_left_where_mending_would_break_the_document() -> None:
    named = MULTI.replace('Id="{0A', 'Name="the \u201cbest\u201d" Id="{0A')

    assert mended_kiosk(named) == named


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="<>&;=\"'/ aA\u00a0\u200b\u201c\u2019\ufeff![CDT]-lgt", max_size=60))
def test_mending_again_changes_nothing(text: str) -> None:
    once = mended_kiosk(text)
    twice = mended_kiosk(once)

    assert mended_kiosk(twice) == twice


@pytest.mark.parametrize(
    "text", ["<Account>" + " " * 500_000, "<Account>" * 100_000, "\u00a0" * 500_000]
)
def test_a_huge_text_is_mended_in_no_time(text: str) -> None:
    started = time.process_time()

    mended_kiosk(text)

    assert time.process_time() - started < 2
