"""Lists the files of the knowledge folder that can be read, and names those that cannot."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from unicodedata import category, normalize

from bot.access.rules import RULE_FILE
from bot.errors import DocumentError, KnowledgeError
from bot.indexing.formats.endings import ENDINGS, READ_INSTEAD, find_ending
from bot.indexing.opening import open_document

LARGEST_FILE = 200 << 20
MOST_FILES = 1_000_000
DIGEST_BYTES = 20

_LITTER_NAMES = frozenset(
    {
        "thumbs.db",
        "ehthumbs.db",
        "desktop.ini",
        "icon\r",
        "__macosx",
        "$recycle.bin",
        "system volume information",
        "lost+found",
        "@eadir",
        "#recycle",
        "__pycache__",
        "node_modules",
    }
)
_LITTER_STARTS = (".", "~$", "~wrl")
_LITTER_ENDINGS = (
    "~",
    ".tmp",
    ".temp",
    ".part",
    ".partial",
    ".crdownload",
    ".download",
    ".filepart",
    ".swp",
    ".bak",
    ".lock",
)


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file that can be read. `path` is relative, with forward slashes, NFC-normalised."""

    path: str
    size: int
    modified_ns: int


@dataclass(frozen=True, slots=True)
class Scan:
    """`files` is sorted by path. `skipped` maps what a person would wonder about to the reason;
    the path of a folder that could not be opened ends with a slash."""

    files: tuple[FoundFile, ...]
    skipped: Mapping[str, str]


def scan(root: Path) -> Scan:
    """Walks the folder without following any link.

    Raises KnowledgeError if there is no such folder, it cannot be opened, or it holds more than
    MOST_FILES files.
    """
    walk = _Walk()
    try:
        walk.enter(os.fspath(root), "")
    except FileNotFoundError:
        raise KnowledgeError(
            f"There is no folder {root}.", "Create it, or set OPENBOOK_KNOWLEDGE to your folder."
        ) from None
    except NotADirectoryError:
        raise KnowledgeError(
            f"{root} is a file.", "Set OPENBOOK_KNOWLEDGE to the folder it is in."
        ) from None
    except OSError as error:
        raise KnowledgeError(
            f"The folder {root} cannot be opened: {error.strerror}.",
            "Allow Openbook's user to read it.",
        ) from None
    walk.enter_waiting()
    files = sorted(walk.files.values(), key=lambda found: found.path)
    return Scan(tuple(files), dict(sorted(walk.skipped.items())))


def digest_file(root: Path, path: str) -> str:
    """BLAKE2b of the file's bytes, 40 hexadecimal digits. Raises DocumentError."""
    digest = blake2b(digest_size=DIGEST_BYTES)
    with open_document(root, path) as file:
        try:
            while piece := file.read(1 << 20):
                digest.update(piece)
        except OSError as error:
            raise DocumentError(
                f"The file cannot be read: {error.strerror}.", "Check the disk and try again."
            ) from None
    return digest.hexdigest()


class _Walk:
    def __init__(self) -> None:
        self.files: dict[str, FoundFile] = {}
        self.skipped: dict[str, str] = {}
        self._waiting: list[tuple[str, str]] = []

    def enter_waiting(self) -> None:
        while self._waiting:
            folder, path = self._waiting.pop()
            try:
                self.enter(folder, path)
            except OSError as error:
                self.skipped[path] = f"The folder cannot be opened: {error.strerror}."

    def enter(self, folder: str, path: str) -> None:
        with os.scandir(folder) as entries:
            for entry in entries:
                if not is_litter(entry.name):
                    self._take(entry, path)

    def _take(self, entry: os.DirEntry[str], folder: str) -> None:
        name = entry.name
        if not name.isascii() or not name.isprintable():
            reason = _find_fault(name)
            if reason:
                self.skipped[folder + _printable(name)] = reason
                return
            name = normalize("NFC", name)
        path = folder + name
        if entry.is_symlink():
            self.skipped[path] = "This is a link. Put the file or folder itself here."
        elif entry.is_dir(follow_symlinks=False):
            self._waiting.append((entry.path, path + "/"))
        elif name.casefold() == RULE_FILE:
            pass  # whether it can be used, bot.access says
        elif not entry.is_file(follow_symlinks=False):
            self.skipped[path] = "This is not an ordinary file."
        else:
            self._take_file(entry, path)

    def _take_file(self, entry: os.DirEntry[str], path: str) -> None:
        ending = find_ending(path)
        if ending not in ENDINGS:
            self.skipped[path] = _explain_ending(ending)
            return
        try:
            status = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            return
        if status.st_size > LARGEST_FILE:
            self.skipped[path] = f"It is larger than {LARGEST_FILE >> 20} MB. Split it."
        elif path in self.files:
            self.skipped[path] = "Another file has the same name in other characters. Rename one."
        else:
            self.files[path] = FoundFile(path, status.st_size, status.st_mtime_ns)
            if len(self.files) > MOST_FILES:
                raise KnowledgeError(
                    f"The folder holds more than {MOST_FILES:,} files.",
                    "Check OPENBOOK_KNOWLEDGE: it should hold documents only.",
                )


def is_litter(name: str) -> bool:
    """Whether a file or folder of this name is left by a program and nobody's document."""
    lowered = name.lower()
    return (
        lowered.startswith(_LITTER_STARTS)
        or lowered.endswith(_LITTER_ENDINGS)
        or lowered in _LITTER_NAMES
    )


def _explain_ending(ending: str) -> str:
    if not ending:
        return "Its name has no ending."
    instead = READ_INSTEAD.get(ending)
    advice = f" Save it as {instead}." if instead else ""
    return f"Files ending in {ending} are not read.{advice}"


def _find_fault(name: str) -> str:
    try:
        name.encode()
    except UnicodeEncodeError:
        return "Its name is not valid UTF-8. Rename it."
    if any(category(character) == "Cc" for character in name):
        return "Its name holds control characters. Rename it."
    return ""


def _printable(name: str) -> str:
    text = os.fsencode(name).decode("utf-8", "replace")
    return "".join("\ufffd" if category(character) == "Cc" else character for character in text)
