"""The figures of `openbook eval` as tables: a column a mode."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from adapters.terminal import make_safe
from bot.comparison import Change, Comparison, Standing
from bot.descriptions import shorten
from bot.evaluation import SHARES

Figures = Mapping[str, Any]

SHOWN_CHANGES = 10


def show_figures(runs: Sequence[Figures], console: Console) -> None:
    table = _make_table("mode", *(run["mode"] for run in runs))
    table.add_row("questions", *(f"{run['questions']:,}" for run in runs))
    for name in SHARES:
        if runs[0][name] is not None:
            table.add_row(name, *(f"{run[name]:.4f}" for run in runs))
    for name in runs[0]["milliseconds"]:
        table.add_row(f"milliseconds {name}", *(f"{run['milliseconds'][name]:.1f}" for run in runs))
    if runs[0]["refusal"]:
        _add_refusal([run["refusal"] for run in runs], table)
    console.print(table)


def show_comparisons(comparisons: Mapping[str, Comparison], console: Console) -> None:
    """How many questions came out otherwise than in the earlier run, and which."""
    table = _make_table("\nsince the earlier run", *(f"\n{mode}" for mode in comparisons))
    for name, count in (
        ("better", lambda one: len(one.better)),
        ("worse", lambda one: len(one.worse)),
        ("the same", lambda one: one.same),
        ("not in the earlier run", lambda one: one.new),
    ):
        table.add_row(name, *(f"{count(one):,}" for one in comparisons.values()))
    console.print(table)
    for mode, one in comparisons.items():
        _show_changes(f"worse by {mode}", one.worse, console)
        _show_changes(f"better by {mode}", one.better, console)


def _add_refusal(gates: Sequence[Figures], table: Table) -> None:
    can, cannot = gates[0]["answerable"], gates[0]["unanswerable"]
    rows = {
        "gate: area under the curve": ("auc", ".4f"),
        f"answered rightly, of {can:,}": ("answered_right", ".1%"),
        f"refused rightly, of {cannot:,}": ("refused_right", ".1%"),
        f"refused wrongly, of {can:,}": ("refused_wrong", ".1%"),
        "gate: threshold": ("threshold", ".4f"),
    }
    for title, (name, form) in rows.items():
        table.add_row(title, *(format(gate[name], form) for gate in gates))


def _show_changes(title: str, changes: Sequence[Change], console: Console) -> None:
    if not changes:
        return
    console.print(f"\n{title}", style="bold")
    for change in changes[:SHOWN_CHANGES]:
        console.print(f"  {shorten(make_safe(change.question), 100)}")
        before, after = _describe(change.before), _describe(change.after)
        console.print(f"    {before} → {after}", style="dim")
    if len(changes) > SHOWN_CHANGES:
        console.print(f"  and {len(changes) - SHOWN_CHANGES:,} more: --json lists them all")


def _describe(standing: Standing) -> str:
    """`found` is 1 / rank where one passage is expected."""
    found = "" if standing.found is None else f", found {standing.found:.2f}"
    return standing.outcome.value.replace("_", " ") + found


def _make_table(*columns: str) -> Table:
    table = Table(box=None, padding=(0, 3, 0, 0), header_style="")
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left")
    return table
