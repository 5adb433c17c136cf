"""A Scope as a condition of LanceDB, on the column `path`."""

from collections.abc import Iterator
from itertools import pairwise

from bot.nouns import Scope
from bot.store.schema import quoted

_END = "\U0010ffff"  # after every path


def write_condition(scope: Scope) -> str:
    """True of the rows whose path the scope shows.

    All that lies below a folder stands together in the order of paths, so what is shown is a few
    stretches of that order: an index finds them quickly, and there is no pattern whose signs a
    folder's name could hold.
    """
    turns = list(_find_turns(scope))
    stretches = [
        _lie_between(start, end)
        for (start, shown), (end, _) in pairwise([*turns, (_END, False)])
        if shown and start != end
    ]
    return _join(stretches) or "false"


def _find_turns(scope: Scope) -> Iterator[tuple[str, bool]]:
    """The places in the order of paths from which on something else holds, and whether what
    follows is shown."""
    around = [scope.folders[0]]
    yield scope.folders[0]
    for folder in (*scope.folders[1:], (_END, False)):
        while around[1:] and not folder[0].startswith(around[-1][0]):
            left = around.pop()[0]
            yield left[:-1] + "0", around[-1][1]  # from `hr/` to what follows it: 0 is next to /
        if folder[0] != _END:
            around.append(folder)
            yield folder


def _lie_between(start: str, end: str) -> str:
    limits = [f"path >= {quoted([start])}"] if start else []
    limits += [f"path < {quoted([end])}"] if end != _END else []
    return f"({' AND '.join(limits) or 'true'})"


def _join(parts: list[str]) -> str:
    """In halves: a chain of a thousand would be parsed a thousand calls deep."""
    if len(parts) <= 1:
        return "".join(parts)
    middle = len(parts) // 2
    return f"({_join(parts[:middle])} OR {_join(parts[middle:])})"
