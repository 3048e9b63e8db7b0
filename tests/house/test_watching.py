"""What watches the server knows it: alert rules and dashboard name metrics and labels there are."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from ruamel.yaml import YAML

ROOT: Final = Path(__file__).resolve().parents[2]
SOURCE: Final = ROOT / "src" / "lenskeep" / "web" / "watching"
RULES: Final = ROOT / "deploy" / "prometheus" / "lenskeep.rules.yml"
DASHBOARD: Final = ROOT / "deploy" / "grafana" / "lenskeep.json"
METRIC: Final = re.compile(r"\blenskeep_[a-z_]+")
LABEL: Final = re.compile(r"(\w+)\s*(?:=~|!~|!=|=)\s*\"")
OF_PROMETHEUS: Final = {"instance", "job", "le"}


def metrics() -> set[str]:
    """Return every name that the source gives to a metric."""
    text = "".join(path.read_text("utf-8") for path in SOURCE.glob("*.py"))
    return set(re.findall(r'"(lenskeep_[a-z_]+)"', text))


def labels() -> set[str]:
    """Return every label that the page of metrics names."""
    text = (ROOT / "docs/reference/metrics.md").read_text("utf-8")
    cells = re.findall(r"^\| `lenskeep_\w+` \| ([^|]*)\|", text, re.M)
    return {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}


def rules() -> list[dict[str, Any]]:
    """Return the alert rules."""
    read = YAML(typ="safe").load(RULES)
    return [rule for group in read["groups"] for rule in group["rules"]]


def expressions() -> Iterator[str]:
    """Yield every expression of rules and dashboard."""
    yield from (rule["expr"] for rule in rules())
    for panel in json.loads(DASHBOARD.read_text("utf-8"))["panels"]:
        yield from (each["expr"] for each in panel.get("targets", ()))


@pytest.mark.parametrize("expression", sorted(set(expressions())))
def test_an_expression_names_metrics_and_labels_there_are(expression: str) -> None:
    """A renamed metric would leave an alert that never comes."""
    named = {re.sub(r"_(bucket|sum|count)$", "", each) for each in METRIC.findall(expression)}
    by = re.findall(r"\bby \(([\w, ]+)\)", expression)
    used = {*LABEL.findall(expression), *(each.strip() for one in by for each in one.split(","))}

    assert named <= metrics() or expression.startswith("up{")
    assert used <= labels() | OF_PROMETHEUS
    assert expression.count("(") == expression.count(")")


def test_every_rule_says_what_it_means_and_how_bad_it_is() -> None:
    for rule in rules():
        assert rule["labels"]["severity"] in ("critical", "warning", "info"), rule["alert"]
        assert rule["annotations"]["summary"], rule["alert"]
    assert len({rule["alert"] for rule in rules()}) == len(rules())


def test_the_dashboard_lays_no_panel_over_another() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in json.loads(DASHBOARD.read_text("utf-8"))["panels"]:
        at = panel["gridPos"]
        cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert not cells & taken, panel["title"]
        assert at["x"] + at["w"] <= 24, panel["title"]
        taken |= cells
