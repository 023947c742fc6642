"""The garbage collector, set for processes with many small objects that live for a while.

Measured on a busy worker: with Python's own thresholds the collector took a third of its CPU, since
every few hundred new objects it looked at thousands of cached runs again.
"""

import gc
from typing import Final

_THRESHOLD: Final = 50_000  # New objects before a collection; about 10 MB at the most.
_YOUNG: Final = 20
# A run that leaves the cache is a ring of objects; when it has lived for long, only a collection of
# everything frees it. At 100, under load, 10,000 of them waited for that (60 MB). Python adds that
# a quarter of what lives must be new, so that a large cache is not looked at again and again.
_MIDDLE: Final = 3
_DEFAULT_MAX: Final = 2_000  # No Python has a higher default: more is somebody's own choice.


def calm() -> None:
    """Collect less often, and leave what is there now alone; a program's own thresholds stay."""
    if 0 < gc.get_threshold()[0] <= _DEFAULT_MAX:
        gc.collect()
        gc.freeze()
        gc.set_threshold(_THRESHOLD, _YOUNG, _MIDDLE)
