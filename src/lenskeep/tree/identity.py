"""Who a headset says it is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Identity:
    """What a device says of itself, read from facts; empty where it has not said."""

    generation: str = ""
    os_build: str = ""
    os_version: str = ""
    edition: str = ""
    serial: str = ""
    model: str = ""
    manufacturer: str = ""
    architecture: str = ""
    macs: tuple[str, ...] = ()
    name: str = ""
