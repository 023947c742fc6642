"""What a run notes about itself: its memo, its search attributes, and which patches it took."""

import json
from collections.abc import Mapping, MutableMapping, Sequence
from functools import partial
from typing import Any, Final, cast

from duralog.common import (
    SearchAttributeKey,
    SearchAttributePair,
    SearchAttributes,
    SearchAttributeUpdate,
)
from duralog.converter import (
    PayloadConverter,
    encode_search_attribute_values,
    encode_typed_search_attribute_value,
)
from duralog.converter.search_attributes import listed
from duralog.schemas import commands
from duralog.schemas.payloads import Payload
from duralog.workers.command_log import CommandLog
from duralog.workers.machines.patch import CHANGE_VERSION, patch_marker, same_patch
from duralog.workflow.info import Info

CHANGE_VERSION_BYTES_MAX: Final = 2048  # Temporal's limit of a search attribute; longer: left out.


class Properties:
    """Of one run; changes are seen by its code at once, and become Commands."""

    def __init__(self, log: CommandLog, converter: PayloadConverter) -> None:
        self._log = log
        self._converter = converter
        self._patches: dict[str, bool] = {}
        self._patched: set[str] = set()
        self.recorded_patches: set[str] = set()

    def upsert_memo(self, info: Info, updates: Mapping[str, Any]) -> None:
        """Set and remove entries; all are converted before one is changed."""
        payloads = {key: self._converter.to_payload(value) for key, value in updates.items()}
        if not payloads:
            return
        memo = cast(MutableMapping[str, Payload], info.raw_memo)
        for key, payload in payloads.items():
            if updates[key] is None:
                memo.pop(key, None)
            else:
                memo[key] = payload
        self._log.emit(commands.ModifyWorkflowProperties(upserted_memo=payloads), _recorded)

    def upsert_search_attributes(
        self, info: Info, attributes: SearchAttributes | Sequence[SearchAttributeUpdate[Any]]
    ) -> None:
        """Set and remove search attributes. Raises TypeError or ValueError for what is none."""
        payloads: dict[str, Payload] = {}
        pairs: dict[str, SearchAttributePair[Any] | None] = {}
        values: dict[str, Any] = {}
        if isinstance(attributes, Mapping):
            for name, many in attributes.items():
                payloads[name] = encode_search_attribute_values(many)
                key = SearchAttributeKey.guess(name, many)
                value = many if len(many) > 1 else next(iter(many), None)
                pairs[name] = None if key is None else SearchAttributePair(key, value)
                values[name] = many
        else:
            for update in attributes:
                name, value = update.key.name, update.value
                payloads[name] = encode_typed_search_attribute_value(update.key, value)
                pairs[name] = None if value is None else SearchAttributePair(update.key, value)
                values[name] = listed(value)
        self._log.emit(
            commands.UpsertWorkflowSearchAttributes(search_attributes=payloads), _recorded
        )
        _change(info, pairs, values)

    def patch(self, patch_id: str, *, deprecated: bool, is_replaying: bool) -> bool:
        """Whether to take the newer path; the first answer stands for the whole run."""
        known = self._patches.get(patch_id)
        if known is not None:
            return known
        newer = not is_replaying or patch_id in self.recorded_patches
        self._patches[patch_id] = newer
        if newer:
            self._mark(patch_id, deprecated)
        return newer

    def _mark(self, patch_id: str, deprecated: bool) -> None:
        marker = patch_marker(patch_id, deprecated=deprecated)
        self._log.emit(marker, partial(same_patch, marker))
        self._patched.add(patch_id)
        data = json.dumps(sorted(self._patched), separators=(",", ":")).encode()
        if len(data) >= CHANGE_VERSION_BYTES_MAX:
            return
        versions = Payload(metadata={"encoding": b"json/plain", "type": b"KeywordList"}, data=data)
        command = commands.UpsertWorkflowSearchAttributes(
            search_attributes={CHANGE_VERSION: versions}
        )
        self._log.emit(command, _recorded)


def _change(
    info: Info, pairs: Mapping[str, SearchAttributePair[Any] | None], values: Mapping[str, Any]
) -> None:
    """Both views of the run's search attributes, in place: the code may hold them."""
    untyped = cast(MutableMapping[str, Any], info.search_attributes)
    for name, many in values.items():
        if many:
            untyped[name] = many
        else:
            untyped.pop(name, None)
    typed = cast(list[SearchAttributePair[Any]], info.typed_search_attributes.search_attributes)
    kept = [pair for pair in typed if pair.key.name not in pairs]
    kept += [pair for pair in pairs.values() if pair is not None]
    typed[:] = sorted(kept, key=lambda pair: pair.key.name)


def _recorded(event: Any) -> None:
    """The code has seen its effect already."""
