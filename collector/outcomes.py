"""What became of events, read: the sums that the store keeps, as Prometheus wants them.

They are read from the store and not counted again in memory, so that they are the same on every
worker and after a restart.
"""

from collections import Counter
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from collector.store import Store


class _Sums(Collector):
    def __init__(self, store: Store) -> None:
        self._store = store

    def collect(self) -> Iterable[Metric]:
        family = CounterMetricFamily(
            "tagwell_events", "Events by what became of them", labels=["source", "outcome", "reason"]
        )
        sums: Counter[tuple[str, str, str]] = Counter()
        for row in self._store.totals():
            sums[row.source_id or "", row.outcome.value, row.reason] += row.count
        for labels, count in sorted(sums.items()):
            family.add_metric(labels, count)
        return [family]


def metrics_text(store: Store) -> bytes:
    """Return all metrics in Prometheus's text format."""
    registry = CollectorRegistry()
    registry.register(_Sums(store))
    return generate_latest(registry)
