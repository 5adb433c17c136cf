"""What somebody may see of the documents."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """Folders, by path, each with whether it may be seen and all that lies below it, up to the next
    folder named here. Paths end with a slash; "" is the whole. Equal rights are equal values: the
    folders are sorted and none is named that is as the one it lies in (`make_scope`)."""

    folders: tuple[tuple[str, bool], ...]

    @property
    def is_everything(self) -> bool:
        return self.folders == EVERYTHING.folders

    def shows(self, path: str) -> bool:
        """Whether the document or folder of this path may be seen."""
        return self.folders[self._find(path)][1]

    def find_folder(self, path: str) -> str:
        """The nearest folder named here that a path lies in."""
        return self.folders[self._find(path)][0]

    def covers(self, other: "Scope") -> bool:
        """Whether all that `other` shows may be seen."""
        named = {folder for folder, _ in (*self.folders, *other.folders)}
        return all(self.shows(folder) for folder in named if other.shows(folder))

    def _find(self, path: str) -> int:
        """In sorted order, the last that a path begins with is the longest."""
        numbers = range(len(self.folders) - 1, 0, -1)
        return next((at for at in numbers if path.startswith(self.folders[at][0])), 0)


def make_scope(folders: Mapping[str, bool]) -> Scope:
    """By what is said of each folder; where nothing is said of the whole, it may be seen."""
    scope = Scope((("", folders.get("", True)),))
    for folder in sorted(folders):
        if scope.shows(folder) != folders[folder]:
            scope = Scope((*scope.folders, (folder, folders[folder])))
    return scope


EVERYTHING = Scope((("", True),))
NOTHING = Scope((("", False),))
