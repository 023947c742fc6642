"""What a Store may hold and which rules derived it: no engine goes on from what it misreads.

States never leave the Store and are written in their newest version. After a way back to an older
engine its directory may hold versions that it does not know. After an upgrade it may lack what
newer appliers derive from old events. Such a Store is set aside and rebuilt from the log.
"""

from typing import Final

from duralog.schemas.codec import CLASSES, schemas
from duralog.schemas.states import StateRecord
from duralog.state import keys
from duralog.state.store import Store

# To be raised when appliers derive from old events what they did not before, such as a new count.
DERIVATION: Final = 1


def problem(store: Store) -> str:
    """Why this engine must not go on from `store`; empty: it may."""
    data = store.get(keys.STAMP)
    if data is None:
        return "" if store.get(keys.META) is None else "written before directories had a stamp"
    derivation, ids = _parsed(data)
    foreign = sorted(ids - schemas().keys())
    if foreign or derivation > DERIVATION:
        return f"written by a newer version: derivation {derivation}, unknown schema ids {foreign}"
    if derivation < DERIVATION:
        return f"written by an older version: derivation {derivation}, not {DERIVATION}"
    return ""


def stamp(store: Store) -> None:
    """From now on `store` may hold what this engine writes."""
    data = store.get(keys.STAMP)
    known = set[int]() if data is None else _parsed(data)[1]
    states = {i for i, record in CLASSES.items() if record in StateRecord.__args__}
    ids = ",".join(map(str, sorted(known | states)))
    wanted = f"{DERIVATION}:{ids}".encode()
    if data != wanted:
        batch = store.batch()
        batch.put(keys.STAMP, wanted)
        store.write(batch)


def _parsed(data: bytes) -> tuple[int, set[int]]:
    derivation, _, ids = data.decode().partition(":")
    return int(derivation), {int(part) for part in ids.split(",")}
