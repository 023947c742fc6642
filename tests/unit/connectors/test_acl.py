"""The rights of each role: narrow, prefixed, and each told with what it is for."""

import json

import pytest

from duralog.connectors.acl import ROLES, acls, as_command, as_json
from duralog.schemas.topics import TopicNames

NAMES = TopicNames(prefix="duralog", namespace="orders")


@pytest.mark.parametrize("role", ROLES)
def test_no_right_reaches_another_namespace(role: str) -> None:
    found = acls(NAMES, role)
    assert len({(a.resource, a.name, a.operation) for a in found}) == len(found)
    for acl in found:
        assert acl.why
        assert acl.operation not in ("All", "Delete", "ClusterAction")
        if acl.resource == "topic":
            assert acl.name.startswith("duralog.orders.")


@pytest.mark.parametrize("role", ["worker", "client", "publisher", "data-team"])
def test_nobody_but_the_engine_writes_what_is_state(role: str) -> None:
    written = {a.name for a in acls(NAMES, role) if a.operation == "Write"}
    doors = ("requests", "ingress", "dead-letters")
    assert written <= {f"duralog.orders.{kind}" for kind in doors}
    assert not [a for a in acls(NAMES, role) if a.resource in ("cluster", "transactional-id")]


def test_a_worker_reads_no_history() -> None:
    assert "history" not in " ".join(a.name for a in acls(NAMES, "worker"))


def test_a_right_is_a_command_of_kafkas_own_tool() -> None:
    (acl,) = acls(NAMES, "publisher")
    assert as_command(acl, servers="kafka:9092", principal="User:shop") == (
        "kafka-acls.sh --bootstrap-server kafka:9092 --add --allow-principal User:shop"
        " --operation Write --topic duralog.orders.ingress"
    )
    prefixed = acls(NAMES, "engine")[0]
    assert as_command(prefixed, servers="k:1", principal="User:e").endswith(
        "--operation Read --topic duralog.orders. --resource-pattern-type prefixed"
    )
    cluster = acls(NAMES, "engine")[-1]
    assert "--cluster" in as_command(cluster, servers="k:1", principal="User:e").split()


def test_a_right_is_an_object() -> None:
    (acl,) = acls(NAMES, "publisher")
    told = json.loads(as_json(acl, principal="User:shop"))
    assert (told["principal"], told["operation"], told["pattern"]) == (
        "User:shop",
        "Write",
        "literal",
    )
