"""What became of events, read: the sums that the store keeps, as Prometheus wants them.

They are read from the store and not counted again in memory, so that they are the same on every
worker and after a restart.
"""

from collections import Counter
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from collector.store import Store


class _Sums(Collector):
    def __init__(self, store: Store) -> None:
        self._store = store

    def collect(self) -> Iterable[Metric]:
        return [self._events(), self._rules(), self._unreadable()]

    def _events(self) -> Metric:
        family = CounterMetricFamily(
            "tagwell_events", "Events by what became of them", labels=["source", "outcome", "reason"]
        )
        sums: Counter[tuple[str, str, str]] = Counter()
        for row in self._store.totals():
            sums[row.source_id or "", row.outcome.value, row.reason] += row.count
        for labels, count in sorted(sums.items()):
            family.add_metric(labels, count)
        return family

    def _rules(self) -> Metric:
        family = CounterMetricFamily(
            "tagwell_rejections_by_rule",
            "Rejected events by the rule of the policy that refused them: a part of their reason's",
            labels=["source", "reason", "rule"],
        )
        for row in self._store.rule_totals():
            family.add_metric([row.source_id, row.reason, row.rule], row.count)
        return family

    def _unreadable(self) -> Metric:
        family = GaugeMetricFamily(
            "tagwell_policy_unreadable",
            "1 for a source that stores nothing, as its rules cannot be read",
            labels=["source"],
        )
        for source in self._store.sources():
            if source.problem:
                family.add_metric([source.source_id], 1)
        return family


def metrics_text(store: Store) -> bytes:
    """Return all metrics in Prometheus's text format."""
    registry = CollectorRegistry()
    registry.register(_Sums(store))
    return generate_latest(registry)
