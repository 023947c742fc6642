"""Errors that tell a user that Workflow code was called or changed in a way it cannot be."""

from duralog.exceptions import TemporalError


class NondeterminismError(TemporalError):
    """Replaying the history led to other Commands than were recorded: the code has changed.

    Fails the Workflow Task; the Workflow Execution only if `failure_exception_types` names it.
    """


class NotInWorkflowEventLoopError(TemporalError):
    """A function of `duralog.workflow` was called outside of a running Workflow."""


class ContinueAsNewError(BaseException):
    """What `continue_as_new` raises; to be left alone: it ends the run where it gets out of it."""

    def __init__(self, *args: object) -> None:
        if type(self) is ContinueAsNewError:
            raise RuntimeError("Cannot instantiate ContinueAsNewError directly")
        super().__init__(*args)


class ReadOnlyContextError(TemporalError):
    """A Query handler or an Update validator tried to change its Workflow."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class RunEvictedError(BaseException):
    """A run that is being evicted tried to go on; passes through users' `except Exception`."""
