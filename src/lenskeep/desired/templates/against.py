"""A body of settings held against what is known of one headset."""

from dataclasses import dataclass, field
from enum import Enum

from lenskeep.desired.applies import DeviceFacts, Verdict, applies, device_facts
from lenskeep.desired.changes import record_of, same_value, title_of
from lenskeep.desired.known import Known
from lenskeep.desired.profile import ProfileBody, ProfileSetting
from lenskeep.desired.validate.check import Nodes
from lenskeep.tree.sensitive import redacted
from lenskeep.tree.value import Format
from lenskeep.wire.syncml.codes import StatusCode, is_success


class Standing(Enum):
    """How a headset stands to one setting."""

    SAME = "same"
    DIFFERENT = "different"
    UNKNOWN = "unknown"
    """The headset was not asked, or did not say."""
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, slots=True)
class Against:
    """One setting and what the headset has in its place. Secrets are redacted."""

    uri: str
    title: str
    wanted: str | None = field(repr=False)
    has: str | None = field(repr=False)
    verdict: Standing
    reason: str = ""


def against_device(body: ProfileBody, known: Known, catalog: Nodes) -> tuple[Against, ...]:
    """Return how the headset stands to each setting, in their order."""
    facts = device_facts(known)
    return tuple(_against(each, known, facts, catalog) for each in body.settings)


def _against(setting: ProfileSetting, known: Known, facts: DeviceFacts, catalog: Nodes) -> Against:
    uri = setting.uri
    record = record_of(uri, catalog)
    fact = known.get(uri)
    held = None if fact is None or not is_success(fact.status) else fact.value
    verdict, reason = Standing.UNKNOWN, "the headset has not said"
    answer = None if record is None else applies(record, facts)
    if answer is not None and answer.verdict is Verdict.NO:
        verdict, reason = Standing.NOT_APPLICABLE, answer.reason
    elif fact is not None and fact.status == StatusCode.NOT_FOUND:
        verdict, reason = Standing.DIFFERENT, "it is not set"
    elif fact is not None and is_success(fact.status):
        is_there = record is not None and record.format in (Format.NODE, Format.NULL)
        if is_there or same_value(record, setting.value, held):
            verdict, reason = Standing.SAME, ""
        elif held is not None:
            verdict, reason = Standing.DIFFERENT, ""
    title = title_of(record, uri)
    return Against(uri, title, redacted(uri, setting.value), redacted(uri, held), verdict, reason)
