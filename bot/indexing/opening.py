"""Opens a file of the knowledge folder; no link, device or swapped folder leads out of it."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from unicodedata import normalize

from bot.errors import DocumentError

# Without O_NONBLOCK, opening a FIFO waits for a writer that may never come.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY | os.O_CLOEXEC


@contextmanager
def open_document(root: Path, path: str) -> Iterator[BinaryIO]:
    """Opens `path`, relative to `root` and NFC-normalised, whatever form its name has on disk.

    Raises DocumentError for what is gone, not readable, or not a regular file inside `root`.
    """
    try:
        descriptor = _open_below(root, path)
    except OSError as error:
        raise _in_words(error) from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise DocumentError("This is not an ordinary file.", "Replace it by the file itself.")
    with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor has no Path
        yield file


def _open_below(root: Path, path: str) -> int:
    *folders, name = path.split("/")
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for step in folders:
            below = _open_step(folder, step, _FOLDER)
            os.close(folder)
            folder = below
        return _open_step(folder, name, _FILE)
    finally:
        os.close(folder)


def _open_step(folder: int, name: str, flags: int) -> int:
    if name in {"", ".", ".."}:
        raise OSError(errno.EINVAL, "not a plain name")
    for form in (name, normalize("NFD", name)):  # macOS writes names in NFD
        try:
            return os.open(form, flags, dir_fd=folder)
        except FileNotFoundError:
            if name.isascii():
                raise
    return os.open(_find_name(folder, name), flags, dir_fd=folder)


def _find_name(folder: int, name: str) -> str:
    """The name on disk that `name` is the NFC form of."""
    for entry in os.listdir(folder):
        if normalize("NFC", entry) == name:
            return entry
    raise FileNotFoundError(errno.ENOENT, "no such name", name)


def _in_words(error: OSError) -> DocumentError:
    match error.errno:
        case errno.ENOENT:
            return DocumentError("The file is no longer there.", "It was moved or deleted.")
        case errno.EACCES | errno.EPERM:
            return DocumentError(
                "The file cannot be read: permission denied.", "Allow Openbook's user to read it."
            )
        case errno.ELOOP | errno.ENOTDIR | errno.EMLINK | errno.ENXIO | errno.EINVAL:
            return DocumentError(
                "This is a link or not an ordinary file.", "Put the file itself in the folder."
            )
        case _:
            return DocumentError(
                f"The file cannot be read: {os.strerror(error.errno or 0)}.",
                "Check the disk and try again.",
            )
