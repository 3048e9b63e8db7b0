"""Times as settings hold them: ISO 8601 moments, days and durations, and Windows time zones."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from difflib import get_close_matches
from types import MappingProxyType
from typing import Final

from lenskeep.desired.validate.finding import Found, refused, warned

_MOMENT: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,7})?(Z|[+-]\d{2}:\d{2})?", re.ASCII
)
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DURATION: Final = re.compile(
    r"P(?=.)(\d{1,6}Y)?(\d{1,6}M)?(\d{1,6}W)?(\d{1,6}D)?(T(?=.)(\d{1,6}H)?(\d{1,6}M)?(\d{1,9}S)?)?",
    re.ASCII,
)
MOMENT: Final = "a date with time such as 2026-03-31T22:30:00Z"
DAY: Final = "a day such as 2026-03-31"
DURATION: Final = "an ISO 8601 duration such as PT8H or P1DT30M"


def moment(value: str) -> Found:
    """Check a date with time [ISO 8601]; without an offset it is the headset's own time."""
    text = value.strip()
    if not _MOMENT.fullmatch(text) or not _exists(text):
        return (refused("is not a moment", MOMENT, value),)
    return ()


def schedule(value: str) -> Found:
    """Check a restart schedule. CSP: Reboot/Schedule; an empty one takes the schedule away."""
    return moment(value) if value.strip() else ()


def day(value: str) -> Found:
    """Check a day without time. CSP: Policy/Update/PauseFeatureUpdatesStartTime."""
    text = value.strip()
    if not _DAY.fullmatch(text):
        return (refused("is not a day", DAY, value),)
    try:
        date.fromisoformat(text)
    except ValueError:
        return (refused("is a day that no calendar has", DAY, value),)
    return ()


def duration(value: str) -> Found:
    """Check a length of time [ISO 8601]."""
    if not _DURATION.fullmatch(value.strip()):
        return (refused("is not a length of time", DURATION, value),)
    return ()


def time_value(value: str) -> Found:
    """Check what format `time` and `date` take: a moment, or a bare day."""
    text = value.strip()
    return day(text) if len(text) == len("2026-03-31") else moment(text)


def _exists(text: str) -> bool:
    whole, mark, rest = text.partition(".")
    offset = rest.lstrip("0123456789") if mark else ""
    try:
        datetime.fromisoformat(whole + offset)
    except ValueError:
        return False
    return True


def time_zone(value: str) -> Found:
    """Check a Windows time zone id. CSP: Policy/TimeLanguageSettings/ConfigureTimeZone.

    assumed: names compare without case, as registry keys do; the suffix that stops daylight
    saving is understood, since the id is what tzutil takes.
    """
    text = value.strip()
    name, fixed, _ = text.partition("_dstoff")
    known = _BY_NAME.get(name.casefold())
    if known is None:
        return (refused("is not a Windows time zone", _suggestion(name), value),)
    found: Found = ()
    if known != name:
        found += (warned("is spelled otherwise by Windows", known, value),)
    if fixed:
        found += (warned("stops daylight saving; nobody has seen a headset obey", known, value),)
    return found


def _suggestion(name: str) -> str:
    if "/" in name:
        return "the Windows name, such as W. Europe Standard Time, not the IANA name"
    near = get_close_matches(name[:60], TIME_ZONES, n=1, cutoff=0.6)
    return near[0] if near else "a Windows name such as W. Europe Standard Time or UTC"


_STANDARD_TIMES: Final = """
Afghanistan, Alaskan, Aleutian, Altai, Arab, Arabian, Arabic, Argentina, Astrakhan, Atlantic,
AUS Central, Aus Central W., AUS Eastern, Azerbaijan, Azores, Bahia, Bangladesh, Belarus,
Bougainville, Canada Central, Cape Verde, Caucasus, Cen. Australia, Central, Central America,
Central Asia, Central Brazilian, Central Europe, Central European, Central Pacific,
Chatham Islands, China, Cuba, Dateline, E. Africa, E. Australia, E. Europe, E. South America,
Easter Island, Eastern, Egypt, Ekaterinburg, Fiji, FLE, Georgian, GMT, Greenland, Greenwich, GTB,
Haiti, Hawaiian, India, Iran, Israel, Jordan, Kaliningrad, Kamchatka, Korea, Libya, Line Islands,
Lord Howe, Magadan, Magallanes, Marquesas, Mauritius, Mid-Atlantic, Middle East, Montevideo,
Morocco, Mountain, Myanmar, N. Central Asia, Namibia, Nepal, New Zealand, Newfoundland, Norfolk,
North Asia, North Asia East, North Korea, Omsk, Pacific, Pacific SA, Pakistan, Paraguay,
Qyzylorda, Romance, Russian, SA Eastern, SA Pacific, SA Western, Saint Pierre, Sakhalin, Samoa,
Sao Tome, Saratov, SE Asia, Singapore, South Africa, South Sudan, Sri Lanka, Sudan, Syria, Taipei,
Tasmania, Tocantins, Tokyo, Tomsk, Tonga, Transbaikal, Turkey, Turks And Caicos, Ulaanbaatar,
US Eastern, US Mountain, Venezuela, Vladivostok, Volgograd, W. Australia, W. Central Africa,
W. Europe, W. Mongolia, West Asia, West Bank, West Pacific, Yakutsk, Yukon
"""
"""Without the words that end each name."""
_OTHERS: Final = (
    *("UTC", "UTC-11", "UTC-09", "UTC-08", "UTC-02", "UTC+12", "UTC+13"),
    *("Russia Time Zone 3", "Russia Time Zone 10", "Russia Time Zone 11"),
    *(f"{each} Standard Time (Mexico)" for each in ("Central", "Eastern", "Mountain", "Pacific")),
)
_NAMED: Final = tuple(
    f"{' '.join(each.split())} Standard Time" for each in _STANDARD_TIMES.split(",")
)
TIME_ZONES: Final = tuple(sorted((*_NAMED, *_OTHERS)))
"""Every time zone of Windows 11 22H2 (22621), the newest system that HoloLens 2 has."""
_BY_NAME: Final[Mapping[str, str]] = MappingProxyType(
    {each.casefold(): each for each in TIME_ZONES}
)
