"""The root command: what it lists, how it guesses, what it costs."""

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from duralog.cli.lazy import LazyGroup
from duralog.cli.root import root


def commands(group: LazyGroup, path: str = "duralog") -> dict[str, click.Command]:
    """Every leaf command below `group`, by its full name."""
    found: dict[str, click.Command] = {}
    context = click.Context(group, info_name=path)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, LazyGroup):
            found |= commands(command, f"{path} {name}")
        else:
            found[f"{path} {name}"] = command
    return found


def groups(group: LazyGroup, path: str = "duralog") -> list[str]:
    """The full names of `group` and of all groups below it."""
    context = click.Context(group, info_name=path)
    below = {name: group.get_command(context, name) for name in group.list_commands(context)}
    return [path] + [
        name
        for word, command in below.items()
        if isinstance(command, LazyGroup)
        for name in groups(command, f"{path} {word}")
    ]


LEAVES = commands(root)


def test_help_lists_every_group_without_loading_any() -> None:
    code = (
        "import sys; from click.testing import CliRunner; from duralog.cli.root import root\n"
        "print(CliRunner().invoke(root, ['--help']).output)\n"
        "print([m for m in sys.modules if m in ('confluent_kafka', 'fastavro', 'duralog.client')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30
    )
    assert all(f"  {name} " in done.stdout for name in root.lazy)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("name", LEAVES)
def test_every_command_has_a_summary_an_example_and_the_connection(name: str) -> None:
    command = LEAVES[name]
    text = command.help or ""
    assert "Example:" in text, name
    assert f"  {name}" in text, "the example shows this command"
    options = {option for parameter in command.params for option in parameter.opts}
    assert {"--bootstrap-servers", "--namespace", "--prefix", "--config", "-X"} <= options


@pytest.mark.parametrize("name", groups(root))
def test_every_group_shows_an_example(name: str) -> None:
    words = name.split()[1:]
    shown = CliRunner().invoke(root, [*words, "--help"], prog_name="duralog").output
    example = shown.partition("Example:\n")[2].splitlines()[0].strip()
    told = CliRunner().invoke(root, [*example.split()[1:], "--help"], prog_name="duralog")
    assert told.exit_code == 0, example


@pytest.mark.parametrize("name", LEAVES)
def test_every_help_fits_eighty_columns(name: str) -> None:
    words = name.split()[1:]
    result = CliRunner().invoke(root, [*words, "--help"], terminal_width=80)
    assert result.exit_code == 0
    assert max(len(line) for line in result.output.splitlines()) <= 88, "an example may be longer"


def test_a_misspelt_command_gets_a_guess() -> None:
    result = CliRunner().invoke(root, ["wrkflow"])
    assert result.exit_code == 2
    assert "no command 'wrkflow'; did you mean 'workflow'?" in result.output


def test_a_misspelt_option_gets_a_guess() -> None:
    result = CliRunner().invoke(root, ["workflow", "show", "--workflw-id", "x"])
    assert result.exit_code == 2
    assert "--workflow-id" in result.output


def test_version_is_the_packages() -> None:
    result = CliRunner().invoke(root, ["--version"])
    assert result.output.startswith("duralog ")
