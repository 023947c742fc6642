"""The engine's metrics by name, and Prometheus's text of their values.

Labels hold names of namespaces and numbers of slots and partitions; nothing that a workflow says.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from prometheus_client.core import Metric as Family

_SLOT: Final = ("slot",)
_UNIT: Final = ("slot", "namespace", "partition")


class Metric(NamedTuple):
    """One metric: what it is and what it counts."""

    kind: Literal["counter", "gauge"]
    labels: tuple[str, ...]
    help: str


class Sample(NamedTuple):
    """One value of a metric. labels: in the order of the metric's."""

    name: str
    labels: tuple[str, ...]
    value: float


METRICS: Final[Mapping[str, Metric]] = {
    "duralog_slot_up": Metric("gauge", _SLOT, "1 while the slot's process runs"),
    "duralog_slot_restarts_total": Metric("counter", _SLOT, "Times the slot was started again"),
    "duralog_slot_silent_seconds": Metric("gauge", _SLOT, "Since the slot told something"),
    "duralog_transactions_total": Metric("counter", _SLOT, "Transactions committed"),
    "duralog_aborts_total": Metric("counter", _SLOT, "Transactions aborted, and done again"),
    "duralog_inputs_total": Metric("counter", _SLOT, "Records read from the inputs"),
    "duralog_dead_letters_total": Metric("counter", _SLOT, "Records put into dead-letters"),
    "duralog_partition_ready": Metric("gauge", _UNIT, "1 while the partition is served"),
    "duralog_partition_refused": Metric("gauge", _UNIT, "1 while it must not be served"),
    "duralog_partition_restored_ratio": Metric("gauge", _UNIT, "Of its changelogs; 1 when served"),
    "duralog_input_backlog_records": Metric("gauge", _UNIT, "Records that wait in its inputs"),
    "duralog_input_blocked_seconds": Metric(
        "gauge", _UNIT, "An input has more, and none of it has come for so long"
    ),
    "duralog_timer_lateness_seconds": Metric("gauge", _UNIT, "Of the oldest entry that is due"),
    "duralog_open_runs": Metric("gauge", _UNIT, "Runs that are open"),
    "duralog_stalled_runs": Metric("gauge", _UNIT, "Open runs that cannot go on by themselves"),
    "duralog_quarantined_runs": Metric("gauge", _UNIT, "Open runs set aside after a bug"),
}


def render(samples: Iterable[Sample], metrics: Mapping[str, Metric] = METRICS) -> bytes:
    """Prometheus's text. Raises ImportError without the extra that brings the client library."""
    from prometheus_client import CollectorRegistry, generate_latest  # noqa: PLC0415 (an extra)
    from prometheus_client.registry import Collector  # noqa: PLC0415

    class Samples(Collector):
        """What the registry asks once."""

        def collect(self) -> "Iterator[Family]":
            """A family for each metric."""
            return families(samples, metrics)

    registry = CollectorRegistry()
    registry.register(Samples())
    return generate_latest(registry)


def families(samples: Iterable[Sample], metrics: Mapping[str, Metric]) -> "Iterator[Family]":
    """The samples grouped by their metric, in the table's order; those without value too."""
    from prometheus_client.core import (  # noqa: PLC0415 (an extra)
        CounterMetricFamily,
        GaugeMetricFamily,
    )

    by_name: dict[str, list[Sample]] = {name: [] for name in metrics}
    for sample in samples:
        by_name[sample.name].append(sample)
    for name, found in by_name.items():
        metric = metrics[name]
        family = (
            CounterMetricFamily(name, metric.help, labels=metric.labels)
            if metric.kind == "counter"
            else GaugeMetricFamily(name, metric.help, labels=metric.labels)
        )
        for sample in found:
            family.add_metric(sample.labels, sample.value)
        yield family
