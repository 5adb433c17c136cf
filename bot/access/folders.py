"""Reads the rules of all folders, again and again, at the price of looking at each folder once."""

import os
import stat
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from unicodedata import normalize

from bot.access.rules import LARGEST, RULE_FILE, Rule, close, parse_rule

# A folder may change again within the tick of its file system's clock that it last changed in, and
# then shows the same time: what is younger is listed anew.
SETTLED_NS = 2_000_000_000


@dataclass(frozen=True, slots=True)
class _Listing:
    """Of a folder as it was at `changed_ns`: the folders in it, and what may be its rule file."""

    changed_ns: int
    folders: tuple[str, ...]
    rule_files: tuple[str, ...]


class Folders:
    """The folders below a root. Links are not followed, as for documents."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._listings: dict[Path, _Listing] = {}

    def read(self) -> dict[str, Rule]:
        """The rules that stand in the folders now, those that let nobody in because something is
        wrong among them. A root that is not there has none. Blocks; raises nothing."""
        rules: dict[str, Rule] = {}
        seen: set[str] = set()
        listings: dict[Path, _Listing] = {}
        waiting = [(self._root, "")]
        while waiting:
            place, folder = waiting.pop()
            names: tuple[str, ...] = ()
            try:
                listing = listings[place] = self._list(place)
                names, rule = listing.folders, _read_rule(place, listing.rule_files)
            except (FileNotFoundError, NotADirectoryError):
                continue
            except OSError as error:
                rule = close(f"The folder cannot be looked into: {error.strerror}.")
            if folder in seen and rule != rules.get(folder):
                rule = close("Two folders have this name in other characters and other rules.")
            if rule is not None:
                rules[folder] = rule
            seen.add(folder)
            waiting += _enter(place, folder, names)
        self._listings = listings
        return rules

    def _list(self, place: Path) -> _Listing:
        """Raises OSError."""
        status = place.stat(follow_symlinks=place == self._root)
        known = self._listings.get(place)
        if known and known.changed_ns == status.st_mtime_ns:
            return known
        with os.scandir(place) as entries:
            found = list(entries)
        settled = time.time_ns() - status.st_mtime_ns > SETTLED_NS
        return _Listing(
            status.st_mtime_ns if settled else -1,
            tuple(
                one.name
                for one in found
                if one.is_dir(follow_symlinks=False) and not one.name.startswith(".")
            ),
            tuple(sorted(one.name for one in found if RULE_FILE in one.name.casefold())),
        )


def _enter(place: Path, folder: str, names: Iterable[str]) -> Iterator[tuple[Path, str]]:
    for name in names:
        try:
            name.encode()
        except UnicodeEncodeError:
            continue  # its documents are not read either
        yield place / name, f"{folder}{normalize('NFC', name)}/"


def _read_rule(place: Path, names: tuple[str, ...]) -> Rule | None:
    """`names` are all that look like a rule file."""
    own = [name for name in names if name.casefold() == RULE_FILE]
    if not own:
        return close(f"`{names[0]}` should be named {RULE_FILE}.") if names else None
    if len(own) > 1:
        return close("There are two of them, in capitals and small letters.")
    try:
        return _open_rule(place / own[0])
    except OSError as error:
        return close(f"It cannot be opened: {error.strerror}.")


def _open_rule(path: Path) -> Rule:
    """Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return close("It is not an ordinary file.")
        if status.st_size > LARGEST:
            return close("It is too large.")
        return parse_rule(file.read(LARGEST))
