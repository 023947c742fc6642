"""Which versions of internal records a Store may hold: an older engine must not open them all.

States never leave the Store and are written in their newest version. After a way back to an older
engine its directory may hold versions that it does not know; such a Store is set aside and rebuilt.
"""

from duralog.schemas.codec import CLASSES, schemas
from duralog.schemas.states import StateRecord
from duralog.state import keys
from duralog.state.store import Store


def problem(store: Store) -> str:
    """Why this engine cannot use `store`; empty: it can."""
    known = schemas()
    foreign = [i for i in _read(store) if i not in known]
    return f"written by a newer version: schema ids {foreign} are unknown" if foreign else ""


def stamp(store: Store) -> None:
    """From now on `store` may hold what this engine writes."""
    ids = sorted({*_read(store), *(i for i, c in CLASSES.items() if c in StateRecord.__args__)})
    if ids != _read(store):
        batch = store.batch()
        batch.put(keys.STAMP, ",".join(map(str, ids)).encode())
        store.write(batch)


def _read(store: Store) -> list[int]:
    data = store.get(keys.STAMP)
    return [int(part) for part in data.decode().split(",")] if data else []
