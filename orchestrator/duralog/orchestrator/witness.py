"""The metadata that every transaction leaves at its anchor's group offset.

It is committed with the transaction, and readable while the owner's next one hangs: it names whom
to fence, and how far the changelogs must reach.
"""

import json
from dataclasses import dataclass


@dataclass(slots=True, kw_only=True, frozen=True)
class Witness:
    """The anchor's metadata: who committed last, and up to which transaction of the unit."""

    transactional_id: str = ""
    seq: int = 0
    incarnation: int = 0

    def encode(self) -> str:
        """As the metadata of an offset."""
        return json.dumps(
            {"transactional.id": self.transactional_id, "seq": self.seq, "inc": self.incarnation},
            separators=(",", ":"),
        )


def read_witness(metadata: str) -> Witness:
    """The witness in an anchor's metadata; an empty one when it holds none."""
    try:
        found = json.loads(metadata or "{}")
        return Witness(
            transactional_id=str(found.get("transactional.id", "")),
            seq=int(found.get("seq", 0)),
            incarnation=int(found.get("inc", 0)),
        )
    except (ValueError, AttributeError, TypeError, OverflowError, RecursionError):
        return Witness()  # Committed by a tool: offsets without a word about us.
