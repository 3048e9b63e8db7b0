"""What REST answers of templates, and of how far something is from one."""

from pydantic import Field

from lenskeep.desired.templates.against import Standing
from lenskeep.web.api.desired.shapes.profiles import Change
from lenskeep.web.api.models import Answer, deep


class Blank(Answer):
    """One thing that a template has to be told."""

    name: str
    title: str
    explanation: str
    example: str
    default: str
    choices: list[str]
    secret: bool = deep("is_secret")
    long: bool = deep("is_long")


class Suggestion(Answer):
    """A setting of a template; `${name}` stands for an answer, `trap` says how it can strand."""

    uri: str
    value: str | None
    trap: str
    when: str = Field(description="The question that has to be answered with yes, or empty.")
    needs: list[str] = Field(description="The blanks without which it is left out.")


class Needs(Answer):
    """On which headsets a template makes sense."""

    enrollments: list[str]
    first_build: str
    before_build: str


class TemplateLine(Answer):
    """A template as lists show it."""

    id: str
    title: str
    summary: str
    audience: str
    warnings: list[str]


class Template(TemplateLine):
    """A profile to start from."""

    needs: Needs
    source: str
    blanks: list[Blank]
    settings: list[Suggestion]


class Against(Answer):
    """One setting of a template, and what a device has in its place."""

    uri: str
    title: str
    wanted: str | None
    has: str | None
    verdict: Standing
    reason: str


class Comparison(Answer):
    """How a device, or a profile, stands to a template; the other of the two is null.

    Of a profile it is the latest revision that is compared.
    """

    device: list[Against] | None = None
    profile: list[Change] | None = None
