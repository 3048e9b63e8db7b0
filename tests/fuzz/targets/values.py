"""Values of settings: an administrator's, checked; a headset's, compared; the virtual headset's.

The input is a LocURI in the first line, and the value in the rest; what stands behind a line
`---` is what a headset told of it.
"""

from random import Random
from typing import Final

from tests.fuzz import keys
from tests.fuzz.harness import Target, demand, same
from tests.fuzz.mutators import markup, pool, text
from tests.fuzz.targets.yaml import catalog

from lenskeep.desired.applies import csp_versions
from lenskeep.desired.changes import changes
from lenskeep.desired.compare import same_value
from lenskeep.desired.profile import ProfileBody, ProfileSetting
from lenskeep.desired.validate.check import MAX_FOUND, validate
from lenskeep.desired.validate.content.documents import fragment
from lenskeep.desired.validate.content.kiosk.mend import mended_kiosk
from lenskeep.desired.validate.content.schema import against_schema
from lenskeep.desired.validate.content.texts import url
from lenskeep.desired.validate.content.times import day
from lenskeep.desired.validate.finding import Setting
from lenskeep.desired.validate.profile import check_profile
from lenskeep.tree.fact import Fact
from lenskeep.tree.sensitive import REDACTED, redacted
from lenskeep.tree.value import Format
from lenskeep.virtual.builds import find_profile
from lenskeep.virtual.tree import documents
from lenskeep.virtual.tree.documents import is_readable, wlan_name
from lenskeep.virtual.tree.rules import Rule
from lenskeep.virtual.tree.values import Unfit, is_admx, is_json, is_well_formed, taken
from lenskeep.virtual.world import kiosk
from lenskeep.web.console.profiles.controls.admx import admx_fields, admx_text

_SCHEMA: Final = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="a">
<xs:complexType><xs:sequence><xs:element name="b" type="xs:date" maxOccurs="3"/></xs:sequence>
<xs:attribute name="c"><xs:simpleType><xs:restriction base="xs:string">
<xs:pattern value="[a-z]{1,3}"/></xs:restriction></xs:simpleType></xs:attribute></xs:complexType>
</xs:element></xs:schema>"""
_PROFILE: Final = find_profile("HL2-22621.1244")
_KINDS: Final = (Format.CHR, Format.XML, Format.INT, Format.B64, Format.FLOAT, Format.DATE)


def run(data: bytes) -> None:
    """Check, mend, compare, redact."""
    line, _, rest = data.decode("utf-8", "replace").partition("\n")
    value, _, told = rest.partition("\n---\n")
    found = validate(catalog(), Setting(line, value), now=keys.NOW)
    demand(len(found.found) <= MAX_FOUND, "as many findings as it says")
    demand(all(len(each.message) <= 5000 for each in found.found), "words of a readable length")
    if found.wire is not None and found.wire.value is not None:
        sent = validate(catalog(), Setting(line, found.wire.value), now=keys.NOW)
        demand(sent.wire is not None, "what goes on the wire is accepted")
        same(found.wire.value, sent.wire.value if sent.wire else None, "and stays as it is")
    mended = mended_kiosk(value)
    same(mended, mended_kiosk(mended), "what is mended stays so")
    if found.record is not None:
        record = found.record
        demand(same_value(record, value, value), "a value is the same as itself")
        demand(
            same_value(record, value, told) is same_value(record, told, value),
            "the same, whichever comes first",
        )
        for each in _KINDS:
            same_value(record, value, told, each)
        _virtual(Rule(record.uri, "AG", record.format, record.allowed), line, value)
    _told(line, value)
    _beside(line, value, told)


def _virtual(rule: Rule, line: str, value: str) -> None:
    """Ask the virtual headset, which reads by its own rules."""
    try:
        kept = taken(rule, value)
    except Unfit:
        return
    if kept is not None:
        same(kept, taken(rule, kept), "what a node keeps, it takes")
    if line.count("/") > 2:
        is_readable(line, value)


def _beside(line: str, value: str, told: str) -> None:
    """Look at it as a profile's only setting, and at what changed; at the form of the console."""
    before, after = (
        ProfileBody((ProfileSetting(line, each),)) if line else ProfileBody()
        for each in (value, told)
    )
    found = check_profile(catalog(), after)
    demand(len(found.settings) == len(after.settings), "each setting is looked at")
    demand(len(changes(before, after, catalog())) <= 2, "one setting, few changes")
    demand(changes(after, after, catalog()) == (), "nothing changed, nothing told")
    fields = admx_fields(None, value)
    again = None if fields is None else admx_text(None, fields)
    if again is not None:
        same(fields, admx_fields(None, again), "the form gives the value back")


def _told(line: str, value: str) -> None:
    """Read what a headset told."""
    csp_versions(Fact(line, 200, keys.NOW, Format.CHR, value))
    wlan_name(value)
    told = (*fragment(value), *url(value), *day(value), *against_schema(_SCHEMA, value))
    demand(all(len(each.message) <= 5000 for each in told), "words of a readable length")
    documents._policies_of(value)
    kiosk._read(value)
    kiosk._of_single_app(value, _PROFILE)
    for ask in (is_admx, is_json, is_well_formed):
        demand(ask(value) in (True, False), "yes or no")
    for query in ("", "?list=StructData"):
        shown = redacted(line + query, value)
        demand(shown == REDACTED or "password" not in line.casefold(), "secrets are redacted")


def mutate(data: bytes, random: Random) -> bytes:
    """Return another: the value as markup or text, now and then of another node."""
    line, _, value = data.partition(b"\n")
    if random.random() < 0.1:
        line = pool.other(random, data).partition(b"\n")[0]
    if random.random() < 0.1:
        return text.mutate(data, random)
    way = markup.mutate if b"<" in value else text.mutate
    return line + b"\n" + way(value or b" ", random)


TARGET: Final = Target(
    name="values",
    covers=(
        "lenskeep.desired.validate.check:validate",
        "lenskeep.desired.validate.content.schema:against_schema",
        "lenskeep.desired.validate.content.kiosk.mend:mended_kiosk",
        "lenskeep.desired.compare:same_value",
        "lenskeep.desired.changes:changes",
        "lenskeep.desired.validate.profile:check_profile",
        "lenskeep.web.console.profiles.controls.admx:admx_fields",
        "lenskeep.desired.applies:csp_versions",
        "lenskeep.tree.sensitive:redacted",
        "lenskeep.virtual.tree.values:taken",
        "lenskeep.virtual.tree.documents:is_readable",
        "lenskeep.virtual.tree.documents:ingested_rule",
        "lenskeep.virtual.world.kiosk:start_menu",
    ),
    run=run,
    mutate=mutate,
    max_bytes=1 << 17,
    slow=3.0,
)
