"""QR codes are read back by a reader from what was drawn, and draw nothing else."""

import re
import xml.etree.ElementTree as ET

import pytest
import zxingcpp

from lenskeep.base.errors import Invalid
from lenskeep.web.qr import MAX_TEXT, qr_modules, qr_svg

SVG = "{http://www.w3.org/2000/svg}"
_DASH = re.compile(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z")


def drawn(svg: str, scale: int = 6) -> list[list[int]]:
    """Return the picture that a browser would paint: 0 for dark."""
    root = ET.fromstring(svg)
    size = int(root.attrib["viewBox"].split()[2])
    picture = [[255] * size for _ in range(size)]
    dark = root.findall(f"{SVG}path")[1].attrib["d"]
    assert _DASH.sub("", dark) == ""
    for x, y, width, _ in _DASH.findall(dark):
        for column in range(int(x), int(x) + int(width)):
            picture[int(y)][column] = 0
    return [[pixel for pixel in row for _ in range(scale)] for row in picture for _ in range(scale)]


def read(svg: str) -> str:
    rows = drawn(svg)
    flat = bytes(pixel for row in rows for pixel in row)
    picture = memoryview(flat).cast("B", (len(rows), len(rows[0])))
    found = zxingcpp.read_barcode(picture)
    assert found is not None
    return str(found.text)


@pytest.mark.parametrize(
    "text",
    [
        "https://mdm.example/enroll",
        "ms-device-enrollment:?mode=mdm&username=ward%407@mdm.example&servername=https://mdm.example",
        "ä<&>\"'",
        "x" * MAX_TEXT,
    ],
)
def test_what_is_drawn_is_read_back(text: str) -> None:
    assert text == read(qr_svg(text, "a code"))


def test_there_is_a_quiet_zone_of_four_modules() -> None:
    rows = qr_modules("https://mdm.example/enroll")

    assert len(rows) == len(rows[0])
    assert not any(any(row) for row in (*rows[:4], *rows[-4:]))
    assert not any(any(row[:4]) or any(row[-4:]) for row in rows)
    assert rows[4][4]


def test_the_drawing_can_stand_in_a_page() -> None:
    svg = qr_svg("https://mdm.example/enroll", 'a "code" <script>')

    assert svg.startswith("<svg ")
    assert "<script" not in svg
    assert "<!" not in svg
    assert " id=" not in svg
    assert {f"{SVG}svg", f"{SVG}title", f"{SVG}path"} == {
        each.tag for each in ET.fromstring(svg).iter()
    }


@pytest.mark.parametrize("text", ["", "x" * (MAX_TEXT + 1)])
def test_what_does_not_fit_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        qr_svg(text, "a code")
