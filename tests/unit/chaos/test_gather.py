"""Errors in logs are found at every level that is one, and those with a name are passed over."""

from pathlib import Path
from subprocess import Popen

import pytest

from chaos.gather import errors
from chaos.system import System
from integration.stack import Child, Stack


@pytest.mark.parametrize(
    ("line", "is_found"),
    [
        ('{"event": "partition refused", "cause": "log lost", "level": "critical"}', True),
        ('{"event": "slot fails", "level": "error"}', True),
        ('{"event": "slot exits", "level": "error"}', False),
        ('{"event": "a transactional call hangs for 15 s: exiting", "level": "critical"}', False),
        ('{"event": "transaction aborted", "level": "warning"}', False),
        ("ERROR duralog.worker: something", True),
        ("CRITICAL duralog.worker: something", True),
        ("INFO duralog.worker: no ERROR here", False),
    ],
)
def test_an_error_is_found_unless_it_has_a_name(tmp_path: Path, line: str, is_found: bool) -> None:
    log = tmp_path / "0-engine-0.log"
    log.write_text(f"before\n{line}\nbehind\n")
    with Popen(["true"], text=True) as process:
        child = Child(process=process, log=log)
    stack = Stack(address="", prefix="t", directory=tmp_path, children=[child])
    found = errors(System(stack=stack, ledger=tmp_path / "ledger"))
    assert found == ([f"0-engine-0.log: {line}"] if is_found else [])
