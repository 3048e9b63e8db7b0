"""The administrator's texts keep every version; entries of lists have a name of their own."""

import asyncio
from dataclasses import replace

import pytest
from tests.contract.world import NOW, after, audit, enrolled, load, say

from lenskeep.base.errors import Conflict, Missing
from lenskeep.flows.entrance import Document, DocumentKind, Item, ItemKind
from lenskeep.store import Store


def document(version: int = 1, kind: DocumentKind = DocumentKind.TERMS) -> Document:
    """A version of a text."""
    return Document(kind, version, f'{{"version": {version}}}', after(version), "grace")


def item(number: int = 1, name: str = "Contoso", kind: ItemKind = ItemKind.TENANT) -> Item:
    """An entry of a list."""
    return Item(f"itm_{number}", kind, name, {"a": [1, None], "b": "ä"}, "sealed:x", NOW)


# --- texts --------------------------------------------------------------------------------


async def test_every_version_of_a_text_is_kept(store: Store) -> None:
    """The newest is in force; each comes back as it was saved."""
    documents = store.documents
    assert await documents.latest(DocumentKind.TERMS) is None

    for version in (1, 2, 3):
        await documents.save(document(version), version - 1, audit("terms.set"))

    assert document(3) == await documents.latest(DocumentKind.TERMS)
    assert (document(3), document(2)) == await documents.versions(DocumentKind.TERMS, 2)
    assert 3 == len(await documents.versions(DocumentKind.TERMS, 9))
    assert () == await documents.versions(DocumentKind.RULES, 9)
    assert audit("terms.set") == (await store.fleet.audit_lines(None, 1)).items[0]


async def test_a_text_changed_meanwhile_is_not_overwritten(store: Store) -> None:
    """Whoever began from an older version is told, and nothing is stored."""
    await store.documents.save(document(1), 0, audit())

    for base in (0, 2):
        with pytest.raises(Conflict, match="version 1 is the latest"):
            await store.documents.save(document(base + 1), base, audit())

    assert (document(1),) == await store.documents.versions(DocumentKind.TERMS, 9)
    assert 1 == len((await store.fleet.audit_lines(None, 9)).items)


async def test_of_many_who_save_at_once_one_does(store: Store) -> None:
    """The others are in conflict."""
    outcomes = await asyncio.gather(
        *(
            store.documents.save(replace(document(1), actor=str(number)), 0, audit())
            for number in range(8)
        ),
        return_exceptions=True,
    )

    assert 1 == outcomes.count(None)
    assert 7 == sum(isinstance(each, Conflict) for each in outcomes)


async def test_words_for_wearers_are_due_on_every_device(store: Store) -> None:
    """Until the device was told; a message being decided meanwhile is decided again."""
    early = await enrolled(store, 1)
    assert not (await load(store, early)).notice_due

    before = await load(store, early)
    await store.documents.save(document(1, DocumentKind.WEARER), 0, audit())
    late = await enrolled(store, 2)

    after_it = await load(store, early)
    assert after_it.notice_due
    assert after_it.version > before.version
    assert (await load(store, late)).notice_due
    await say(store, early, 1)
    assert (await load(store, early)).notice_due
    await say(store, early, 2, noticed=True)
    assert not (await load(store, early)).notice_due
    assert (await load(store, late)).notice_due


async def test_other_texts_are_not_the_devices_business(store: Store) -> None:
    """No device is told of new terms."""
    new = await enrolled(store, 1)
    await store.documents.save(document(1, DocumentKind.RULES), 0, audit())

    assert not (await load(store, new)).notice_due


# --- lists --------------------------------------------------------------------------------


async def test_a_list_is_by_name_and_each_entry_is_found_by_name_and_id(store: Store) -> None:
    """Names compare without case; each kind is a list of its own."""
    zoo, ant = item(1, "zoo"), replace(item(2, "Ant"), disabled_at=after(5))
    other = item(3, "zoo", ItemKind.LICENSE)
    for each in (zoo, ant, other):
        await store.items.add(each, audit("tenant.add", each.id))

    assert (ant, zoo) == await store.items.items(ItemKind.TENANT)
    assert (other,) == await store.items.items(ItemKind.LICENSE)
    assert zoo == await store.items.item(ItemKind.TENANT, "ZOO")
    assert zoo == await store.items.item(ItemKind.TENANT, "itm_1")
    assert 3 == len((await store.fleet.audit_lines(None, 9)).items)


async def test_an_id_goes_before_a_name(store: Store) -> None:
    """An entry named as another one's id does not stand in front of it."""
    await store.items.add(item(1, "itm_2"), audit())
    await store.items.add(item(2, "b"), audit())

    assert "b" == (await store.items.item(ItemKind.TENANT, "itm_2")).name


async def test_what_is_not_on_the_list_is_missing(store: Store) -> None:
    """Also where another kind has it."""
    await store.items.add(item(), audit())
    stranger = item(9, "x")

    with pytest.raises(Missing):
        await store.items.item(ItemKind.PROVIDER, "Contoso")
    with pytest.raises(Missing):
        await store.items.change(stranger, audit())
    with pytest.raises(Missing):
        await store.items.change(replace(item(), kind=ItemKind.PROVIDER), audit())
    with pytest.raises(Missing):
        await store.items.remove(ItemKind.PROVIDER, "itm_1", audit())
    assert 1 == len((await store.fleet.audit_lines(None, 9)).items)


async def test_a_name_is_taken_once_within_a_kind(store: Store) -> None:
    """Whether it is added or changed into; in another kind it is free."""
    await store.items.add(item(1, "Contoso"), audit())
    await store.items.add(item(2, "Fabrikam"), audit())

    with pytest.raises(Conflict, match="CONTOSO"):
        await store.items.add(item(3, "CONTOSO"), audit())
    with pytest.raises(Conflict):
        await store.items.change(item(2, "contoso"), audit())
    await store.items.add(item(3, "CONTOSO", ItemKind.PROVIDER), audit())


async def test_an_entry_is_changed_and_removed(store: Store) -> None:
    """A change that we make by ourselves has no audit line; when it was added stays."""
    await store.items.add(item(), audit())
    changed = replace(item(), name="New", body={"keys": 2}, sealed="", disabled_at=after(9))

    await store.items.change(changed, None)

    assert changed == await store.items.item(ItemKind.TENANT, "new")
    assert 1 == len((await store.fleet.audit_lines(None, 9)).items)
    await store.items.change(replace(changed, disabled_at=None), audit("tenant.change"))
    await store.items.remove(ItemKind.TENANT, "itm_1", audit("tenant.remove"))
    assert () == await store.items.items(ItemKind.TENANT)
    assert 3 == len((await store.fleet.audit_lines(None, 9)).items)
