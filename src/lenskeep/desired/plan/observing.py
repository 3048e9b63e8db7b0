"""What a message of the headset changed in how its nodes stand."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from lenskeep.desired.known import Known
from lenskeep.desired.plan.due import due_at
from lenskeep.desired.plan.node.answer import answered, emptied
from lenskeep.desired.plan.node.case import Case
from lenskeep.desired.plan.node.place import whole_of
from lenskeep.desired.plan.node.reading import has_news_of_effect, read, read_effect, read_removed
from lenskeep.desired.plan.node.removal import removal_of
from lenskeep.desired.plan.order import Phase, phase_of
from lenskeep.desired.plan.step import Outcome, is_step, parts_of_step
from lenskeep.desired.standing import DeviceStanding, NodeStanding, SettingState
from lenskeep.desired.wanted import WantedTree
from lenskeep.tree.catalog.load import Catalog
from lenskeep.tree.operation import OperationState, Verb
from lenskeep.tree.uri import parse_uri

_FINAL = (
    OperationState.DONE,
    OperationState.FAILED,
    OperationState.UNKNOWN,
    OperationState.QUEUED,
)


def observe(
    catalog: Catalog,
    wanted: WantedTree,
    standing: DeviceStanding,
    known: Known,
    outcomes: Sequence[Outcome],
    now: datetime,
) -> DeviceStanding:
    """Return how the device stands after a message.

    `known` is what is known with the facts of this message, learned `now`. Observing the same
    twice is the same as once: an outcome counts only while its command is on its way.
    """
    nodes = dict(standing.by_key)
    network = standing.network_changed_at
    for outcome in outcomes:
        node = _node_of(nodes, outcome)
        if node is None:
            continue
        nodes[node.key] = answered(node, outcome, now)
        if outcome.state is OperationState.DONE:
            _carry(catalog, wanted, nodes, node, now)
            network = now if _is_network(node) else network
    after = (_reread(catalog, wanted, each, known, now) for each in nodes.values())
    result = standing.with_nodes(each for each in after if each is not None)
    computed = due_at(result.nodes, wanted, now)
    moments = [each for each in (standing.due_at, computed) if each is not None]
    return replace(result, due_at=min(moments, default=None), network_changed_at=network)


def _node_of(nodes: dict[str, NodeStanding], outcome: Outcome) -> NodeStanding | None:
    """Return the node whose command this is about, while it is on its way."""
    if not is_step(outcome.id) or outcome.state not in _FINAL:
        return None
    verb, key = parts_of_step(outcome.id)
    node = nodes.get(key)
    return node if node is not None and node.verb is verb else None


def _is_network(node: NodeStanding) -> bool:
    return phase_of(node.key) is Phase.NETWORK


def _carry(
    catalog: Catalog,
    wanted: WantedTree,
    nodes: dict[str, NodeStanding],
    node: NodeStanding,
    now: datetime,
) -> None:
    """Take along what was below a node that was deleted."""
    if node.verb is not Verb.DELETE:
        return
    top = _deleted(catalog, wanted, node)
    for key, each in tuple(nodes.items()):
        if each.is_on_its_way or key == node.key or (not key.startswith(top + "/") and key != top):
            continue
        if each.state is SettingState.REMOVING:
            nodes[key] = replace(each, emptied=True, changed_at=now, asks=0)
        elif key in wanted.by_key:
            nodes[key] = emptied(each, now)


def _deleted(catalog: Catalog, wanted: WantedTree, node: NodeStanding) -> str:
    """Return the key of the node that a Delete on behalf of this one took away."""
    if node.state is SettingState.REMOVING:
        operation = removal_of(catalog, wanted, node)
        return operation.uri.key if operation is not None else node.key
    uri = parse_uri(node.uri)
    whole = whole_of(catalog, catalog.find(uri.path), uri)
    return whole.key if whole is not None else node.key


def _reread(
    catalog: Catalog, wanted: WantedTree, node: NodeStanding, known: Known, now: datetime
) -> NodeStanding | None:
    fact = known.get(node.uri)
    if fact is None:
        return node
    is_news = fact.learned_at >= now
    if not is_news and not has_news_of_effect(node, known, now):
        return node
    case = Case(node, catalog.find(node.uri), known, wanted.by_key.get(node.key))
    if not is_news:
        return read_effect(case, now)
    if case.wanted is not None:
        return read(case, now, now)
    return read_removed(case, now, now) if node.state is SettingState.REMOVING else node
