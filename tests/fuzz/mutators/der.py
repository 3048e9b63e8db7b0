"""Mutations of DER that keep it DER: fields dropped, doubled, moved, retagged, lengths made right.

`reseal` hooks let a target sign again what was changed, or nothing behind a signature is reached.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Final

from tests.fuzz.mutators import pool

LONGEST: Final = 40 * 1024
_TAGS: Final = (*range(1, 0x1F), 0x30, 0x31, 0x80, 0x81, 0xA0, 0xA1, 0xA2, 0xA3, 0x1F, 0x5F, 0xFF)
_BYTES: Final = (
    *(b"", b"\0", b"\1", b"\3", b"\x7f", b"\x80", b"\xff", b"\0\0", b"\0\1", b"\xff" * 9),
    *(b"\0" * 32, b"\xff" * 256, b"\x05\x00", b"\x30\x00", b"\x30\x80", b"2.5.4.3", b"!\0"),
    bytes.fromhex("550403"),  # commonName
    bytes.fromhex("2a864886f70d010701"),  # data
    bytes.fromhex("2a864886f70d010702"),  # signedData
    bytes.fromhex("2a864886f70d010903"),  # contentType
    bytes.fromhex("2a864886f70d010904"),  # messageDigest
    bytes.fromhex("2a864886f70d01090e"),  # extensionRequest
    bytes.fromhex("2b0601040182370201 0e".replace(" ", "")),  # Microsoft's own
    bytes.fromhex("2b060104018237420100"),  # DeviceID
    bytes.fromhex("2b0e03021d"),  # sha1WithRSA of OIW
    bytes.fromhex("2a864886f70d010101"),  # rsaEncryption
    bytes.fromhex("2a864886f70d010105"),
    bytes.fromhex("2a864886f70d01010a"),  # PSS
    bytes.fromhex("2a864886f70d01010b"),
    bytes.fromhex("2a8648ce3d040302"),
    bytes.fromhex("2b0e03021a"),  # SHA-1
    bytes.fromhex("608648016503040201"),
    bytes.fromhex("608648016503040203"),
    bytes.fromhex("551d0e"),  # subjectKeyIdentifier
    bytes.fromhex("551d13"),
    bytes.fromhex("551d25"),
)


@dataclass(slots=True)
class Part:
    """A field: its tag, and its content or its parts."""

    tag: int
    content: bytes = b""
    parts: list["Part"] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """Whether it has no parts."""
        return not self.parts


Reseal = Callable[[Part], Part]


def mutate(data: bytes, random: Random, reseal: Reseal | None = None) -> bytes:
    """Return other DER, mostly of right form; most of it sealed anew."""
    tree = split(data)
    if tree is None:
        tree = split(pool.other(random, data)) or Part(0x30)
    for _ in range(random.choice((1, 1, 1, 2, 3, 5))):
        tree = random.choice(_WAYS)(tree, random)
    if reseal is not None and random.random() < 0.75:
        tree = reseal(tree)
    body = join(tree)
    return _bent(body, random) if random.random() < 0.05 else body


def split(data: bytes) -> Part | None:
    """Return the one field that the bytes are, None where they are none."""
    found = _parts(data, 0)
    return found[0] if found and len(found) == 1 else None


def _parts(data: bytes, depth: int) -> list[Part] | None:
    """Return the fields of a content; None where it is not made of fields."""
    found, at = [], 0
    while at < len(data):
        head = _head(data, at)
        if head is None or depth > 20:
            return None
        tag, start, end = head
        content = data[start:end]
        inner = _parts(content, depth + 1) if _may_hold(tag) and content else None
        found.append(Part(tag, content, inner or []))
        at = end
    return found


def _may_hold(tag: int) -> bool:
    return bool(tag & 0x20) or tag == 4


def _head(data: bytes, at: int) -> tuple[int, int, int] | None:
    if len(data) - at < 2:
        return None
    tag, size, start = data[at], data[at + 1], at + 2
    if size >= 0x80:
        count = size & 0x7F
        size = int.from_bytes(data[start : start + count], "big")
        start += count
        if not 1 <= count <= 3:
            return None
    return (tag, start, start + size) if start + size <= len(data) else None


def join(part: Part) -> bytes:
    """Return the bytes, every length right."""
    return tlv(part.tag, b"".join(map(join, part.parts)) if part.parts else part.content)


def tlv(tag: int, content: bytes) -> bytes:
    """Return one field."""
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def _all(tree: Part) -> list[Part]:
    return [tree, *(each for part in tree.parts for each in _all(part))]


def _holders(tree: Part) -> list[Part]:
    return [each for each in _all(tree) if each.parts]


def _drop(tree: Part, random: Random) -> Part:
    holders = _holders(tree)
    if holders:
        parts = random.choice(holders).parts
        if len(parts) > 1:
            parts.pop(random.randrange(len(parts)))
    return tree


def _repeat(tree: Part, random: Random) -> Part:
    holders = _holders(tree)
    if holders:
        parts = random.choice(holders).parts
        place = random.randrange(len(parts))
        count = pool.times(random, len(join(parts[place])), LONGEST)
        parts[place : place + 1] = [parts[place]] * count
    return _copied(tree)


def _copied(tree: Part) -> Part:
    return Part(tree.tag, tree.content, [_copied(each) for each in tree.parts])


def _move(tree: Part, random: Random) -> Part:
    holders = _holders(tree)
    if holders:
        parts = random.choice(holders).parts
        part = parts.pop(random.randrange(len(parts)))
        parts.insert(random.randrange(len(parts) + 1), part)
    return tree


def _splice(tree: Part, random: Random) -> Part:
    """Put a field of another unit (or of this one) in the place of one of ours."""
    other = split(pool.other(random, b"")) or tree
    piece = _copied(random.choice(_all(other)))
    holders = _holders(tree)
    if holders:
        parts = random.choice(holders).parts
        place = random.randrange(len(parts))
        parts[place : place + random.randrange(2)] = [piece]
    return tree


def _retag(tree: Part, random: Random) -> Part:
    random.choice(_all(tree)).tag = random.choice(_TAGS)
    return tree


def _content(tree: Part, random: Random) -> Part:
    """Change the content of a field that has no parts."""
    leaves = [each for each in _all(tree) if each.is_whole]
    if not leaves:
        return tree
    leaf = random.choice(leaves)
    old, place = leaf.content, random.randrange(len(leaf.content) + 1)
    match random.randrange(5):
        case 0:
            leaf.content = random.choice(_BYTES)
        case 1:
            leaf.content = old[:place] + random.choice(_BYTES) + old[place:]
        case 2:
            leaf.content = old[:place]
        case 3:
            leaf.content = old[:place] + bytes([random.randrange(256)]) + old[place + 1 :]
        case _:
            leaf.content = pool.word(random).encode("utf-8", "replace")
    return tree


def _wrap(tree: Part, random: Random) -> Part:
    part = random.choice(_all(tree))
    inner = _copied(part)
    for _ in range(random.choice((1, 1, 2, 40))):
        inner = Part(random.choice((0x30, 0x31, 0xA0, 4)), b"", [inner])
    part.tag, part.content, part.parts = inner.tag, inner.content, inner.parts
    return tree


def _bent(body: bytes, random: Random) -> bytes:
    """Break the form itself: a byte changed, or the end cut off."""
    place = random.randrange(len(body) + 1)
    return random.choice((body[:place], body + b"\0", body[:place] + b"\x80" + body[place + 1 :]))


_WAYS: Final[tuple[Callable[[Part, Random], Part], ...]] = (
    *(_drop, _repeat, _move, _splice, _splice, _retag, _wrap, _content, _content, _content),
)
