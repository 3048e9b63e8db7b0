"""Headsets by the thousand in one process: a load client, each headset as strict as a single one.

The rate of starts and the number at work are bounded; everything is counted, nothing raised.
"""

from lenskeep.virtual.fleet.asking.arrivals import read_arrivals
from lenskeep.virtual.fleet.asking.faults import Faults, read_faults
from lenskeep.virtual.fleet.asking.mix import Kind, Mix, read_mix
from lenskeep.virtual.fleet.asking.plan import DEFAULT_TEMPLATE, FleetPlan, Load, patience
from lenskeep.virtual.fleet.counting.histogram import Histogram
from lenskeep.virtual.fleet.counting.tally import Tally
from lenskeep.virtual.fleet.life import FleetRow
from lenskeep.virtual.fleet.running import Fleet, FleetReport, run_fleet
from lenskeep.virtual.fleet.shelf import Shelf, is_packed
from lenskeep.virtual.fleet.spread import run_processes

__all__ = [
    "DEFAULT_TEMPLATE",
    "Faults",
    "Fleet",
    "FleetPlan",
    "FleetReport",
    "FleetRow",
    "Histogram",
    "Kind",
    "Load",
    "Mix",
    "Shelf",
    "Tally",
    "is_packed",
    "patience",
    "read_arrivals",
    "read_faults",
    "read_mix",
    "run_fleet",
    "run_processes",
]
