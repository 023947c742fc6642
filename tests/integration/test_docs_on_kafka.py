"""The programs and commands of the documentation, on a real Kafka, as they stand in its pages."""

import json
import shlex
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from duralog.connectors.embedded.configuration import last_lines
from integration.stack import Stack
from pages import ADDRESS, ROOT, shell_lines, write_files

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
PROGRAM_S = 120  # For a program that ends by itself, on a machine that is busy with other things.


@pytest.fixture(scope="module")
def shop(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the tutorial's files, and its worker at work."""
    folder = tmp_path_factory.mktemp("orders")
    for page in ("tutorial.md", "start-events.md", "data-teams.md"):
        for path in write_files(page, folder).values():
            here(path, stack)
    with running(folder, "worker.py"):
        yield folder


def here(path: Path, stack: Stack) -> None:
    """Change the address and the topics' prefix in a file to those of the stack."""
    text = path.read_text(encoding="utf-8")
    text = text.replace(
        f'connect("{ADDRESS}")', f'connect("{stack.address}", prefix="{stack.prefix}")'
    )
    text = text.replace(ADDRESS, stack.address).replace('"duralog.default.', f'"{stack.topic("")}')
    path.write_text(text, encoding="utf-8")


@contextmanager
def running(folder: Path, name: str) -> Generator[subprocess.Popen[str]]:
    """A program that goes on until it is ended; it runs where the repository's files are."""
    log = folder / f"{name}.log"
    with log.open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, str(folder / name)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    try:
        yield process
        assert process.poll() is None, last_lines(log.read_text())
    finally:
        process.kill()
        process.communicate()


def test_the_tutorials_commands_tell_its_story(stack: Stack, shop: Path) -> None:
    outputs: dict[str, str] = {}
    for line in filter(None, shell_lines("tutorial.md")):
        program, *words = shlex.split(line)
        assert program == "duralog"
        done = stack.duralog(*words, timeout_s=PROGRAM_S)
        assert done.returncode == 0, (line, done.stderr)
        outputs[words[1]] = done.stdout
    assert json.loads(outputs["result"]) == "receipt-7: parcel-1"
    assert "attempt=2" in outputs["show"]
    assert "the bank does not answer" in outputs["show"]


def test_the_tutorials_program_starts_one_too(stack: Stack, shop: Path) -> None:
    done = subprocess.run(
        [sys.executable, "start.py"],
        cwd=shop,
        capture_output=True,
        text=True,
        check=False,
        timeout=PROGRAM_S,
    )
    assert done.stdout == "receipt-10: parcel-2\n", done.stderr


def test_a_start_event_is_published_twice_and_followed_once(stack: Stack, shop: Path) -> None:
    text = (shop / "publish.py").read_text(encoding="utf-8")
    (shop / "publish.py").write_text(text.replace("order-7", "order-11"), encoding="utf-8")
    for _ in range(2):
        subprocess.run([sys.executable, str(shop / "publish.py")], check=True, timeout=PROGRAM_S)
    with running(shop, "follow.py") as follower:
        assert follower.stdout is not None
        seen: list[str] = []
        for line in follower.stdout:
            if line.startswith("order-11 "):
                seen.append(line.split()[2].rpartition(".")[2])
            if seen and seen[-1] == "TimerStarted":
                break
    signal = ("workflow", "signal", "-w", "order-11", "--name", "shipped", "--input", '"parcel-3"')
    assert stack.duralog(*signal).returncode == 0
    assert "parcel-3" in stack.duralog("workflow", "result", "-w", "order-11").stdout
    assert seen.count("WorkflowExecutionStarted") == 1
    assert "ActivityTaskCompleted" in seen
