"""Templates: cards to choose from, the form of one, and how far a device or profile is from it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from starlette.responses import Response

from lenskeep.access import Permission, demand
from lenskeep.base.errors import Invalid
from lenskeep.base.identifiers import DeviceId, ProfileId
from lenskeep.desired.templates.template import Template
from lenskeep.flows.desired.casting.deciding import read_catalog
from lenskeep.flows.desired.profiles import list_profiles
from lenskeep.flows.desired.templates import (
    compare_with_device,
    compare_with_profile,
    fill_template,
    list_templates,
    show_template,
)
from lenskeep.flows.reading import PageRequest, list_devices
from lenskeep.flows.records import DeviceFilter
from lenskeep.tree.catalog.load import Catalog
from lenskeep.web.console.desired.answer import whole
from lenskeep.web.console.page import Visit
from lenskeep.web.console.profiles.controls.spoken import spoken
from lenskeep.web.console.profiles.draft.draft import Draft, rows_of
from lenskeep.web.console.profiles.edit.pages import editor
from lenskeep.web.console.profiles.looks import AGAINST, CHANGES
from lenskeep.web.console.profiles.naming import row_id

_DEVICES: Final = 100
"""Devices offered to compare with."""


async def gallery_page(visit: Visit) -> Response:
    """Show all templates as cards."""
    found = await list_templates(visit.house, visit.caller)
    return visit.answer("profiles/templates.html", {"templates": found})


async def template_page(visit: Visit) -> Response:
    """Show one template and what it asks for."""
    return await _template(visit, {}, 200)


async def start(visit: Visit) -> Response:
    """Open the editor with the settings of a template; nothing is saved yet."""
    demand(visit.caller, Permission.OPERATE)
    template = await _shown(visit)
    answers = _answers(visit, template)
    try:
        body = await fill_template(visit.house, visit.caller, template.id, answers)
    except Invalid as invalid:
        return await _template(visit, {"complaints": invalid.complaints}, 422)
    catalog = await read_catalog(visit.house)
    draft = Draft(
        name=visit.form.get("profile_name", "").strip() or template.title,
        description=template.summary,
        drift=body.drift,
        template=template.id,
    )
    rows = rows_of(catalog, body, lambda: row_id(visit.house), is_saved=False)
    return await editor(visit, replace(draft, rows=rows))


async def compare(visit: Visit) -> Response:
    """Hold a device, or a profile, against a template with these answers."""
    demand(visit.caller, Permission.OPERATE)
    template = await _shown(visit)
    answers, kind, _, named = (
        _answers(visit, template),
        *visit.form.get("with", "").partition(":"),
    )
    try:
        if kind == "device":
            found = await compare_with_device(
                visit.house, visit.caller, template.id, answers, DeviceId(named)
            )
            return await _template(visit, {"against": found}, 200)
        changed = await compare_with_profile(
            visit.house, visit.caller, template.id, answers, ProfileId(named)
        )
    except Invalid as invalid:
        return await _template(visit, {"complaints": invalid.complaints}, 422)
    return await _template(visit, {"changed": changed}, 200)


async def _shown(visit: Visit) -> Template:
    return await show_template(visit.house, visit.caller, visit.request.path_params["id"])


def _answers(visit: Visit, template: Template) -> Mapping[str, str]:
    """Return what was filled in; the fields are named apart from those of the page."""
    given = {each.name: visit.form.get(f"answer.{each.name}", "") for each in template.blanks}
    return {name: text.replace("\r\n", "\n") for name, text in given.items()}


async def _template(visit: Visit, said: Mapping[str, object], status: int) -> Response:
    template = await _shown(visit)
    catalog = await read_catalog(visit.house)
    devices = await list_devices(
        visit.house, visit.caller, DeviceFilter(), PageRequest(None, _DEVICES)
    )
    values: dict[str, object] = {
        "template": template,
        "settings": [_setting(catalog, template, n) for n in range(len(template.settings))],
        "answers": _answers(visit, template),
        "profile_name": visit.form.get("profile_name", ""),
        "compared": visit.form.get("with", ""),
        "devices": devices.items,
        "lines": await list_profiles(visit.house, visit.caller),
        "against": None,
        "against_looks": AGAINST,
        "changed": None,
        "change_looks": CHANGES,
        "complaints": (),
        **said,
    }
    return whole(visit, "profiles/template.html", values, status)


def _setting(catalog: Catalog, template: Template, number: int) -> Mapping[str, str]:
    """Return one setting of a template in plain words."""
    each = template.settings[number]
    match = catalog.match(each.uri.replace("${", "{"))
    record = None if match is None else match.record
    blank = template.blank(each.when) if each.when else None
    if each.made is not None:
        said = "made of your answers"
    elif each.value is not None and "${" in each.value:
        said = "your answer"
    else:
        said = spoken(record, each.uri, each.value)
    return {
        "title": each.uri.rpartition("/")[2] if record is None else record.title,
        "uri": each.uri,
        "said": said,
        "trap": each.trap,
        "when": "" if blank is None else f"only if: {blank.title}",
    }
