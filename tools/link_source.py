"""Let the virtual environment run the source in place: a path file and the `lenskeep` command.

The same as an editable install, without a build that would have to fetch a build tool.
"""

import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMAND = """#!{python}
import sys

from lenskeep.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
"""


def main() -> int:
    """Write both files."""
    packages = Path(sysconfig.get_paths()["purelib"])
    (packages / "lenskeep-source.pth").write_text(f"{ROOT / 'src'}\n", encoding="utf-8")
    command = Path(sys.executable).parent / "lenskeep"
    command.write_text(COMMAND.format(python=sys.executable), encoding="utf-8")
    command.chmod(0o755)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
