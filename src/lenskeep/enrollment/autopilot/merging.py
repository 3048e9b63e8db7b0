"""What stays where two sources know of the same headset: the file, and the headset itself."""

from dataclasses import replace

from lenskeep.enrollment.autopilot.rows import HashRow


def imported(known: HashRow | None, row: HashRow) -> HashRow:
    """Return what is known after an import: the file counts, what it does not say stays."""
    if known is None:
        return row
    return replace(
        row,
        serial=known.serial,
        product_id=row.product_id or known.product_id,
        group_tag=row.group_tag or known.group_tag,
        assigned_user=row.assigned_user or known.assigned_user,
    )


def collected(known: HashRow | None, row: HashRow, *, was_imported: bool) -> HashRow:
    """Return what is known after a headset told its hash.

    A hash from a file stays: it is the one that the headset was registered with, and each reading
    of a headset gives another (it holds the moment), all of them good.
    """
    if known is None:
        return row
    if was_imported and known.hardware_hash:
        return known
    return replace(known, hardware_hash=row.hardware_hash)
