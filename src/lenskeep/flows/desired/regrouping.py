"""Devices into the groups they belong to, by what is known of them. Called by the house itself."""

from collections.abc import Collection

from lenskeep.base.identifiers import DeviceId
from lenskeep.desired.known import Known
from lenskeep.flows.house import House


async def regroup(house: House, devices: Collection[DeviceId] | None = None) -> int:
    """Put these devices, or all, into the groups whose rules hold; return how many moved."""
    raise NotImplementedError


async def regroup_one(house: House, device_id: DeviceId, known: Known | None = None) -> bool:
    """Put one device into its groups; return whether its cohort changed.

    `known` is what is known of it now, where that is fresher than what is stored.
    """
    raise NotImplementedError
