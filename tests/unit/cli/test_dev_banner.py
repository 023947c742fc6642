"""The commands that `duralog dev` proposes work as they stand."""

from typing import Any

import pytest

from duralog.cli.dev import banner

FACTS: dict[str, Any] = {
    "version": "",
    "topics": "duralog.default.",
    "partitions": 2,
    "engine_pid": 7,
    "data_dir": "/data",
}


@pytest.mark.parametrize("servers", ["localhost:9092", "127.0.0.1:9092"])
def test_at_the_usual_address_they_need_none(servers: str) -> None:
    text = banner({**FACTS, "bootstrap_servers": servers})
    assert "export" not in text
    assert "worker.py\n" in text


def test_elsewhere_they_name_it() -> None:
    text = banner({**FACTS, "bootstrap_servers": "127.0.0.1:9093"})
    assert "  export DURALOG_BOOTSTRAP_SERVERS=127.0.0.1:9093\n" in text
    assert "worker.py --kafka 127.0.0.1:9093\n" in text
