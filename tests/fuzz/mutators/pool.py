"""What mutators take pieces from: the corpus as it was at the start, and words that hurt."""

from random import Random
from typing import Final

WORDS: Final = (
    *("", " ", "\n", "\t", "\r\n", "\u00a0", "\u0085", "\u2028", "\ufeff", "\ufffe", "\ud7ff"),
    *("0", "-0", "1", "-1", "+1", "007", "1e3", "0x10", "1_0", "٣", "²", "9" * 10, "9" * 18),
    *("9" * 19, "9" * 5000, "2147483648", "-2147483649", "4294967296", "18446744073709551616"),
    *("NaN", "Infinity", "-inf", "1e999", "1e-999", "0.1", ".", "..", "./", "//", "./Device/"),
    *("true", "True", "false", "null", "None", "~", "yes", "on", "nil"),
    *("a" * 65, "a" * 257, "a" * 2049, "ä" * 129, "\U0001f576", "e\u0301", "ß", "İ", "ǅ"),
    *("%00", "%2e%2e", "%", "%zz", "{0}", "%s", "${x}", "\\", "\\u0000", "\x00", "\x1f", "\x7f"),
    *("=", "==", "====", "A", "AA==", "AAA=", "A===", "MII", "MIIB", "-", "_", "+/", "urn:uuid:"),
    *("2026-11-23T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"),
    *("2026-W48-1", "20261123T000000", "24:00", "2026-11-23T24:00:00Z", "2026-02-30"),
    *("https://[", "https://[::1", "https://a:99999/", "http://\u2100", "https://a@b/", "//"),
    *("[" * 2000, '{"a":' * 2000, "(" * 200),
    *("'", '"', "`", "<", ">", "&", "]]>", "<![CDATA[", "-->", "<!--", "<?", "?>", "&#0;", "&lt;"),
)

_pool: list[bytes] = []


def fill(units: list[bytes]) -> None:
    """Take over the corpus."""
    _pool[:] = [each for each in units if each]


def other(random: Random, data: bytes) -> bytes:
    """Return another unit of the corpus, or the same where there is none."""
    return random.choice(_pool) if _pool else data


def word(random: Random) -> str:
    """Return a word that hurts."""
    return random.choice(WORDS)


def times(random: Random, size: int, most: int) -> int:
    """Return how often to repeat a piece: mostly a few times, now and then until nothing fits."""
    fit = max(2, most // max(1, size))
    if random.random() < 0.97:
        return random.randint(2, min(fit, 9))
    return max(2, int(fit ** random.random()))
