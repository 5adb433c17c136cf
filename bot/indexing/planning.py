"""Compares the folder with the index and decides what an index run has to do."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.store.schema import DocumentRow

# A run that deletes more than this share of the passages is more often an empty mount than a wish.
DELETION_SHARE = 1 / 3


@dataclass(frozen=True, slots=True)
class Plan:
    """Paths by what is to be done. `moved` pairs old and new path of the same content; the new
    path is in `added` too, the old one in `removed`. `known_failures` are files that could not be
    read in an earlier run and have not changed since."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    moved: tuple[tuple[str, str], ...]
    unchanged: tuple[str, ...]
    known_failures: tuple[str, ...]

    @property
    def to_read(self) -> tuple[str, ...]:
        return tuple(sorted(self.added + self.changed))


def make_plan(digests: Mapping[str, str], documents: Mapping[str, DocumentRow]) -> Plan:
    """`digests` maps the path of every file that is there to the digest of its content, or to ""
    if it cannot be opened."""
    added, changed, unchanged, known_failures = [], [], [], []
    for path, digest in digests.items():
        document = documents.get(path)
        if document is not None and digest and digest == document.failed_digest:
            known_failures.append(path)
        elif document is None or not document.digest:
            added.append(path)
        elif digest == document.digest and not document.failure:
            unchanged.append(path)
        else:
            changed.append(path)
    removed = [path for path in documents if path not in digests]
    return Plan(
        added=tuple(added),
        changed=tuple(changed),
        removed=tuple(removed),
        moved=_match_moves(added, removed, digests, documents),
        unchanged=tuple(unchanged),
        known_failures=tuple(known_failures),
    )


def count_deletions(plan: Plan, documents: Mapping[str, DocumentRow]) -> int:
    """Passages that would be gone: those of removed files whose content is nowhere else."""
    moved = {old for old, _ in plan.moved}
    return sum(documents[path].passages for path in plan.removed if path not in moved)


def _match_moves(
    added: list[str],
    removed: list[str],
    digests: Mapping[str, str],
    documents: Mapping[str, DocumentRow],
) -> tuple[tuple[str, str], ...]:
    new_places: dict[str, list[str]] = {}
    for path in added:
        new_places.setdefault(digests[path], []).append(path)
    moves = []
    for old in removed:
        digest = documents[old].digest
        places = new_places.get(digest)
        if digest and places:  # files that cannot be read are not known to be the same
            moves.append((old, places.pop(0)))
    return tuple(moves)
