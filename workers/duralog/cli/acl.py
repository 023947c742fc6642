"""`duralog acl print`: the rights that each role needs in Kafka."""

import click

from duralog.cli.lazy import Lazy, LazyGroup
from duralog.cli.options import Options, connection_options, pass_options
from duralog.cli.shell import UserError

acl = LazyGroup(
    lazy={"print": Lazy("duralog.cli.acl:print_acls", "Print the ACLs of each role")},
    name="acl",
    help="Show the rights that engines, workers and others need in Kafka.",
)


@click.command(name="print")
@click.option("--role", help="engine, worker, client, publisher, data-team, operator; else all.")
@click.option("--principal", help="Of the role named; else User:duralog-ROLE.")
@connection_options
@pass_options
def print_acls(options: Options, role: str | None, principal: str | None) -> None:
    """Print the ACLs of each role in a namespace, as commands of kafka-acls.sh or as JSON.

    They are all that a role needs. Nothing is changed, and no broker is asked.

    \b
    Example:
      duralog acl print --namespace orders --role worker --principal User:orders-worker
    """
    from duralog.cli.connection import connect  # noqa: PLC0415 (the help needs no Kafka)
    from duralog.connectors.acl import ROLES, acls, as_json, as_lines  # noqa: PLC0415

    if role is not None and role not in ROLES:
        raise UserError(f"no role {role!r}; there are {', '.join(ROLES)}")
    if principal is not None and role is None:
        raise UserError("--principal needs --role: each role has its own rights")
    connection = connect(options)
    for name in (role,) if role else ROLES:
        who = principal or f"User:duralog-{name}"
        found = acls(connection.names, name)
        if options.is_json:
            for one in found:
                print(as_json(one, principal=who))
            continue
        for line in as_lines(found, servers=connection.bootstrap_servers, principal=who):
            print(line)
