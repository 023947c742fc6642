"""The metadata that every transaction leaves at its anchor's group offset.

It is committed with the transaction, and readable while the owner's next one hangs: it names whom
to fence, and how far the changelogs must reach.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True, frozen=True)
class Witness:
    """The anchor's metadata: who committed last, and up to which transaction of the unit.

    ends: by kind of changelog, an offset that its log has reached. It is a minute old at most; one
    changelog that lost its end alone is told by nothing else, since `seq` stands in the others.
    left: it was told to stop, and has nothing under way.
    """

    transactional_id: str = ""
    seq: int = 0
    incarnation: int = 0
    ends: Mapping[str, int] = field(default_factory=dict[str, int])
    left: bool = False

    def encode(self) -> str:
        """As the metadata of an offset."""
        found: dict[str, object] = {
            "transactional.id": self.transactional_id,
            "seq": self.seq,
            "inc": self.incarnation,
        }
        if self.ends:
            found["ends"] = self.ends
        if self.left:
            found["left"] = True
        return json.dumps(found, separators=(",", ":"))


def read_witness(metadata: str) -> Witness:
    """The witness in an anchor's metadata; an empty one when it holds none."""
    try:
        found = json.loads(metadata or "{}")
        return Witness(
            transactional_id=str(found.get("transactional.id", "")),
            seq=int(found.get("seq", 0)),
            incarnation=int(found.get("inc", 0)),
            left=bool(found.get("left")),
            ends={str(kind): int(end) for kind, end in found.get("ends", {}).items()},
        )
    except (ValueError, AttributeError, TypeError, OverflowError, RecursionError):
        return Witness()  # Committed by a tool: offsets without a word about us.
