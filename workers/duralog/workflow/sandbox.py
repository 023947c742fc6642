"""What Workflow code may not call, and who may: the words of the guard (`duralog.workers.guard`).

There is no second copy of any module, as in Temporal's sandbox: a forbidden function looks at who
calls it. Forbidden is a call out of a Workflow's own code, and out of every module that is neither
Python's nor passed through.
"""

import sys
from collections.abc import Set
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import ClassVar, Final

from duralog.workflow.errors import NondeterminismError

PASSED_THROUGH: Final[set[str]] = set()
"""Modules imported in a block of `workflow.unsafe.imports_passed_through`."""

UNRESTRICTED: Final[ContextVar[bool]] = ContextVar("duralog_sandbox_unrestricted", default=False)
"""Whether the running code is in a block of `workflow.unsafe.sandbox_unrestricted`."""

PASSTHROUGH_DEFAULT: Final = frozenset(
    (
        "duralog",
        # They read clocks for logs, traces and caches, not for what they return.
        "annotated_types", "google", "opentelemetry", "pydantic", "pydantic_core", "structlog",
        "typing_extensions",
        # They watch code, also that of Workflows.
        "_pydevd_bundle", "coverage", "debugpy", "pydevd",
    )
)  # fmt: skip


class RestrictedWorkflowAccessError(NondeterminismError):
    """Workflow code has called what it may not: it could do otherwise at the next replay.

    qualified_name: What was called.
    """

    def __init__(self, qualified_name: str, *, override_message: str | None = None) -> None:
        super().__init__(override_message or self.default_message(qualified_name))
        self.qualified_name = qualified_name

    @staticmethod
    def default_message(qualified_name: str) -> str:
        """The text without a fix of its own."""
        return (
            f"Cannot access {qualified_name} from inside a workflow. If this is code from a module "
            "not used in a workflow or known to only be used deterministically from a workflow, "
            "mark the import as pass through."
        )


@dataclass(frozen=True, kw_only=True)
class SandboxRestrictions:
    """Which modules may do what Workflow code may not.

    passthrough_modules: By name, with all that is below; Python's own are always passed through.
    passthrough_all_modules: Every module, so that nothing is forbidden.
    """

    passthrough_modules: Set[str] = PASSTHROUGH_DEFAULT
    passthrough_all_modules: bool = False
    _known: set[str] = field(default_factory=set[str], init=False, repr=False, compare=False)

    passthrough_modules_minimum: ClassVar[Set[str]] = frozenset(("duralog",))
    passthrough_modules_default: ClassVar[Set[str]] = PASSTHROUGH_DEFAULT
    default: ClassVar["SandboxRestrictions"]

    def with_passthrough_modules(self, *modules: str) -> "SandboxRestrictions":
        """A copy that passes these through too."""
        return replace(self, passthrough_modules=self.passthrough_modules | set(modules))

    def with_passthrough_all_modules(self) -> "SandboxRestrictions":
        """A copy that forbids nothing."""
        return replace(self, passthrough_all_modules=True)

    def passes(self, module: str) -> bool:
        """Whether code of this module may do what Workflow code may not."""
        if module in self._known:
            return True
        if (
            self.passthrough_all_modules
            or module.partition(".")[0] in sys.stdlib_module_names
            or self.names(module)
        ):
            self._known.add(module)  # Others may still be passed through by an import to come.
            return True
        return False

    def names(self, module: str) -> bool:
        """Whether this module was passed through by its name or by its import."""
        parts = module.split(".")
        parents = {".".join(parts[: i + 1]) for i in range(len(parts))}
        return module in PASSED_THROUGH or not parents.isdisjoint(self.passthrough_modules)


SandboxRestrictions.default = SandboxRestrictions()
