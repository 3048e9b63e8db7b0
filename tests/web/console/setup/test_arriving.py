"""Autopilot, first run, and what the wearer sees."""

import base64

import pytest
from tests.web.console.conftest import Browser

from lenskeep.base.errors import Complaint
from lenskeep.web.console.setup.arriving.autopilot import by_line
from lenskeep.web.console.visitor import COOKIE, form_proof

PATH = "/enrollment/autopilot"
HASH = base64.b64encode(bytes(range(250)) * 12).decode()
HEADER = "Device Serial Number,Windows Product ID,Hardware Hash,Group Tag,Assigned User"
EVIL = "<b>evil</b>"


async def take(browser: Browser, text: str, do: str = "import") -> tuple[int, str]:
    """Send a file; return the status and the page, or where it is."""
    proof = form_proof(browser.house, browser.client.cookies.get(COOKIE) or "")
    answer = await browser.client.post(
        PATH, data={"form_proof": proof, "do": do}, files={"file": ("a.csv", text.encode())}
    )
    return answer.status_code, answer.headers.get("location", answer.text)


async def test_a_file_is_looked_at_imported_found_and_exported(browser: Browser) -> None:
    await browser.sign_in("operator")
    file = f"{HEADER}\r\n003008,,{HASH},ward-3,\r\n003009,,{HASH},ward-4,anna@example.org\r\n"

    looked = await take(browser, file, "look")
    before = (await browser.get(PATH)).text
    status, where = await take(browser, file)
    page = (await browser.get(where)).text
    found = (await browser.get(f"{PATH}?text=ward-4", live=True)).text
    out = await browser.get(f"{PATH}/autopilot.csv?text=ward-4")

    assert looked[0] == 200
    assert "It would add 2, change 0 and leave 0" in looked[1]
    assert "No headset yet" in before
    assert status == 303
    assert "Imported: 2 added, 0 changed, 0 as they were." in page
    assert "003009" in found
    assert "003008" not in found
    assert "<html" not in found
    assert out.headers["content-disposition"] == 'attachment; filename="autopilot.csv"'
    assert HASH in out.text
    assert "003008" not in out.text
    assert HASH not in page


async def test_every_complaint_is_said_by_line_and_nothing_is_taken(browser: Browser) -> None:
    await browser.sign_in("operator")
    file = f"{HEADER}\n003008,,{HASH},,\n,,!!!,,\n{EVIL}\u00e9,,{HASH},,\n"

    status, page = await take(browser, file)

    assert status == 422
    assert "Nothing was imported" in page
    assert "<dt>Line 3</dt>" in page
    assert "<b>Device Serial Number:</b> it is missing." in page
    assert "<b>Hardware Hash:</b> it is no base64." in page
    assert "<dt>Line 4</dt>" in page
    assert EVIL not in page
    assert "No headset yet" in page


async def test_no_file_is_complained_about(browser: Browser) -> None:
    await browser.sign_in("operator")

    status, page = await take(browser, "")

    assert status == 422
    assert "there is no column Device Serial Number" in page


def test_complaints_are_put_together_by_line() -> None:
    """What is about no line is about the file."""
    found = by_line(
        [Complaint("line 2: A", "x"), Complaint("line 2: B", "y"), Complaint("file", "z")]
    )

    assert [each.place for each in found] == ["Line 2", "The file"]
    assert [column for column, _ in found[0].complaints] == ["A", "B"]


async def test_tag_and_user_are_changed_and_the_search_is_kept(browser: Browser) -> None:
    await browser.sign_in("operator")
    await take(browser, f"{HEADER}\n00/3 8,,{HASH},ward-3,\n")
    fields = {"serial": "00/3 8", "group_tag": EVIL, "assigned_user": "bo@x.org", "text": "00"}

    changed = await browser.send(f"{PATH}/change", fields)
    page = (await browser.get(changed.headers["location"])).text
    wrong = await browser.send(f"{PATH}/change", {**fields, "group_tag": "a\tb"})
    removed = await browser.send(f"{PATH}/remove", {"serial": "00/3 8"})

    assert changed.headers["location"] == f"{PATH}?saved=changed&text=00"
    assert "&lt;b&gt;evil" in page
    assert EVIL not in page
    assert wrong.status_code == 422
    assert "It is no line that fits." in wrong.text
    assert 'value="a\tb"' in wrong.text
    assert removed.status_code == 303
    assert "No headset yet" in (await browser.get(PATH)).text


async def test_a_viewer_looks_and_takes_nothing_out(browser: Browser) -> None:
    await browser.sign_in("viewer")

    assert (await take(browser, HEADER))[0] == 403
    assert (await browser.get(f"{PATH}/autopilot.csv")).status_code == 403
    assert (await browser.send(f"{PATH}/remove", {"serial": "1"})).status_code == 403


# --- first run ----------------------------------------------------------------------------

RUN = "/enrollment/first-run"
PLAN: dict[str, str | list[str]] = {
    "base": "0",
    "ways": ["autopilot", "entra join"],
    "kinds": ["policies", "apps"],
    "timeout_min": "45",
    "buttons": ["reset"],
    "on_trouble": "show error",
    "error_text": "Call Anna",
    "apps": "",
    "name_template": "HL-%SERIAL%",
}


