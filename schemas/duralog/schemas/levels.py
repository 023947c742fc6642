"""Feature levels: what an engine may write, so that an older one beside it can still read it.

A level stands in the log of each engine partition (`pending`, key `/level`; missing: 1). It is
raised by an operator (`duralog upgrade finalize`), once no engine of the older version is left, and
never goes back. An engine that meets a level above LEVEL_MAX refuses the partition.

The rule for a change that an older engine could not read, a new record type or a new version of a
schema in a changelog: give it the next level, and write the old form until `level_of(partition)`
is there. What crosses partitions (requests, transfers, tasks) must have been readable for one
level before it is written: partitions are not raised at the same moment.
"""

from collections.abc import Mapping
from typing import Final

LEVELS: Final[Mapping[int, str]] = {
    1: "all that the first release wrote",
}
LEVEL_FIRST: Final = 1
LEVEL_MAX: Final = max(LEVELS)
