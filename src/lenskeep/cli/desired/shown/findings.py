"""What is said of a profile before it is saved: findings, clashes, and where it works."""

from lenskeep.cli.desired.shown.cells import short
from lenskeep.cli.desired.shown.pictures import devices
from lenskeep.cli.output import Json, note, print_heading, print_table


def show_checked(checked: Json) -> None:
    """Print what was noticed of a body."""
    show_findings(checked["findings"])
    show_consequences(checked)
    show_reach(checked)


def show_findings(findings: list[Json]) -> None:
    """Print what was noticed of single settings, and how a stranded headset is recovered."""
    if not findings:
        return
    print_heading("Findings")
    print_table(
        ("WEIGHT", "FIELD", "WHAT", "ALLOWED"),
        ((_weight(each), each["field"], each["message"], each["allowed"]) for each in findings),
    )
    recoveries = {each["recover"]: None for each in findings if each["recover"]}
    for recovery in recoveries:
        note(f"recovery: {recovery}")


def _weight(finding: Json) -> str:
    is_read = finding["weight"] == "lock-out" and finding["acknowledged"]
    return f"{finding['weight']}, acknowledged" if is_read else str(finding["weight"])


def show_consequences(body: Json) -> None:
    """Print where profiles differ, and where they strand headsets together; with the devices."""
    if body["clashes"]:
        _show_clashes(body["clashes"])
    if body["strandings"]:
        _show_strandings(body["strandings"])


def _show_strandings(strandings: list[Json]) -> None:
    print_heading("Headsets that can be stranded")
    print_table(
        ("LOCURI", "WHAT COMES OF IT", "WHO", "DEVICES"),
        (
            (
                each["uri"],
                each["why"],
                "\n".join(f"{o['name']} r{o['revision']}" for o in each["owners"]),
                _where(each),
            )
            for each in strandings
        ),
    )
    for recovery in {each["recover"]: None for each in strandings}:
        note(f"recovery: {recovery}")


def _show_clashes(clashes: list[Json]) -> None:
    print_heading("Other profiles differ")
    print_table(
        ("HOW", "LOCURI", "WHAT COMES OF IT", "WHO", "DEVICES"),
        ((each["kind"], each["uri"], each["words"], _who(each), _where(each)) for each in clashes),
    )


def _who(clash: Json) -> str:
    claims = [*clash["winners"], *clash["losers"]]
    return "\n".join(
        f"{each['name']} r{each['revision']}: {short(each['value'])}" for each in claims
    )


def _where(clash: Json) -> str:
    names = ", ".join(clash["names"])
    more = ", ..." if clash["devices"] > len(clash["names"]) else ""
    return f"{clash['devices']}: {names}{more}" if names else str(clash["devices"])


def show_reach(checked: Json) -> None:
    """Print on how many devices each setting works."""
    if not checked["devices"] or not checked["reach"]:
        return
    print_heading(f"Works on, of {devices(checked['devices'])}")
    print_table(
        ("YES", "NO", "UNKNOWN", "LOCURI", "WHY NOT"),
        (
            (each["yes"], each["no"], each["unknown"], each["uri"], _reasons(each["reasons"]))
            for each in checked["reach"]
        ),
    )


def _reasons(reasons: Json) -> str:
    return "\n".join(f"{count}: {reason}" for reason, count in reasons.items())
