"""Users' own metrics, recorded through OpenTelemetry's global MeterProvider; free until one is set.

`workflow.metric_meter()` and `activity.metric_meter()` give a meter with Temporal's attributes.
"""

import functools
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, ClassVar, Final, Self

from opentelemetry import metrics

MetricAttributes = Mapping[str, str | int | float | bool]
Record = Callable[[int | float, MetricAttributes], None]
SCOPE: Final = "duralog"  # The name of the meter that users' metrics come from.
INSTRUMENTS_MAX: Final = 10_000  # Distinct names a process may keep; an older one is made anew.


class MetricCommon:
    """What all kinds of metrics have. Made by a `MetricMeter`."""

    def __init__(
        self,
        name: str,
        description: str | None,
        unit: str | None,
        *,
        attributes: MetricAttributes,
        record: Record,
    ) -> None:
        self._name, self._description, self._unit = name, description, unit
        self._attributes, self._record = attributes, record

    @property
    def name(self) -> str:
        """Of the metric."""
        return self._name

    @property
    def description(self) -> str | None:
        """For people."""
        return self._description

    @property
    def unit(self) -> str | None:
        """Of its values."""
        return self._unit

    def with_additional_attributes(self, additional_attributes: MetricAttributes) -> Self:
        """The same metric with more attributes. Raises TypeError for values of a wrong type."""
        return type(self)(
            self._name,
            self._description,
            self._unit,
            attributes=_joined(self._attributes, additional_attributes),
            record=self._record,
        )

    def _take(self, value: float, additional: MetricAttributes | None) -> None:
        """Raises ValueError for a negative value, TypeError for a wrong attribute."""
        if value < 0:
            raise ValueError("Metric value must be non-negative value")
        self._record(value, _joined(self._attributes, additional or {}))


class MetricCounter(MetricCommon):
    """Adds up."""

    def add(self, value: int, additional_attributes: MetricAttributes | None = None) -> None:
        """Add a value that is not negative."""
        self._take(value, additional_attributes)


class MetricHistogram(MetricCommon):
    """How whole numbers are distributed."""

    def record(self, value: int, additional_attributes: MetricAttributes | None = None) -> None:
        """Record a value that is not negative."""
        self._take(value, additional_attributes)


class MetricHistogramFloat(MetricCommon):
    """How numbers are distributed."""

    def record(self, value: float, additional_attributes: MetricAttributes | None = None) -> None:
        """Record a value that is not negative."""
        self._take(value, additional_attributes)


class MetricHistogramTimedelta(MetricCommon):
    """How durations are distributed, in milliseconds."""

    def record(
        self, value: timedelta, additional_attributes: MetricAttributes | None = None
    ) -> None:
        """Record a duration that is not negative."""
        self._take(value // timedelta(milliseconds=1), additional_attributes)


class MetricGauge(MetricCommon):
    """A whole number as it is now."""

    def set(self, value: int, additional_attributes: MetricAttributes | None = None) -> None:
        """Set a value that is not negative."""
        self._take(value, additional_attributes)


class MetricGaugeFloat(MetricCommon):
    """A number as it is now."""

    def set(self, value: float, additional_attributes: MetricAttributes | None = None) -> None:
        """Set a value that is not negative."""
        self._take(value, additional_attributes)


class MetricMeter:
    """Makes metrics that share attributes. `is_silent`: asked each time; true in a replay."""

    noop: ClassVar["MetricMeter"]

    def __init__(
        self, attributes: MetricAttributes, *, is_silent: Callable[[], bool] = lambda: False
    ) -> None:
        self._attributes, self._is_silent = attributes, is_silent

    def create_counter(
        self, name: str, description: str | None = None, unit: str | None = None
    ) -> MetricCounter:
        """A metric that adds up."""
        return MetricCounter(
            name, description, unit, **self._shared("counter", name, description, unit)
        )

    def create_histogram(
        self, name: str, description: str | None = None, unit: str | None = None
    ) -> MetricHistogram:
        """A distribution of whole numbers."""
        shared = self._shared("histogram", name, description, unit)
        return MetricHistogram(name, description, unit, **shared)

    def create_histogram_float(
        self, name: str, description: str | None = None, unit: str | None = None
    ) -> MetricHistogramFloat:
        """A distribution of numbers."""
        shared = self._shared("histogram", name, description, unit)
        return MetricHistogramFloat(name, description, unit, **shared)

    def create_histogram_timedelta(
        self, name: str, description: str | None = None, unit: str | None = None
    ) -> MetricHistogramTimedelta:
        """A distribution of durations; the unit "duration" is told as "ms"."""
        told = "ms" if unit == "duration" else unit
        shared = self._shared("histogram", name, description, told)
        return MetricHistogramTimedelta(name, description, unit, **shared)

    def create_gauge(
        self, name: str, description: str | None = None, unit: str | None = None
    ) -> MetricGauge:
        """A whole number as it is now."""
        shared = self._shared("gauge", name, description, unit)
        return MetricGauge(name, description, unit, **shared)

    def create_gauge_float(
        self, name: str, description: str | None = None, unit: str | None = None
    ) -> MetricGaugeFloat:
        """A number as it is now."""
        shared = self._shared("gauge", name, description, unit)
        return MetricGaugeFloat(name, description, unit, **shared)

    def with_additional_attributes(self, additional_attributes: MetricAttributes) -> "MetricMeter":
        """The same meter with more attributes. Raises TypeError for values of a wrong type."""
        attributes = _joined(self._attributes, additional_attributes)
        return MetricMeter(attributes, is_silent=self._is_silent)

    def _shared(
        self, kind: str, name: str, description: str | None, unit: str | None
    ) -> dict[str, Any]:  # two keyword arguments of MetricCommon
        def record(value: float, attributes: MetricAttributes) -> None:
            if not self._is_silent():
                instrument(kind, name, description or "", unit or "")(value, attributes)

        return {"attributes": self._attributes, "record": record}


MetricMeter.noop = MetricMeter({}, is_silent=lambda: True)


@functools.lru_cache(maxsize=INSTRUMENTS_MAX)
def instrument(kind: str, name: str, description: str, unit: str, scope: str = SCOPE) -> Record:
    """What records values of one metric; kept, since OpenTelemetry keeps each that is made."""
    meter = metrics.get_meter(scope)
    if kind == "counter":
        return meter.create_counter(name, unit, description).add
    if kind == "histogram":
        return meter.create_histogram(name, unit, description).record
    return meter.create_gauge(name, unit, description).set


def _joined(attributes: MetricAttributes, additional: MetricAttributes) -> MetricAttributes:
    for key, value in additional.items():
        _check(key, value)
    return {**attributes, **additional}


def _check(key: str, value: object) -> None:
    if not isinstance(value, str | int | float | bool):
        raise TypeError(f"Metric attribute {key!r} is a {type(value).__name__}")
