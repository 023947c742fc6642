"""RecordMarker of `patched` and `deprecate_patch`: what may stand in a history, and what may not.

Source: Temporal's core: marker `core_patch`, and behind it the search attribute
TemporalChangeVersion with all patches that the run took.
"""

import json
from collections.abc import Iterable
from typing import Any, Final

from duralog.schemas.commands import RecordMarker, UpsertWorkflowSearchAttributes
from duralog.schemas.events import MarkerRecorded
from duralog.schemas.events import UpsertWorkflowSearchAttributes as Upserted
from duralog.schemas.payloads import Payload
from duralog.workers.machines.recorded import mismatch

CHANGE_VERSION: Final = "TemporalChangeVersion"
MARKER: Final = "core_patch"
_DATA: Final = "patch-data"


def patch_marker(patch_id: str, *, deprecated: bool) -> RecordMarker:
    """The Command that notes a patch."""
    data = json.dumps({"id": patch_id, "deprecated": deprecated}, separators=(",", ":")).encode()
    payload = Payload(metadata={"encoding": b"json/plain"}, data=data)
    return RecordMarker(marker_name=MARKER, details={_DATA: payload})


def patch_of(record: Any) -> tuple[str, bool] | None:
    """Id of the patch that a Command or an Event notes, and whether it is deprecated; else None."""
    if not isinstance(record, RecordMarker | MarkerRecorded) or record.marker_name != MARKER:
        return None
    payload = record.details.get(_DATA)
    try:
        fields: dict[str, Any] = json.loads(payload.data) if payload is not None else {}
    except ValueError:
        return None
    patch_id = fields.get("id")
    return None if patch_id is None else (str(patch_id), bool(fields.get("deprecated")))


def patches_in(events: Iterable[Any]) -> set[str]:
    """Ids of the patches that these Events note: code asks for them before they are read."""
    return {patch[0] for patch in map(patch_of, events) if patch is not None}


def is_change_version(record: Any) -> bool:
    """Whether a Command or an Event names the patches taken, and nothing else."""
    upsert = isinstance(record, UpsertWorkflowSearchAttributes | Upserted)
    return upsert and list(record.search_attributes) == [CHANGE_VERSION]


def same_patch(command: RecordMarker, event: MarkerRecorded) -> None:
    """Raises NondeterminismError when the history notes another patch, or no patch."""
    made, noted = patch_of(command), patch_of(event)
    if noted is None or made is None or noted[0] != made[0]:
        raise mismatch(event, command)
