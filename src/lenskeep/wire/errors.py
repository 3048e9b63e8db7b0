"""The wire's two families of trouble."""


class WireError(Exception):
    """A message and its bytes do not fit together."""


class BadMessage(WireError):
    """The peer's bytes break the protocol.

    `problem` names what was expected and what came, never the peer's bytes at length;
    `where` is the place in the message (a path of element names, or "bytes");
    `section` is the rule that was broken, e.g. "[MS-MDE2] 3.1.4.1".
    """

    def __init__(self, problem: str, *, where: str = "bytes", section: str = "") -> None:
        super().__init__(f"{where}: {problem}" + (f" ({section})" if section else ""))
        self.problem = problem
        self.where = where
        self.section = section


class CannotEncode(WireError):
    """We would break the protocol: the value cannot be written."""
