"""A directory has one holder, until the last process that inherited it has ended."""

import sys
from pathlib import Path

import pytest

from duralog.connectors.embedded import EmbeddedKafkaError
from duralog.connectors.embedded.exclusive import exclusive
from duralog.connectors.embedded.process import GuardedProcess

FOREVER = [sys.executable, "-c", "import signal; signal.pause()"]


def test_a_second_holder_is_refused(tmp_path: Path) -> None:
    with (
        exclusive(tmp_path),
        pytest.raises(EmbeddedKafkaError, match=r"a broker runs on .* already"),
        exclusive(tmp_path),
    ):
        pass
    with exclusive(tmp_path):
        pass


def test_a_process_that_inherited_it_holds_it_until_it_ends(tmp_path: Path) -> None:
    with exclusive(tmp_path) as lock:
        process = GuardedProcess(FOREVER, output=tmp_path / "output", holds=lock)
    with pytest.raises(EmbeddedKafkaError), exclusive(tmp_path):
        pass
    process.stop()
    with exclusive(tmp_path):
        pass
