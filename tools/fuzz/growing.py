"""Whether a target's time grows straight, over its whole corpus; what does not is kept."""

import hashlib
from pathlib import Path

from tests.fuzz import growth, registry


def steep_inputs(name: str, folder: Path, tries: int) -> list[Path]:
    """Return the files of the inputs that take too much longer than a part of them."""
    found: list[Path] = []
    target, findings = registry.target(name), folder / name / "findings"
    for unit in registry.corpus(name) if tries else ():
        for each in growth.steep(target, unit.read_bytes(), 1, tries):
            findings.mkdir(parents=True, exist_ok=True)
            found.append(findings / f"steep-{hashlib.sha256(each).hexdigest()[:12]}")
            found[-1].write_bytes(each)
    print(
        f"{name:12} {'grows straight' if not found else f'{len(found)} grow steeply'}", flush=True
    )
    return found
