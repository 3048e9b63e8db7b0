"""Provisioning packages and bulk accounts in the console."""

import io
import re
import zipfile

import pytest
from tests.web.console.conftest import Browser

PACKAGES = "/enrollment/packages"
BULK = "/enrollment/bulk-accounts"
KEY = "a-key-nobody-sees"
WARD = {
    "name": "Ward 7",
    "wifi.ssid": ["clinic", "", ""],
    "wifi.key": [KEY, "", ""],
    "wifi.hidden": "0",
    "user.name": "ward7",
    "device_name": "W7-%SERIAL%",
    "time_zone": "W. Europe Standard Time",
    "skip_training": "1",
    "uses": "5",
}


def complaints(page: str) -> list[str]:
    return re.findall(r'invalid-feedback d-block">([^<]*)<', page)


def secret(page: str) -> list[str]:
    return re.findall(r'lk-secret-text">([^<]*)<', page)


async def made(browser: Browser) -> str:
    """Make a package; return the path of its page."""
    answer = await browser.send(PACKAGES, WARD)
    assert 200 == answer.status_code, answer.text
    found = re.search(rf'href="({PACKAGES}/pkg_[^/"]+)/files\.zip"', answer.text)
    assert found
    return found[1]


async def test_a_package_is_made_and_says_how_it_is_built(browser: Browser) -> None:
    await browser.sign_in("admin")

    answer = await browser.send(PACKAGES, WARD)

    assert "The package is made" in answer.text
    assert "icd.exe /Build-ProvisioningPackage" in answer.text
    assert "clinic (hidden)" in answer.text
    assert "ward7 (device owner)" in answer.text
    assert 1 == len(secret(answer.text))
    assert KEY not in answer.text


async def test_the_password_of_the_local_user_is_shown_this_once(browser: Browser) -> None:
    await browser.sign_in("admin")

    path = await made(browser)

    assert [] == secret((await browser.get(path)).text)


async def test_the_files_are_downloaded_as_one(browser: Browser) -> None:
    await browser.sign_in("admin")
    path = await made(browser)

    answer = await browser.get(f"{path}/files.zip")

    packed = zipfile.ZipFile(io.BytesIO(answer.content))
    assert ["customizations.xml", "root.cer"] == sorted(packed.namelist())
    assert KEY.encode() in packed.read("customizations.xml")
    assert 'attachment; filename="Ward-7.zip"' == answer.headers["Content-Disposition"]
    assert "no-store" == answer.headers["Cache-Control"]


async def test_everything_wrong_is_said_and_what_was_typed_stays(browser: Browser) -> None:
    await browser.sign_in("admin")

    answer = await browser.send(
        PACKAGES,
        {
            **WARD,
            "name": "",
            "wifi.key": ["short", "", ""],
            "device_name": "same",
            "first_run.region": "far",
        },
    )

    assert 422 == answer.status_code
    assert 4 == len(complaints(answer.text))
    assert 'value="clinic"' in answer.text
    assert 'value="ward7"' in answer.text
    assert "short" not in re.findall(r'value="([^"]*)"', answer.text)


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"uses": "0"}, "out of range"),
        ({"days": "many"}, "out of range"),
        ({"upn": "no name"}, "is not an account name"),
        ({"kiosk_profile": "there is none"}, "profile"),
        ({"enroll_by": "magic"}, "no such way"),
    ],
)
async def test_each_trouble_is_said_at_its_field(
    browser: Browser, fields: dict[str, str], word: str
) -> None:
    await browser.sign_in("admin")

    answer = await browser.send(PACKAGES, {**WARD, **fields})

    assert 422 == answer.status_code
    assert any(word in each for each in complaints(answer.text)), answer.text


async def test_a_name_that_is_taken_is_said(browser: Browser) -> None:
    await browser.sign_in("admin")
    await made(browser)

    answer = await browser.send(PACKAGES, WARD)

    assert 409 == answer.status_code
    assert any("there is a package" in each.casefold() for each in complaints(answer.text))


async def test_a_removed_package_ends_its_account(browser: Browser) -> None:
    await browser.sign_in("admin")
    path = await made(browser)

    answer = await browser.send(f"{path}/remove")

    page = (await browser.get(PACKAGES)).text
    assert PACKAGES == answer.headers["Location"]
    assert f'href="{path}"' not in page
    assert ">Disabled<" in page


async def test_a_viewer_sees_packages_and_no_secret_of_them(browser: Browser) -> None:
    await browser.sign_in("admin")
    path = await made(browser)
    await browser.sign_in("viewer")

    page = (await browser.get(path)).text
    listed = (await browser.get(PACKAGES)).text
    answers = [
        await browser.get(f"{path}/files.zip"),
        await browser.send(PACKAGES, WARD),
        await browser.send(f"{path}/remove"),
        await browser.send(BULK, {"bulk.name": "a@example.org"}),
    ]

    assert "Ward 7" in listed
    assert "Make the package" not in listed
    assert "Bulk accounts" not in listed
    assert "Remove" not in page
    assert [403] * 4 == [each.status_code for each in answers]


async def test_a_package_that_is_not_there_is_missed(browser: Browser) -> None:
    await browser.sign_in("viewer")

    assert 404 == (await browser.get(f"{PACKAGES}/pkg_gone")).status_code


# --- bulk accounts ------------------------------------------------------------------------


async def test_the_secret_of_a_bulk_account_is_shown_this_once(browser: Browser) -> None:
    await browser.sign_in("admin")

    answer = await browser.send(BULK, {"bulk.name": "bulk@example.org", "bulk.uses": "9"})

    page = (await browser.get(PACKAGES)).text
    assert 1 == len(secret(answer.text))
    assert secret(answer.text)[0] not in page
    assert "bulk@example.org" in page


async def test_a_certificate_that_was_made_is_downloaded_with_its_password(
    browser: Browser,
) -> None:
    await browser.sign_in("admin")

    answer = await browser.send(BULK, {"bulk.name": "bulk@example.org", "bulk.make": "1"})

    assert "data:application/x-pkcs12;base64," in answer.text
    assert 1 == len(secret(answer.text))
    assert "by certificate" in answer.text


async def test_what_is_wrong_with_a_bulk_account_is_said_at_its_form(browser: Browser) -> None:
    await browser.sign_in("admin")

    answer = await browser.send(BULK, {"bulk.name": "nobody", "bulk.days": "0"})

    assert 422 == answer.status_code
    assert 2 == len(complaints(answer.text))
    assert 'value="nobody"' in answer.text


async def test_a_bulk_account_is_disabled_once(browser: Browser) -> None:
    await browser.sign_in("admin")
    await browser.send(BULK, {"bulk.name": "bulk@example.org"})
    found = re.search(rf'action="({BULK}/[^"]+/end)"', (await browser.get(PACKAGES)).text)
    assert found

    await browser.send(found[1])

    page = (await browser.get(PACKAGES)).text
    assert ">Disabled<" in page
    assert found[1] not in page
