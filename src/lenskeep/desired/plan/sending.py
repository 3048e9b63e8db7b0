"""What really went out in a reply, taken into how the nodes stand."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from lenskeep.base.identifiers import OperationId
from lenskeep.desired.plan.node.fate import to
from lenskeep.desired.plan.step import is_step, parts_of_step
from lenskeep.desired.standing import DeviceStanding, NodeStanding, SettingState
from lenskeep.tree.operation import Verb
from lenskeep.tree.uri import node_key


def sent(
    standing: DeviceStanding,
    delivered: Mapping[OperationId, int],
    asked: Collection[str],
    now: datetime,
) -> DeviceStanding:
    """Return how the device stands once this reply is on its way.

    `delivered` are the steps in it with the count of their deliveries, `asked` the LocURIs read.
    """
    verbs: dict[str, tuple[Verb, int]] = {}
    for operation, count in delivered.items():
        if is_step(operation):
            verb, key = parts_of_step(operation)
            verbs[key] = (verb, count)
    keys = {node_key(each) for each in asked}
    return standing.with_nodes(
        _sent(each, verbs.get(each.key), each.key in keys, now) for each in standing.nodes
    )


def _sent(
    node: NodeStanding, command: tuple[Verb, int] | None, was_asked: bool, now: datetime
) -> NodeStanding:
    if was_asked:
        node = replace(node, asks=node.asks + 1)
    if command is None:
        return node
    verb, count = command
    node = replace(node, verb=verb, deliveries=count)
    if node.state is SettingState.REMOVING:
        return node
    return to(node, SettingState.SENT, now)
