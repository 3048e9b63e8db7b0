"""A session as the commands print it."""

import json
from typing import Final

from lenskeep.virtual.session.report import SessionReport

_LONGEST_SHOWN: Final = 100


def print_report(report: SessionReport, *, as_json: bool = False) -> None:
    """Print what happened, one command a line."""
    if as_json:
        print(json.dumps(_report_json(report), indent=1))
        return
    resumed = " (went on after an interruption)" if report.resumed else ""
    proof = ", with a digest" if report.challenged else ""
    print(f"Session {report.session_id}{resumed}{proof}: {report.messages} messages.")
    for done in report.commands:
        print(f"  {done.verb} {done.uri} -> {done.status} {brief(done.value or '')}".rstrip())
    print(f"End: {report.ended.value}.")


def brief(value: str) -> str:
    """Return a value in one line of bearable length."""
    line = " ".join(value.split())
    return line if len(line) <= _LONGEST_SHOWN else f"{line[:_LONGEST_SHOWN]}..."


def _report_json(report: SessionReport) -> dict[str, object]:
    return {
        "session": report.session_id,
        "messages": report.messages,
        "ended": report.ended.name.lower(),
        "resumed": report.resumed,
        "challenged": report.challenged,
        "commands": [
            {"verb": d.verb, "uri": d.uri, "status": d.status, "value": d.value}
            for d in report.commands
        ],
    }
