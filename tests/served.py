"""Serving as tests need it, and what was counted meanwhile."""

from collections.abc import Mapping
from datetime import datetime

from prometheus_client.parser import text_string_to_metric_families

from bot.errors import IndexMissing
from bot.health import Publication
from bot.metrics import Metrics
from bot.serving import Adapter, serve


async def find_no_index() -> datetime:
    raise IndexMissing("There is no index in /somewhere yet.")


async def serve_adapters(
    *adapters: Adapter,
    port: int | None = None,
    metrics: Metrics | None = None,
    find_publication: Publication = find_no_index,
) -> None:
    await serve(adapters, port, metrics or Metrics(), find_publication)


def read_samples(metrics: Metrics | str, name: str) -> Mapping[tuple[str, ...], float]:
    """The values of `openbook_{name}` by those of their labels, which stand in the order of their
    names."""
    text = metrics.render().decode() if isinstance(metrics, Metrics) else metrics
    return {
        tuple(value for _, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == f"openbook_{name}"
    }
