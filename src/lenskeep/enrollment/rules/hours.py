"""Is enrollment open now? Times are those of the clocks of a place, summer time and all."""

from datetime import UTC, datetime, timedelta

from lenskeep.enrollment.rules.rules import DAYS, Hours


def is_open(hours: Hours, now: datetime) -> bool:
    """Return whether this aware moment is within the hours.

    When clocks go back, the repeated hour is open twice, or closed twice; when they go forward,
    what lies in the skipped hour does not happen.
    """
    return _within_span(hours, now) and _within_day(hours, now.astimezone(hours.zone))


def _within_span(hours: Hours, now: datetime) -> bool:
    """Compare as moments: a date on the calendar stands for one of them, at the ends of a
    repeated hour for the first at the beginning and the last at the end.
    """
    moment = now.astimezone(UTC)
    if hours.begins is not None and moment < _moment(hours.begins, hours, fold=0):
        return False
    return hours.ends is None or moment < _moment(hours.ends, hours, fold=1)


def _moment(local: datetime, hours: Hours, *, fold: int) -> datetime:
    return local.replace(tzinfo=hours.zone, fold=fold).astimezone(UTC)


def _within_day(hours: Hours, local: datetime) -> bool:
    today = local.weekday() in hours.days
    if hours.opens is None or hours.closes is None:
        return today
    clock = local.time()
    if hours.opens < hours.closes:
        return today and hours.opens <= clock < hours.closes
    yesterday = (local - timedelta(days=1)).weekday() in hours.days
    return (today and clock >= hours.opens) or (yesterday and clock < hours.closes)


def hours_in_words(hours: Hours) -> str:
    """Return them as a phrase: `mon-fri 08:00 to 18:00, Europe/Berlin`."""
    parts = [_days_in_words(hours.days)] if len(hours.days) < len(DAYS) else []
    if hours.opens is not None and hours.closes is not None:
        parts.append(f"{hours.opens:%H:%M} to {hours.closes:%H:%M}")
    if hours.begins is not None:
        parts.append(f"from {hours.begins:%Y-%m-%d %H:%M}")
    if hours.ends is not None:
        parts.append(f"until {hours.ends:%Y-%m-%d %H:%M}")
    return f"{' '.join(parts)}, {hours.zone_name}"


def _days_in_words(days: frozenset[int]) -> str:
    ordered = sorted(days)
    in_a_row = ordered == list(range(ordered[0], ordered[-1] + 1))
    if len(ordered) > 2 and in_a_row:
        return f"{DAYS[ordered[0]]}-{DAYS[ordered[-1]]}"
    return ", ".join(DAYS[each] for each in ordered)
