"""QR codes as SVG: black modules on white, nothing else in it.

Error correction M, as a printed sheet wants it, and the quiet zone of four modules that
[ISO/IEC 18004] 6.3.8 asks for. The library (docs/decisions/0018) makes the modules; the drawing is
ours, so that it has no document type, no scripts and no identifiers and can stand in a page.
"""

from itertools import groupby
from typing import Final, cast

from lenskeep.base.errors import Invalid
from lenskeep.wire.xml import Out, write

MAX_TEXT: Final = 1000
"""Bytes of UTF-8; a code with more is too fine to be read off a sheet by a headset."""
_DARK: Final = 0
_SVG: Final = "http://www.w3.org/2000/svg"


def qr_modules(text: str) -> tuple[tuple[bool, ...], ...]:
    """Return the rows of the code, quiet zone included; True is dark. Raises Invalid."""
    if not 0 < len(text.encode("utf-8", "replace")) <= MAX_TEXT:
        raise Invalid.field("text", "it does not fit a code", f"1 to {MAX_TEXT} bytes")
    import zxingcpp

    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    image = cast(bytes, code.to_image(scale=1, add_quiet_zones=True))  # a buffer of two dimensions
    rows = cast(list[list[int]], memoryview(image).tolist())
    return tuple(tuple(pixel == _DARK for pixel in row) for row in rows)


def qr_svg(text: str, title: str) -> str:
    """Return the code as an SVG element, sized by whoever shows it; `title` is read aloud."""
    rows = qr_modules(text)
    size = len(rows)
    path = "".join(_dashes(row, y) for y, row in enumerate(rows))
    content = (
        Out("title", title),
        Out("path", (), (("fill", "#fff"), ("d", f"M0 0h{size}v{size}H0z"))),
        Out("path", (), (("fill", "#000"), ("d", path))),
    )
    attributes = (
        ("xmlns", _SVG),
        ("viewBox", f"0 0 {size} {size}"),
        ("role", "img"),
        ("shape-rendering", "crispEdges"),
    )
    return write(Out("svg", content, attributes)).decode("utf-8")


def _dashes(row: tuple[bool, ...], y: int) -> str:
    """Return the dark runs of one row as parts of a path."""
    found, x = [], 0
    for is_dark, run in groupby(row):
        length = len(list(run))
        if is_dark:
            found.append(f"M{x} {y}h{length}v1h-{length}z")
        x += length
    return "".join(found)
