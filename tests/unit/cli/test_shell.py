"""The shell: exit codes, one line on stderr."""

import os
import subprocess
import sys

import pytest

from duralog.cli.shell import EXPECTED, EXTRAS, is_expected


def duralog(*arguments: str, optimize: bool = False) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    flags = ["-O"] if optimize else []
    environ = {k: v for k, v in os.environ.items() if not k.startswith("DURALOG_")}
    code = "from duralog.cli import main; main()"
    return subprocess.run(
        [sys.executable, *flags, "-c", code, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
        env=environ,
    )


def test_a_usage_error_is_one_line_that_names_the_help() -> None:
    done = duralog("workflow", "strt")
    assert done.returncode == 2
    assert done.stderr == (
        "duralog: no command 'strt'; did you mean 'start'? (see duralog workflow --help)\n"
    )


def test_a_group_without_a_command_shows_its_help() -> None:
    done = duralog("dlq")
    assert done.returncode == 2
    assert done.stderr.startswith("Usage: duralog dlq [OPTIONS] COMMAND")
    assert len(done.stderr.splitlines()) > 5


def test_a_source_that_cannot_be_is_refused_with_those_that_are() -> None:
    done = duralog("dlq", "list", "--source", "ingres")
    assert done.returncode == 1
    assert "'ingres' is no topic, nor a kind of ingress, requests" in done.stderr


@pytest.mark.slow  # The metadata of a broker that is not there is waited for ten seconds.
def test_an_unreachable_broker_is_waited_for_not_in_silence_and_exit_1() -> None:
    done = duralog("history", "tail", "--no-follow", "--bootstrap-servers", "127.0.0.1:1")
    assert done.returncode == 1
    assert done.stdout == ""
    waits, says = done.stderr.splitlines()
    assert waits == "no answer from Kafka at 127.0.0.1:1 yet; trying for 10 s"
    assert says.startswith("duralog: no Kafka broker answered at 127.0.0.1:1")


def test_a_setting_that_is_ours_is_refused_with_the_reason() -> None:
    done = duralog("history", "tail", "-X", "isolation.level=read_uncommitted")
    assert done.returncode == 1
    assert "'isolation.level' cannot be set: exactly-once depends on it" in done.stderr


def test_bad_input_says_how_to_write_a_text() -> None:
    done = duralog("workflow", "start", "--type", "A", "--task-queue", "q", "--input", "Ada")
    assert done.returncode == 1
    assert "write '\"Ada\"'" in done.stderr


def test_python_without_asserts_is_refused() -> None:
    done = duralog("--help", optimize=True)
    assert done.returncode == 1
    assert "python -O" in done.stderr


@pytest.mark.parametrize("module", EXPECTED)
def test_every_expected_error_exists(module: str) -> None:
    imported = pytest.importorskip(module)
    assert all(issubclass(getattr(imported, name), Exception) for name in EXPECTED[module])


def test_a_bug_is_not_expected() -> None:
    assert not is_expected(ValueError("a bug"))


def test_every_extra_is_one_of_the_package() -> None:
    assert set(EXTRAS.values()) == {"server", "broker"}
