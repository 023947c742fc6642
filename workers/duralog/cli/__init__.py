"""The command line; every group of commands is loaded when it is named."""


def main() -> None:
    """The console script `duralog`: runs the command and exits with its code."""
    # Imported here so that `import duralog.cli` costs nothing to those who only want its parts.
    from duralog.cli.shell import run  # noqa: PLC0415

    run()
