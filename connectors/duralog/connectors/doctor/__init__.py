"""Which settings of topics and brokers would lose data, and how each is put right.

Pure: `examine` takes what was described (`duralog.connectors.kafka.describe` asks for it) and gives
findings. An engine must not start on an error; a warning is an operator's to weigh.
"""

from duralog.connectors.doctor.brokers import examine_brokers
from duralog.connectors.doctor.facts import ClusterFacts, Finding, TopicFacts
from duralog.connectors.doctor.topics import examine_topics

__all__ = ["ClusterFacts", "Finding", "TopicFacts", "errors_of", "examine"]


def examine(facts: ClusterFacts) -> list[Finding]:
    """All findings, errors first, in the order of the topics."""
    found = [*examine_topics(facts), *examine_brokers(facts)]
    return sorted(found, key=lambda finding: not finding.is_error)


def errors_of(findings: list[Finding]) -> list[Finding]:
    """Those on which an engine must not run."""
    return [finding for finding in findings if finding.is_error]
