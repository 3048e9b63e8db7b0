"""The log never stands in the way of what it tells about."""

import io

from lenskeep.cli.server.logs import LOST, Unfailing


class Moody(io.StringIO):
    """A stream whose disk is full at times."""

    full = False

    def write(self, text: str) -> int:
        if self.full:
            raise OSError(28, "No space left on device")
        return super().write(text)


def test_a_full_disk_fails_nobody() -> None:
    """Lines that cannot be written are counted, and told when there is room again."""
    stream = Moody()
    log = Unfailing(stream)

    log.write("one\n")
    stream.full = True
    log.write("two\n")
    log.write("three\n")
    log.flush()
    stream.full = False
    log.write("four\n")

    assert stream.getvalue().splitlines() == [
        "one",
        f'{{"event": "{LOST}", "level": "error", "lines": 2}}',
        "four",
    ]


def test_a_closed_stream_fails_nobody() -> None:
    """The pipe behind it may be gone."""
    stream = io.StringIO()
    log = Unfailing(stream)
    stream.close()

    assert log.write("one\n") == 4
    log.flush()
