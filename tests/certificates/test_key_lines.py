"""The text of the master key goes through a rotation step by step, and digests stay the same."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lenskeep.base.errors import Conflict, Invalid, Unavailable
from lenskeep.certificates.keyring import KeyLines, Keyring, Stage, key_name, sealed_with

OLD, NEW, THIRD = (bytes([number]) * 32 for number in (1, 2, 3))


def text_of(*keys: bytes) -> str:
    """Return a text of plain lines, as people write it."""
    return "".join(f"{base64.b64encode(key).decode()}  # a key\n\n" for key in keys)


def ring(lines: KeyLines) -> Keyring:
    """Return the keyring of a text."""
    return Keyring.from_text(lines.dump())


def test_a_rotation_step_by_step() -> None:
    """Announced keys open, switched ones seal, dropped ones are gone; digests never change."""
    lines = KeyLines.read(text_of(OLD))
    digest, sealed = ring(lines).digest("p", b"x"), ring(lines).seal("p", b"secret")

    announced = lines.announce(NEW)
    switched = announced.switch()
    dropped = switched.drop()

    stages = [each.stage for each in (lines, announced, switched, dropped)]
    assert [Stage.AT_REST, Stage.ANNOUNCED, Stage.SWITCHED, Stage.AT_REST] == stages
    assert ring(announced).current_id == key_name(OLD)
    assert ring(announced).open("p", ring(switched).seal("p", b"new")) == b"new"
    assert ring(switched).current_id == key_name(NEW)
    assert ring(switched).open("p", sealed) == b"secret"
    with pytest.raises(Unavailable):
        ring(dropped).open("p", sealed)
    for each in (announced, switched, dropped, dropped.announce(THIRD).switch().drop()):
        assert digest == ring(each).digest("p", b"x")


def test_several_old_lines_are_a_rotation_to_be_finished() -> None:
    """As they were put there by hand: digests are made with the last one, and go on so."""
    lines = KeyLines.read(text_of(THIRD, NEW, OLD))

    assert lines.stage is Stage.SWITCHED
    assert ring(lines).ids == tuple(map(key_name, (THIRD, NEW, OLD)))
    assert ring(lines.drop()).ids == (key_name(THIRD),)
    expected = Keyring([OLD]).digest("p", b"x")
    assert expected == ring(lines).digest("p", b"x") == ring(lines.drop()).digest("p", b"x")


@pytest.mark.parametrize("step", ["announce", "switch", "drop"])
def test_steps_come_in_their_order(step: str) -> None:
    """One that is not due changes nothing and says so."""
    lines = KeyLines.read(text_of(OLD))
    late = {"announce": lines.announce(NEW), "switch": lines, "drop": lines}[step]

    with pytest.raises(Conflict):
        late.announce(THIRD) if step == "announce" else getattr(late, step)()


@pytest.mark.parametrize(
    "text", ["next:AAAA", "digest:%%%", f"next:{'A' * 43}=", f"{'A' * 43}=\nnext:\n"]
)
def test_a_line_that_is_no_key_is_named(text: str) -> None:
    """By its number, without what is in it."""
    with pytest.raises(Invalid, match=r"line|none") as caught:
        KeyLines.read(text)
    assert "AAAA" not in str(caught.value)


def test_two_coming_keys_are_refused() -> None:
    """A rotation at a time."""
    line = "next:" + base64.b64encode(NEW).decode()
    with pytest.raises(Invalid, match="more than one"):
        KeyLines.read(f"{text_of(OLD)}{line}\n{line}\n")


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=4, unique=True),
    st.none() | st.binary(min_size=32, max_size=32),
    st.none() | st.binary(min_size=32, max_size=32),
)
def test_a_text_reads_as_it_was_written(
    keys: list[bytes], coming: bytes | None, digesting: bytes | None
) -> None:
    """Whatever is in it."""
    lines = KeyLines(tuple(keys), coming, digesting)

    assert lines == KeyLines.read(lines.dump())
    assert base64.b64encode(keys[0]).decode() not in repr(lines)


def test_a_keyring_reads_its_text_again() -> None:
    """When it is told to, and when it meets a key that it does not have."""
    lines = KeyLines.read(text_of(OLD))
    texts = [lines.dump()]
    running = Keyring.from_text(lines.dump(), lambda: texts[-1])
    assert not running.refresh()

    texts.append(lines.announce(NEW).switch().dump())
    sealed = ring(KeyLines.read(texts[-1])).seal("p", b"by another process")

    assert running.current_id == key_name(OLD)
    assert running.open("p", sealed) == b"by another process"
    assert running.seal("p", b"").startswith(sealed_with(key_name(NEW)))
    texts.append("nonsense")
    assert not running.refresh()
    assert running.current_id == key_name(NEW)
