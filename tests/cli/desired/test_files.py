"""Files that commands are given."""

from pathlib import Path

import pytest

from lenskeep.cli.desired.files import read_json
from lenskeep.cli.output import CommandError


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000])
def test_what_is_no_json_is_said_in_a_line(tmp_path: Path, text: str) -> None:
    """Nested without end, too: the parser gives up, and the command must not."""
    file = tmp_path / "settings.json"
    file.write_text(text)

    with pytest.raises(CommandError, match="is not JSON") as told:
        read_json(str(file))

    assert len(told.value.message) < 300
