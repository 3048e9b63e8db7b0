"""The commands that are on their way, as the engine needs them to know their answers."""

from lenskeep.base.errors import Invalid
from lenskeep.desired.plan.node.place import group_of, whole_of
from lenskeep.desired.plan.node.removal import removal_of
from lenskeep.desired.plan.step import Step, step_id
from lenskeep.desired.standing import DeviceStanding, NodeStanding, SettingState
from lenskeep.desired.wanted import WantedNode, WantedTree
from lenskeep.tree.catalog.load import Catalog
from lenskeep.tree.operation import Operation, Verb
from lenskeep.tree.uri import parse_uri


def outstanding(wanted: WantedTree, standing: DeviceStanding, catalog: Catalog) -> tuple[Step, ...]:
    """Return the steps that were sent and not answered, under the ids they went by.

    The value is what is wanted now: where the wish changed meanwhile, it is not what was sent.
    """
    found = (_step(wanted, each, catalog) for each in standing.nodes if each.is_on_its_way)
    return tuple(each for each in found if each is not None)


def _step(wanted: WantedTree, node: NodeStanding, catalog: Catalog) -> Step | None:
    assert node.verb is not None
    try:
        uri = parse_uri(node.uri)
    except Invalid:
        return None
    record = catalog.find(uri.path)
    group = group_of(record, uri)
    wish = wanted.by_key.get(node.key)
    if node.state is SettingState.REMOVING:
        operation = removal_of(catalog, wanted, node)
    elif node.verb is Verb.DELETE:
        whole = whole_of(catalog, record, uri)
        operation = Operation(Verb.DELETE, whole or uri)
    else:
        operation = _set(node.verb, wish)
    if operation is None or operation.verb is not node.verb:
        operation = Operation(node.verb, uri)
    return Step(step_id(node.verb, node.key), operation, node.text, group, node.deliveries)


def _set(verb: Verb, wish: WantedNode | None) -> Operation | None:
    return None if wish is None else Operation(verb, wish.uri, wish.format, wish.value)
