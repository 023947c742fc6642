"""Grants ACLs and takes them back, as an administrator of the cluster."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Final

from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._acl import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
)
from confluent_kafka.admin._resource import ResourcePatternType, ResourceType

from duralog.connectors.acl import Acl

RESOURCES: Final = {
    "topic": ResourceType.TOPIC,
    "group": ResourceType.GROUP,
    "transactional-id": ResourceType.TRANSACTIONAL_ID,
    "cluster": ResourceType.BROKER,
}
OPERATIONS: Final = {
    "Read": AclOperation.READ,
    "Write": AclOperation.WRITE,
    "Create": AclOperation.CREATE,
    "AlterConfigs": AclOperation.ALTER_CONFIGS,
    "DescribeConfigs": AclOperation.DESCRIBE_CONFIGS,
}


def user_of(role: str) -> str:
    """The user that a role has when nobody names another."""
    return f"duralog-{role}"


class Granter:
    """An administrative client of a cluster that has an authorizer."""

    def __init__(self, servers: str) -> None:
        self._admin = AdminClient({"bootstrap.servers": servers})

    def grant(self, *found: Acl) -> None:
        """Let the roles' users do it."""
        bindings = [AclBinding(*_place(acl), AclPermissionType.ALLOW) for acl in found]
        for future in self._admin.create_acls(bindings).values():
            future.result(10)
        for acl in found:
            self._wait(acl, is_granted=True)

    @contextmanager
    def without(self, acl: Acl) -> Generator[None]:
        """Nobody has this right meanwhile."""
        taken = AclBindingFilter(*_place(acl), AclPermissionType.ALLOW)
        for future in self._admin.delete_acls([taken]).values():
            assert future.result(10), acl
        self._wait(acl, is_granted=False)
        try:
            yield
        finally:
            self.grant(acl)

    def _wait(self, acl: Acl, *, is_granted: bool) -> None:
        """Until the broker has heard of it; there is one."""
        wanted = AclBindingFilter(*_place(acl), AclPermissionType.ALLOW)
        for _ in range(500):
            future: Any = self._admin.describe_acls(wanted)
            if bool(future.result(10)) == is_granted:
                return
            time.sleep(0.01)
        raise AssertionError(f"the broker does not hear of {acl}")


def _place(
    acl: Acl,
) -> tuple[ResourceType, str, ResourcePatternType, str, str, AclOperation]:
    """What and who, as confluent-kafka takes them."""
    pattern = (
        ResourcePatternType.PREFIXED if acl.pattern == "prefixed" else ResourcePatternType.LITERAL
    )
    principal = f"User:{user_of(acl.role)}"
    return RESOURCES[acl.resource], acl.name, pattern, principal, "*", OPERATIONS[acl.operation]
