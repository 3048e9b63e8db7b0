"""A small catalog with a bit of everything, for tests."""

from functools import cache

from tests.tree.descriptions import (
    HOLOGRAPHIC,
    SETTABLE,
    allows,
    applies,
    area,
    choice,
    ddf,
    node,
    policy,
    policy_shell,
    value,
)

from lenskeep.tree.catalog.load import Catalog, load_catalog
from lenskeep.tree.catalog.sources.build import build_catalog
from lenskeep.tree.catalog.sources.overlay import Overlay, OverlayFiles, read_overlay

HEAD = b"hololens1_dev,hololens1_comm,hololens2,min_build,notes\n"
POLICIES = (
    b"area,policy," + HEAD + b"Gadgets,AutoSpin,no,no,yes,20348.1432,\n"
    b"Gadgets,Coming,no,no,insider,insider,\n"
)
CSPS = b"csp," + HEAD + b"Box,no,yes,yes,,\n"
OWN = b"""[policy.Gadgets]
AutoSpin = ["Spin by itself", "Turns the gadget when nobody looks."]
"""
EVERYWHERE = applies("10.0.18362", "5.0", HOLOGRAPHIC)


def files() -> dict[str, bytes]:
    """Return the descriptions, by file name."""
    guid = (
        "<DFTitle>Shelf Id</DFTitle><MSFT:DynamicNodeNaming><MSFT:UniqueName>Prose of a maker."
        "</MSFT:UniqueName></MSFT:DynamicNodeNaming><MSFT:AtomicRequired/>"
    )
    shelf = node(
        "",
        guid + allows("RegEx", value(r"\{?[0-9a-f]{4}\}?")),
        node("Lid", SETTABLE + "<DefaultValue></DefaultValue>", format_="chr"),
        node("Fixed", format_="chr"),
    )
    spin = (
        EVERYWHERE
        + "<Description>The maker's own sentence.</Description>"
        + allows("ENUM", choice("0", "Still") + choice("1", "Turning"))
    )
    schema = allows("XSD", value("<![CDATA[<schema/>]]>"))
    return {
        "Policy.xml": policy_shell(),
        "Gadgets.xml": area(
            "Gadgets",
            policy("AutoSpin", spin),
            policy("Coming", EVERYWHERE),
            policy("Later", applies("10.0.22621", "9.9", HOLOGRAPHIC)),
            policy("Plan", EVERYWHERE + schema, "xml"),
        ),
        "ADMX_Toys.xml": area("ADMX_Toys", policy("SpinningTop", EVERYWHERE, "chr")),
        "Box.xml": ddf(node("Box", EVERYWHERE, shelf, node("First"), path="./Vendor/MSFT")),
    }


def overlay() -> Overlay:
    """Return a layer with a policy, a CSP and words."""
    return read_overlay(OverlayFiles(POLICIES, CSPS, b"", OWN))


@cache
def gadgets(*, with_text: bool = False) -> Catalog:
    """Return the catalog."""
    return load_catalog(build_catalog(files(), overlay(), with_text=with_text))
