"""What became of a fleet, for a person: sessions, times as drawn histograms, and a verdict."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from lenskeep.cli.virtual.plainly import errors
from lenskeep.virtual.fleet import FleetRow, Histogram, Tally

_WIDTH: Final = 40
"""Characters of the longest bar."""
_DRAWN: Final = ("handshake", "enroll", "renew", "first message", "later message")
_BLOCKS: Final = " ▏▎▍▌▋▊▉█"
_SHOWN_PROBLEMS: Final = 5


def print_verdict(rows: Sequence[FleetRow], tally: Tally, seconds: float) -> None:
    """Print all of it."""
    good = sum(not row.problem for row in rows)
    print(f"{good} of {len(rows)} headsets are well, in {seconds:.1f} s.")
    _print_sessions(tally)
    for kind in (*_DRAWN, *sorted(set(tally.times) - set(_DRAWN))):
        if kind in tally.times:
            _print_times(kind, tally.times[kind], drawn=kind in _DRAWN)
    _print_happenings(tally)
    _print_end(tally)


def _print_sessions(tally: Tally) -> None:
    for kind, begun in sorted(tally.begun.items()):
        print(f"{kind}: {begun:,} begun, {tally.finished[kind]:,} finished")
    print(
        f"{tally.messages:,} messages, {tally.commands:,} commands, "
        f"{tally.carried_out:,} changes carried out"
    )


def _print_times(kind: str, times: Histogram, *, drawn: bool) -> None:
    said = ", ".join(
        f"{name} {times.quantile(part) * 1e3:,.0f}"
        for name, part in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))
    )
    print(f"{kind}: {times.total:,}; {said}, longest {times.longest_s * 1e3:,.0f} ms")
    if not drawn:
        return
    bars = list(times.bars())
    most = max(count for _, _, count in bars)
    for low, high, count in bars:
        print(
            f"  {low * 1e3:8,.1f} - {high * 1e3:8,.1f} ms {count:8,} {_bar(count / most)}".rstrip()
        )


def _bar(part: float) -> str:
    eighths = round(part * _WIDTH * 8)
    return "█" * (eighths // 8) + _BLOCKS[eighths % 8].strip()


def _print_happenings(tally: Tally) -> None:
    if tally.happenings:
        told = ", ".join(f"{what} {count:,}" for what, count in sorted(tally.happenings.items()))
        print(f"On the way: {told}.")
    if tally.excused:
        print(f"{tally.excused:,} values were set again after a power cut, as they must be.")


def _print_end(tally: Tally) -> None:
    for title, book in (
        ("Lost", tally.lost),
        ("Doubled", tally.doubled),
        ("Refused", tally.refused),
        ("Not finished", tally.unfinished),
    ):
        _print_book(title, book)
    for example in tally.examples:
        errors.print(f"  {example}", markup=False)
    if tally.faults:
        print(f"Verdict: it did not hold, {tally.faults:,} times.")
    else:
        print("Verdict: it held. Nothing lost, nothing doubled, nothing refused.")


def _print_book(title: str, book: Counter[str]) -> None:
    if book:
        print(f"{title}: {book.total():,}")
    for reason, count in book.most_common(_SHOWN_PROBLEMS):
        print(f"  {count:,} x {reason}")