async def test_first_run_is_set_and_drawn(browser: Browser) -> None:
    await browser.sign_in("admin")

    saved = await browser.send(RUN, PLAN)
    page = (await browser.get(RUN)).text

    assert saved.headers["location"] == f"{RUN}?saved=set"
    assert "For: autopilot, entra join. At most 45 minutes." in page
    assert 'name="ways" value="autopilot" checked' in page
    assert 'name="ways" value="package" >' in page
    assert "<p>Call Anna</p>" in page
    assert '<span class="lk-hl-button ">Reset the headset</span>' in page
    assert 'name="base" value="1"' in page


async def test_a_wrong_first_run_is_kept_with_every_complaint(browser: Browser) -> None:
    await browser.sign_in("admin")
    wrong = {
        "timeout_min": "soon",
        "apps": f"No App\n{EVIL}",
        "name_template": "%SERIAL%%SERIAL%",
        "profiles": ["prf_gone"],
        "error_text": EVIL,
    }

    answer = await browser.send(RUN, {**PLAN, **wrong})
    gone = await browser.send(RUN, {**PLAN, "profiles": ["prf_gone"]})

    assert answer.status_code == 422
    assert answer.text.count("invalid-feedback") == 4
    assert 'value="soon"' in answer.text
    assert "No App\n&lt;b&gt;" in answer.text
    assert EVIL not in answer.text
    assert gone.status_code == 422
    assert "There is no profile" in gone.text
    assert 'value="prf_gone" checked' in gone.text


async def test_an_empty_number_of_minutes_is_the_usual_one(browser: Browser) -> None:
    await browser.sign_in("admin")

    await browser.send(RUN, {**PLAN, "timeout_min": ""})

    assert "At most 60 minutes." in (await browser.get(RUN)).text


@pytest.mark.parametrize("path", [RUN, "/enrollment/wearer"])
async def test_what_changed_meanwhile_is_not_overwritten(browser: Browser, path: str) -> None:
    await browser.sign_in("admin")
    await browser.send(path, {**PLAN, "organization": "A"})

    answer = await browser.send(path, {**PLAN, "organization": "B", "error_text": "mine"})

    assert answer.status_code == 409
    assert "changed meanwhile" in answer.text
    assert ("mine" if path == RUN else 'value="B"') in answer.text


async def test_the_picture_follows_what_is_typed(browser: Browser) -> None:
    await browser.sign_in("admin")

    let_in = await browser.send(f"{RUN}/preview", {**PLAN, "on_trouble": "let in"}, live=True)
    error = await browser.send(f"{RUN}/preview", {**PLAN, "error_text": EVIL}, live=True)
    nobody = await browser.send(f"{RUN}/preview", {"timeout_min": "x"})

    assert "the wearer goes on" in let_in.text
    assert "<html" not in let_in.text
    assert "&lt;b&gt;evil" in error.text
    assert EVIL not in error.text
    assert "shown to nobody" in nobody.text
    assert "at most some minutes" in nobody.text
    assert "at most 45 minutes" in error.text


# --- what the wearer sees -----------------------------------------------------------------

WEARER = "/enrollment/wearer"
WORDS = {
    "base": "0",
    "organization": "Example Clinic",
    "device_name": "Ward %SERIAL%",
    "help_phone": "112",
    "page_title": "Ready",
    "page_text": "One\r\ntwo",
}


async def test_words_are_set_and_drawn(browser: Browser) -> None:
    await browser.sign_in("admin")

    saved = await browser.send(WEARER, WORDS)
    page = (await browser.get(f"{WEARER}?saved=set")).text

    assert saved.headers["location"] == f"{WEARER}?saved=set"
    assert "Managed by Example Clinic" in page
    assert "<dd>Ward 003412771357</dd>" in page
    assert "<dd>112</dd>" in page
    assert '<div class="lk-hl-title">Ready</div>' in page
    assert "Version 1" in page


async def test_wrong_words_are_kept_with_every_complaint(browser: Browser) -> None:
    await browser.sign_in("admin")

    wrong = {"help_phone": "call", "help_email": EVIL, "help_website": "ftp://x"}
    answer = await browser.send(WEARER, {**WORDS, **wrong})

    assert answer.status_code == 422
    assert answer.text.count("invalid-feedback") == 3
    assert 'value="call"' in answer.text
    assert "&lt;b&gt;evil" in answer.text
    assert EVIL not in answer.text


async def test_the_picture_of_settings_takes_anything_as_text(browser: Browser) -> None:
    await browser.sign_in("admin")
    fields = dict.fromkeys(WORDS, EVIL)

    live = await browser.send(f"{WEARER}/preview", fields, live=True)
    whole = await browser.send(f"{WEARER}/preview", fields)

    assert (live.status_code, whole.status_code) == (200, 200)
    assert EVIL not in live.text + whole.text
    assert "Managed by &lt;b&gt;evil" in live.text
