"""Sign-in providers: added, asked whether they answer, removed."""

from collections.abc import Mapping
from typing import Final

from starlette.responses import Response

from lenskeep.base.errors import Complaint, Conflict, Invalid
from lenskeep.base.secret import Secret
from lenskeep.enrollment.web.provider import PROMPTS, Provider
from lenskeep.flows.entry import providers
from lenskeep.flows.entry.providers import CALLBACK_PATH, Checked
from lenskeep.web.console.enrollment.fields import entries
from lenskeep.web.console.page import Form, Visit, go

ADDRESS: Final = "/enrollment/sign-in"
_TEXTS: Final = (
    "name",
    "issuer",
    "client_id",
    "domains",
    "scopes",
    "user_claim",
    "required_claim",
    "required_value",
    "acr_values",
    "prompt",
)
"""What is shown again; the client secret is not."""
_USUAL: Final = {**dict.fromkeys(_TEXTS, ""), "scopes": "openid profile email"}
PROMPT_WORDS: Final = {
    "": "as the provider likes",
    "login": "always type it anew (login)",
    "consent": "always ask for consent",
    "select_account": "always choose the account",
}
_FOLDED: Final = frozenset(_TEXTS[4:])
"""Fields that stand folded away."""


async def providers_page(visit: Visit) -> Response:
    """Show the providers, and what they are to be told."""
    return await _answer(visit)


async def add(visit: Visit) -> Response:
    """Add a provider."""
    texts = {name: visit.form.get(name, "") for name in _TEXTS}
    provider = _provider(texts, visit.form)
    try:
        added = await providers.add_provider(visit.house, visit.caller, provider)
    except Invalid as invalid:
        return await _answer(visit, texts, 422, {"complaints": invalid.complaints})
    except Conflict as conflict:
        place = "domains" if "is served by" in str(conflict) else "name"
        wrong = (Complaint(place, str(conflict)),)
        return await _answer(visit, texts, 409, {"complaints": wrong})
    return go(visit.request, f"{ADDRESS}?{_query(added.id)}")


async def check(visit: Visit) -> Response:
    """Ask a provider how it works, and say what came of it."""
    provider_id = str(visit.request.path_params["provider"])
    checked = await providers.check_provider(visit.house, visit.caller, provider_id)
    if visit.is_live:
        values = {"part": "setup/provider_check.html", "checked": checked}
        return visit.answer("part.html", values)
    return await _answer(visit, said={"checks": {provider_id: checked}})


async def remove(visit: Visit) -> Response:
    """Let nobody sign in with it any more."""
    provider_id = str(visit.request.path_params["provider"])
    await providers.remove_provider(visit.house, visit.caller, provider_id)
    return go(visit.request, f"{ADDRESS}?saved=removed")


def _query(provider_id: str) -> str:
    return f"saved=added#{provider_id}"


async def _answer(
    visit: Visit,
    texts: Mapping[str, str] | None = None,
    status: int = 200,
    said: Mapping[str, object] | None = None,
) -> Response:
    checks: Mapping[str, Checked] = {}
    values: dict[str, object] = {
        "providers": await providers.list_providers(visit.house, visit.caller),
        "redirect_uri": visit.house.settings.url(CALLBACK_PATH),
        "draft": texts or _USUAL,
        "prompts": [(each, PROMPT_WORDS.get(each, each)) for each in PROMPTS],
        "saved": visit.request.query_params.get("saved", ""),
        "checks": checks,
        "complaints": (),
    }
    values |= said or {}
    draft = texts or _USUAL
    values["unfolded"] = any(draft[name] != _USUAL[name] for name in _FOLDED)
    return visit.answer("setup/providers.html", values, status)


def _provider(texts: Mapping[str, str], form: Form) -> Provider:
    secret = form.get("client_secret", "").strip()
    return Provider(
        name=texts["name"],
        issuer=texts["issuer"],
        client_id=texts["client_id"],
        client_secret=Secret(secret) if secret else None,
        domains=tuple(entries(texts["domains"])),
        scopes=tuple(texts["scopes"].split()),
        user_claim=texts["user_claim"].strip(),
        required_claim=texts["required_claim"].strip(),
        required_value=texts["required_value"].strip(),
        acr_values=tuple(texts["acr_values"].split()),
        prompt=texts["prompt"],
    )
