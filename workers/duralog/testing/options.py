"""What Temporal's test environments are told of their servers, and ours need not know."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, TypedDict

from duralog.common import SearchAttributeKey
from duralog.runtime import Runtime


class ServerOptions(TypedDict, total=False):
    """Taken without effect. No server is downloaded, and search attributes are not registered."""

    runtime: Runtime | None
    download_dest_dir: str | None
    ip: str
    ui: bool
    ui_port: int | None
    search_attributes: Sequence[SearchAttributeKey[Any]]
    dev_server_existing_path: str | None
    dev_server_database_filename: str | None
    dev_server_log_format: str
    dev_server_log_level: str | None
    dev_server_download_version: str
    dev_server_extra_args: Sequence[str]
    dev_server_download_ttl: timedelta | None
    dev_server_startup_timeout: timedelta | None
    test_server_existing_path: str | None
    test_server_download_version: str
    test_server_extra_args: Sequence[str]
    test_server_download_ttl: timedelta | None
    test_server_startup_timeout: timedelta | None


def check_options(options: Mapping[str, object]) -> None:
    """Raises TypeError for one that Temporal's have not either."""
    unknown = sorted(options.keys() - ServerOptions.__annotations__.keys())
    if unknown:
        raise TypeError(f"unexpected keyword argument {unknown[0]!r}")
