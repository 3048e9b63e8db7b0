"""The wheel's build hook: the console's third-party files are fetched before packing.

Does nothing where `frontend/` is absent (a wheel made from a source archive already holds the
files) and for an editable install, which `make` serves.
"""

import runpy
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

VENDOR = "src/lenskeep/web/console/static/vendor"


class ConsoleAssets(BuildHookInterface):
    """Builds the console's assets and adds them, git-ignored as they are, to the wheel."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Run before the wheel is packed; `version` is `standard` or `editable`."""
        if version == "editable":
            return
        root = Path(self.root)
        if (root / "frontend" / "package-lock.json").exists():
            tool = runpy.run_path(str(root / "tools" / "console_assets.py"))
            self.app.display_info(tool["build"]())
        build_data["artifacts"].append(f"{VENDOR}/*")
