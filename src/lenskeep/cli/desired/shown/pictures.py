"""How roll-outs look in a terminal: bars by state, worst first."""

from collections.abc import Iterator
from typing import Final

from rich.console import Group
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from lenskeep.cli.output import Json

_COLORS: Final = {
    "failed": "red",
    "drifted": "dark_orange",
    "conflicting": "magenta",
    "waiting": "yellow",
    "applied": "cyan",
    "verified": "green",
    "not applicable": "bright_black",
    "nothing wanted": "bright_black",
}
"""Every state has its word beside the color."""
_WIDTH: Final = 40


def rollout_picture(rollout: Json) -> Group:
    """Return how far a profile has come: a line of words, and a bar for every state there is."""
    states = rollout["by_state"]
    total = rollout["devices"]
    done = states.get("verified", 0)
    return Group(Text(f"{done} of {devices(total)} verified", style="bold"), bars(states, total))


def compliance_picture(body: Json) -> Group:
    """Return how the fleet stands to all that is wanted of it."""
    states = {**body["by_state"], "nothing wanted": body["unmanaged"]}
    good = body["by_state"].get("verified", 0)
    trouble = sum(body["by_state"].get(each, 0) for each in ("failed", "drifted", "conflicting"))
    words = f"{good} of {devices(body['devices'])} as wanted, {trouble} in trouble"
    return Group(Text(words, style="bold"), bars(states, body["devices"]))


def bars(states: Json, total: int) -> Table:
    """Return a bar for every state that a device is in."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(width=_WIDTH, no_wrap=True)
    for state, count in _in_order(states):
        color = _COLORS.get(state, "white")
        bar = ProgressBar(max(total, 1), count, _WIDTH, complete_style=color, finished_style=color)
        table.add_row(Text(state, style=color), str(count), bar)
    return table


def _in_order(states: Json) -> Iterator[tuple[str, int]]:
    for state in (*_COLORS, *(each for each in states if each not in _COLORS)):
        if states.get(state):
            yield state, states[state]


def devices(count: int) -> str:
    """Return a number of devices in words."""
    return "1 device" if count == 1 else f"{count} devices"
