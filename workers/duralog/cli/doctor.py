"""`duralog doctor`: what would lose data, what stands still, and how to put it right."""

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from duralog.cli.options import Options, connection_options, pass_options
from duralog.cli.shell import EXIT_FAILED, UserError

if TYPE_CHECKING:
    from duralog.cli.connection import Connection
    from duralog.connectors.doctor import Finding
    from duralog.connectors.doctor.traffic import Traffic

TOLD_MAX = 3  # Of the errors that keep an engine from starting; the doctor tells all.


@click.command
@connection_options
@pass_options
def doctor(options: Options) -> None:
    """Name settings that would lose data, and what stands still, each with its fix.

    Exit status 1 when there is an error: an engine does not start then. Warnings alone give 0.

    \b
    Example:
      duralog doctor --bootstrap-servers kafka:9092 --namespace orders
    """
    from duralog.cli.connection import connect  # noqa: PLC0415 (the help needs no Kafka)
    from duralog.connectors.doctor import errors_of, examine  # noqa: PLC0415
    from duralog.connectors.doctor.traffic import examine_traffic  # noqa: PLC0415
    from duralog.connectors.kafka.describe import describe  # noqa: PLC0415
    from duralog.connectors.kafka.traffic import look  # noqa: PLC0415

    connection = connect(options)
    facts = describe(connection.settings, connection.names)
    traffic = look(connection.settings, connection.names, facts)
    findings = [*examine(facts), *examine_traffic(traffic, facts.servers)]
    _print(options, findings, traffic)
    if errors_of(findings):
        sys.exit(EXIT_FAILED)


def require_healthy(connection: "Connection") -> "list[Finding]":
    """Warnings about a namespace. Raises UserError when an engine would lose data there."""
    from duralog.connectors.doctor import errors_of, examine  # noqa: PLC0415
    from duralog.connectors.kafka.describe import describe  # noqa: PLC0415

    findings = examine(describe(connection.settings.of("engine"), connection.names))
    errors = errors_of(findings)
    if not errors:
        return findings
    if len(errors) == 1:
        raise UserError(str(errors[0]))
    more = "" if len(errors) <= TOLD_MAX else f" (and {len(errors) - TOLD_MAX} more)"
    raise UserError(
        f"{len(errors)} settings would lose data. "
        + " | ".join(str(error) for error in errors[:TOLD_MAX])
        + f"{more} | All of them: duralog doctor"
    )


def _print(options: Options, findings: "list[Finding]", traffic: "Traffic") -> None:
    from duralog.cli.output import emit  # noqa: PLC0415

    errors = sum(finding.is_error for finding in findings)
    counts = {"errors": errors, "warnings": len(findings) - errors}
    backlog = sum(backlog.records for backlog in traffic.backlogs)
    if options.is_json:
        for finding in findings:
            emit(asdict(finding))
        emit({**counts, "backlog": backlog, "unserved": traffic.unserved})
        return
    for finding in findings:
        print(f"{finding.severity}: {finding.subject}: {finding.setting} is {finding.found},")
        print(f"  not {finding.wanted}: {finding.why}")
        print(f"  fix: {finding.fix}")
    print(f"doctor: {errors} errors, {counts['warnings']} warnings, backlog {backlog} records")
