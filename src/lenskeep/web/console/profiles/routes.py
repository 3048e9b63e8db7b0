"""The routes of profiles. Fixed names come before `{id}`."""

from typing import Final

from starlette.routing import BaseRoute, Route

from lenskeep.web.console.page import Console
from lenskeep.web.console.profiles import gallery, importing, listing
from lenskeep.web.console.profiles.edit import pages, picker, saving
from lenskeep.web.console.profiles.one import assigning, history, page, staging, trial
from lenskeep.web.console.visitor import Page, form
from lenskeep.web.console.visitor import page as shown

MAX_FIELDS: Final = 10_000
"""Of the editor's form: some hundred settings, lists among them."""

_SHOWN: Final[dict[str, Page]] = {
    "/profiles": listing.list_page,
    "/profiles/list": listing.list_part,
    "/profiles/new": pages.new_page,
    "/profiles/templates": gallery.gallery_page,
    "/profiles/templates/{id}": gallery.template_page,
    "/profiles/import": importing.import_page,
    "/profiles/{id}": page.profile_page,
    "/profiles/{id}/progress": page.progress_part,
    "/profiles/{id}/edit": pages.edit_page,
    "/profiles/{id}/compare": history.compare_page,
    "/profiles/{id}/revision": history.revision_page,
    "/profiles/{id}/export": history.export,
}
_SENT: Final[dict[str, Page]] = {
    "/profiles/new": saving.create,
    "/profiles/draft": pages.redraw,
    "/profiles/check": pages.check_part,
    "/profiles/picker": picker.picker_part,
    "/profiles/setting": picker.setting_part,
    "/profiles/try": trial.trial_part,
    "/profiles/import": importing.take,
    "/profiles/templates/{id}": gallery.start,
    "/profiles/templates/{id}/compare": gallery.compare,
    "/profiles/{id}/edit": saving.save,
    "/profiles/{id}/assign": assigning.add,
    "/profiles/{id}/assignment": assigning.change,
    "/profiles/{id}/unassign": assigning.remove,
    "/profiles/{id}/delete": assigning.delete,
    "/profiles/{id}/back": history.back,
    "/profiles/{id}/release": staging.release,
    "/profiles/{id}/another": staging.another,
}


def profile_routes(console: Console) -> list[BaseRoute]:
    """Return the routes of everything about profiles."""
    return [
        *(Route(path, shown(console, each), methods=["GET"]) for path, each in _SHOWN.items()),
        *(
            Route(path, form(console, each, MAX_FIELDS), methods=["POST"])
            for path, each in _SENT.items()
        ),
    ]
