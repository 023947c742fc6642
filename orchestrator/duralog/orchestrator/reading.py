"""What an input's record says, whichever topic it came by. Pure; raises and blames nobody."""

from typing import Final, cast

from duralog.connectors.broker import UNREADABLE, Record
from duralog.connectors.dead_letter import ORIGIN_HEADER, REPLAY_HEADER
from duralog.connectors.ingress import decode_ingress
from duralog.orchestrator.handlers.transfer import unwrap
from duralog.orchestrator.partitions import SOURCE_OF_KIND
from duralog.orchestrator.process import OF_ENGINES
from duralog.schemas import requests
from duralog.schemas.changelog import SOURCE_INGRESS, Source
from duralog.schemas.codec import DecodeError, decode
from duralog.schemas.requests import Request

REQUESTS: Final = frozenset(requests.CODECS)


def read_request(record: Record, kind: str) -> Request:
    """The request in `record`. Raises DecodeError, or IngressError of what services wrote.

    A record forwarded from `ingress` is read as it would have been there. One that was replayed has
    the place where it stood first as its request id, if it has none of its own.
    """
    if record.headers and record.headers[0] == UNREADABLE:
        raise DecodeError("the name of a header is not UTF-8")  # Another may have said what it is.
    origin = read_origin(record) if kind == "transfers" else None
    if kind == "ingress" or (origin is not None and origin.kind == SOURCE_INGRESS):
        request: Request = decode_ingress(record)
    else:
        found: object = decode(record.value or b"")
        if type(found) not in REQUESTS:
            raise DecodeError(f"a {type(found).__name__} is no request")
        request = cast(Request, found)
        if isinstance(request, requests.DeliverTransfer):
            unwrap(request)  # What it carries must be readable, too: no run is to blame for it.
    if record.headers:
        _identify(request, record.headers)
    return request


def _identify(request: Request, headers: list[tuple[str, bytes | None]]) -> None:
    """Give a replayed request the id by which its repetition is known. Raises DecodeError."""
    place = next((value for name, value in headers if name == REPLAY_HEADER), None)
    if not place:
        return
    if isinstance(request, OF_ENGINES) and place.rpartition(b"[")[0].endswith(b".requests"):
        # A replay must not give a client what only engines may.
        raise DecodeError("transfers are between engines; this one stood in `requests`")
    if getattr(request, "request_id", None) == "":
        request.request_id = place.decode(errors="replace")


def read_origin(record: Record) -> Source | None:
    """Where a forwarded record stood first; None of what was not forwarded."""
    data = next((v for k, v in record.headers or () if k == ORIGIN_HEADER), None)
    if data is None:
        return None
    try:
        kind, partition, offset = data.decode().split("/")
        return Source(SOURCE_OF_KIND[kind], int(partition), int(offset))
    except (ValueError, KeyError):
        return None  # A stranger's header of the same name.
