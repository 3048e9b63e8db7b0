"""All routers of the ways in and out."""

from fastapi import APIRouter

from lenskeep.flows.house import House


def make_entry_routers(house: House) -> list[APIRouter]:
    """Return the routers, each path in one of them."""
    return []
