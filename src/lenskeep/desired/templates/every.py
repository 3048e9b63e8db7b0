"""All templates, in the order in which they are shown."""

from lenskeep.base.errors import Missing
from lenskeep.desired.templates.baselines import BASELINES
from lenskeep.desired.templates.deployments import DEPLOYMENTS
from lenskeep.desired.templates.kiosks import KIOSKS
from lenskeep.desired.templates.template import Template
from lenskeep.desired.templates.upkeep import UPKEEP


def templates() -> tuple[Template, ...]:
    """Return every template."""
    return (*BASELINES, *DEPLOYMENTS, *KIOSKS, *UPKEEP)


def template(id_: str) -> Template:
    """Return the template of this id. Raises Missing."""
    for each in templates():
        if each.id == id_:
            return each
    raise Missing("template", id_)
