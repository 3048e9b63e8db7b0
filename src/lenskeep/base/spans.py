"""Where time goes: what a room says of the steps it takes, to whoever traces them.

Only the words; who listens is chosen by `app`. Nobody does unless an administrator asks for
traces, and then no span holds a secret: names, identifiers and outcomes are all there is.
"""

from contextlib import AbstractContextManager, nullcontext
from typing import Final, Protocol

Noted = str | int | bool
"""What may be noted of a step."""


class Spans(Protocol):
    """Hears of steps as they begin and end."""

    def step(self, name: str) -> AbstractContextManager[object]:
        """Return what lasts as long as the step; steps begun within are parts of it."""
        ...

    def request(self, name: str, parent: str) -> AbstractContextManager[object]:
        """Return the same for a whole request; `parent` as in the header `traceparent`."""
        ...

    def note(self, **noted: Noted) -> None:
        """Say this of the request that is being answered."""
        ...


class NoSpans:
    """Hears nothing."""

    def step(self, _name: str) -> AbstractContextManager[object]:
        """Return what does nothing."""
        return _NOTHING

    def request(self, _name: str, _parent: str) -> AbstractContextManager[object]:
        """Return what does nothing."""
        return _NOTHING

    def note(self, **_noted: Noted) -> None:
        """Forget it."""


_NOTHING: Final = nullcontext()
NO_SPANS: Final = NoSpans()
