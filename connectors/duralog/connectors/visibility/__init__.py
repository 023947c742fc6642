"""Lists and counts of runs: an index in SQLite over `history`, and the filter that asks it."""

from duralog.connectors.visibility.catch_up import CatchUpTimeoutError
from duralog.connectors.visibility.index import IndexFileError, Place, place_of
from duralog.connectors.visibility.lists import Lists
from duralog.connectors.visibility.values import FilterError

__all__ = ["CatchUpTimeoutError", "FilterError", "IndexFileError", "Lists", "Place", "place_of"]
