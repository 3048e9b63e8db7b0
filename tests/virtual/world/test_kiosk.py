"""Who finds what in the start menu of a kiosk, and what each build does where it fails."""

import pytest
from tests.virtual.tree.test_verbs import do, plant

from lenskeep.tree.value import Format
from lenskeep.virtual.builds import find_profile
from lenskeep.virtual.world.kiosk import Menu, Start, Visit, start_menu

KIOSK = "./Vendor/MSFT/AssignedAccess/"
NAMESPACE = "http://schemas.microsoft.com/AssignedAccess/2017/config"
NEWER = "http://schemas.microsoft.com/AssignedAccess/2020/config"
GUIDES, NET = "{11111111-0000-0000-0000-000000000000}", "{22222222-0000-0000-0000-000000000000}"
GROUP = "33333333-0000-0000-0000-000000000000"


def app(name: str) -> str:
    return f'<App AppUserModelId="{name}"/>'


def profile(identifier: str, apps: str) -> str:
    return (
        f'<Profile Id="{identifier}"><AllAppsList><AllowedApps>{apps}</AllowedApps></AllAppsList>'
        "</Profile>"
    )


def configuration(configs: str, *, fallback: bool = False, apps: str = app("Guides")) -> str:
    everybody = f'<v3:GlobalProfile xmlns:v3="{NEWER}" Id="{NET}"/>' if fallback else ""
    return (
        f'<AssignedAccessConfiguration xmlns="{NAMESPACE}"><Profiles>{profile(GUIDES, apps)}'
        f"{profile(NET, app('Settings'))}</Profiles><Configs>{everybody}{configs}</Configs>"
        "</AssignedAccessConfiguration>"
    )


def config(whose: str, identifier: str = GUIDES) -> str:
    return f'<Config>{whose}<DefaultProfile Id="{identifier}"/></Config>'


ANNA = config("<Account>AzureAD\\anna@example.com</Account>")
NURSES = config(f'<UserGroup Type="AzureActiveDirectoryGroup" Name="{GROUP}"/>')
VISITORS = config('<SpecialGroup Name="Visitor"/>')


def menu(document: str, visit: Visit, build: str = "HL2-22621.1244") -> Menu:
    tree = plant(build)
    assert do(tree, "replace", KIOSK + "Configuration", document, "chr").status == 200
    return start_menu(tree, find_profile(build), visit)


@pytest.mark.parametrize(
    ("configs", "visit", "start"),
    [
        (ANNA, Visit("azuread\\anna@example.com"), Start.KIOSK),
        (ANNA, Visit("azuread\\ben@example.com"), Start.EVERYTHING),
        (NURSES, Visit("x", frozenset((GROUP,))), Start.KIOSK),
        (NURSES, Visit("x", frozenset()), Start.EVERYTHING),
        (VISITORS, Visit(is_visitor=True), Start.KIOSK),
    ],
)
def test_a_kiosk_is_for_whom_it_names(configs: str, visit: Visit, start: Start) -> None:
    found = menu(configuration(configs), visit)

    assert found.start is start
    assert found.apps == (("Guides",) if start is Start.KIOSK else ())


def test_everybody_else_has_the_global_profile() -> None:
    assert menu(configuration(ANNA, fallback=True), Visit("ben")) == Menu(
        Start.GLOBAL, ("Settings",)
    )


FAILING = [
    configuration(NURSES, fallback=True),
    configuration(config(f'<UserGroup Name="{GROUP}"/>', NET[:-1] + "9}"), fallback=True),
]


@pytest.mark.parametrize(
    ("build", "start"),
    [
        ("HL2-18362.1039", Start.EVERYTHING),
        ("HL2-19041.1103", Start.EVERYTHING),
        ("HL2-19041.1128", Start.NOTHING),
        ("HL2-20346.1002", Start.GLOBAL),
        ("HL2-22621.1244", Start.GLOBAL),
    ],
)
@pytest.mark.parametrize("document", FAILING, ids=["lookup", "profile"])
def test_a_kiosk_that_fails_shows_what_the_build_shows(
    document: str, build: str, start: Start
) -> None:
    """Where a group cannot be looked up, or the profile that it names is not there."""
    groups = None if document == FAILING[0] else frozenset((GROUP,))

    assert menu(document, Visit("x", groups), build).start is start


@pytest.mark.parametrize(
    "document",
    [
        configuration(ANNA).replace("http:", "https:"),
        "<AssignedAccessConfiguration/>",
    ],
)
def test_a_document_that_is_none_leaves_the_start_menu_empty(document: str) -> None:
    """It is taken without a complaint, and nobody can start anything."""
    assert menu(document, Visit("azuread\\anna@example.com")) == Menu(Start.NOTHING)


def test_a_document_that_is_not_well_formed_is_refused() -> None:
    outcome = do(plant(), "replace", KIOSK + "Configuration", "<AssignedAccess>", "chr")

    assert outcome.status == 500


def test_a_single_app_shows_until_there_is_a_configuration() -> None:
    """Then it is answered with 200, and nothing comes of it."""
    tree, build = plant(), find_profile("HL2-20348.1503")
    one = '{"Account": "anna", "AUMID": "One!App"}'
    other = '{"Account": "anna", "AUMID": "Other!App"}'
    do(tree, "replace", KIOSK + "KioskModeApp", one, "chr")
    alone = start_menu(tree, build, Visit())
    do(tree, "replace", KIOSK + "Configuration", configuration(ANNA), "chr")

    status = do(tree, "replace", KIOSK + "KioskModeApp", other, "chr").status

    assert alone == Menu(Start.KIOSK, ("One!App",))
    assert status == 200
    assert do(tree, "get", KIOSK + "KioskModeApp").found[0].value == one


def test_without_a_kiosk_everything_shows() -> None:
    tree = plant()

    assert start_menu(tree, find_profile("22621.1244"), Visit()) == Menu(Start.EVERYTHING)


def test_a_single_app_that_is_nested_without_end_is_none() -> None:
    tree = plant()
    tree.put(
        KIOSK.replace("./Vendor", "./Device/Vendor") + "KioskModeApp", Format.CHR, "[" * 99_999
    )

    assert start_menu(tree, find_profile("HL2-20348.1503"), Visit()) == Menu(Start.NOTHING)
