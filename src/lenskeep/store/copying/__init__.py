"""Rows of all tables in a form that no database owns: for backups, and for moving house."""

from lenskeep.store.copying.filling import Filling, filling, is_empty
from lenskeep.store.copying.lines import Sum, dump_row, load_row
from lenskeep.store.copying.reading import Moment, moment_of
from lenskeep.store.copying.shapes import Batch, Place, Shape, shapes

__all__ = [
    "Batch",
    "Filling",
    "Moment",
    "Place",
    "Shape",
    "Sum",
    "dump_row",
    "filling",
    "is_empty",
    "load_row",
    "moment_of",
    "shapes",
]
