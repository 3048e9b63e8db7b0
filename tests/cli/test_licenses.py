"""Licenses and editions as typed."""

import asyncio
from pathlib import Path

from tests.cli.conftest import Served, Type
from tests.flows.edition.test_upgrading import first_gen

from lenskeep.cli.output import ExitCode


def test_a_headset_is_upgraded(type_: Type, served: Served, tmp_path: Path) -> None:
    """Add, look, upgrade, look, remove; what is no license is refused before it travels."""
    way = served.way()
    wearer = asyncio.run(first_gen(served.home))
    good, wrong = tmp_path / "license.xml", tmp_path / "page.html"
    good.write_text('<?xml version="1.0" encoding="utf-16"?><License/>', "utf-16")
    wrong.write_text("<html/>")

    refused = type_("license", "add", "suite", str(wrong), *way)
    missing = type_("license", "add", "suite", str(tmp_path / "none"), *way)
    added = type_("license", "add", "suite", str(good), *way)
    listed = type_("license", "list", *way)
    before = type_("device", "edition", wearer.device, *way)
    begun = type_("device", "upgrade-edition", wearer.device, "--license", "SUITE", *way)
    asyncio.run(wearer.sync())
    after = type_("device", "edition", wearer.device, *way)
    twice = type_("device", "upgrade-edition", wearer.device, *way)
    removed = type_("license", "remove", "suite", *way)

    assert (ExitCode.USAGE, True) == (refused.code, "a web page" in refused.err)
    assert (ExitCode.USAGE, True) == (missing.code, "cannot be read" in missing.err)
    assert (ExitCode.OK, "license suite added\n") == (added.code, added.out)
    assert "suite" in listed.out
    assert ("needed" in before.out, "Add a license" in before.out) == (True, True)
    assert "pending" in begun.out
    assert "Windows Holographic for Business" in after.out
    assert (ExitCode.CONFLICT, ExitCode.OK) == (twice.code, removed.code)
    unknown = type_("license", "remove", "suite", *way)
    assert ExitCode.NOT_FOUND == unknown.code
