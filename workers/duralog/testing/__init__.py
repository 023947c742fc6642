"""The whole engine in a user's test, with time that skips; activities alone, without any.

No Kafka and no files: `pip install 'duralog'` and pytest are enough.
"""

from duralog.testing.activity_environment import ActivityEnvironment
from duralog.testing.workflow_environment import WorkflowEnvironment

__all__ = ["ActivityEnvironment", "WorkflowEnvironment"]
