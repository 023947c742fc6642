"""Programs written for Temporal run here after `sed s/temporalio/duralog/`; time skips."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from duralog.testing import WorkflowEnvironment
from ported import PROGRAMS, Ported, port, ported
from program_checks import CHECKS, fan_out

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ported]:
    with ported(tmp_path_factory.mktemp("programs")) as found:
        yield found


def test_every_program_is_checked() -> None:
    assert sorted(CHECKS) == sorted(path.stem for path in PROGRAMS.glob("*.py"))


def test_the_programs_know_nothing_of_duralog() -> None:
    assert [path.name for path in PROGRAMS.glob("*.py") if "duralog" in path.read_text()] == []


def _name(name: str) -> object:
    waits = name in ("entity", "long_poller")  # For answers, and for heartbeats to be missed.
    return pytest.param(name, marks=[pytest.mark.slow] if waits else [])


@pytest.mark.parametrize("name", [_name(name) for name in CHECKS])
async def test_a_program_for_temporal_runs(name: str, programs: Ported) -> None:
    async with await WorkflowEnvironment.start_time_skipping() as environment:
        await CHECKS[name](programs.module(name), environment.client, True)


@pytest.mark.slow
@pytest.mark.timeout(240)  # Five thousand activities on a busy machine.
async def test_a_batch_of_five_thousand(programs: Ported) -> None:
    async with await WorkflowEnvironment.start_time_skipping() as environment:
        await fan_out(programs.module("fan_out"), environment.client, True, size=5000)


@pytest.mark.slow
@pytest.mark.timeout(240)  # mypy reads all that the programs import.
def test_the_ported_programs_pass_a_strict_type_checker(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--no-error-summary", str(port(tmp_path))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
