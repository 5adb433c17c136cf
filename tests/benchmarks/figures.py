"""What all benchmarks share: percentiles, peak memory, a table of figures."""

import resource
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from bot.evaluation import percentile


def milliseconds(values: Sequence[float]) -> str:
    """Median and 95th percentile of seconds."""
    return f"{percentile(values, 0.5) * 1000:.1f} / {percentile(values, 0.95) * 1000:.1f}"


def peak_megabytes() -> float:
    """The largest resident size of this process so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20) if sys.platform == "darwin" else peak / 1024


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column, justify="left" if column == columns[0] else "right")
    for row in rows:
        table.add_row(*map(str, row))
    Console(width=120).print(table)
