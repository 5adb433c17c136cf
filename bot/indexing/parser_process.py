"""The program of a parser process: reads paths on standard input, answers each with what it read.

It starts fast, holds no secret, may use little memory, and ends with its parent.
"""

import json
import logging
import os
import resource
import signal
import sys
import warnings
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

from bot.errors import DocumentError, DocumentUnsettled
from bot.indexing import wire
from bot.indexing.formats.endings import ENDINGS, find_ending
from bot.indexing.formats.parsing import parse
from bot.indexing.formats.reasons import damaged, too_complex
from bot.indexing.opening import open_document
from bot.indexing.referring import refer
from bot.indexing.scanning import DIGEST_BYTES, LARGEST_FILE
from bot.indexing.splitting import find_sections, find_title, split
from bot.nouns import Document

_LARGEST_OUTPUT = 64 << 20
_PR_SET_PDEATHSIG = 1


def main() -> None:
    root, memory_bytes, seconds, parent = Path(sys.argv[1]), *map(int, sys.argv[2:5])
    answers = os.dup(1)
    os.dup2(2, 1)  # what a parser prints must not stand among the answers
    _die_with(parent)
    _limit(memory_bytes)
    warnings.simplefilter("ignore")
    logging.disable()
    _write(answers, wire.READY)
    while line := sys.stdin.buffer.readline():
        path, again = json.loads(line)
        # Ends a parser that hangs even where the parent is gone and cannot.
        signal.alarm(seconds)
        message = _answer(root, path, again=again)
        signal.alarm(0)
        _write(answers, len(message).to_bytes(wire.HEADER_BYTES, "big") + message)


def read_document(root: Path, path: str, *, again: bool = False) -> wire.ReadFile:
    """Reads, parses and splits one file. Raises DocumentError."""
    data = _read(root, path)
    parsed = parse(path, data, again=again)
    document = Document(
        path=path,
        format=ENDINGS[find_ending(path)],
        digest=blake2b(data, digest_size=DIGEST_BYTES).hexdigest(),
        title=parsed.title or find_title(parsed.text),
        text=parsed.text,
        sections=find_sections(parsed.text, parsed.page_starts),
        warnings=parsed.warnings,
    )
    return document, refer(split(document), path, parsed.references)


def _answer(root: Path, path: str, *, again: bool) -> bytes:
    try:
        return wire.encode(*read_document(root, path, again=again))
    except DocumentError as error:
        return wire.encode_error(error)
    except MemoryError:
        os._exit(wire.OUT_OF_MEMORY)
    except RecursionError:
        return wire.encode_error(too_complex())
    # A parser meets hostile bytes: whatever it raises concerns this file alone.
    except Exception as error:  # noqa: BLE001
        return wire.encode_error(damaged(f"{type(error).__name__}: {error}"))


def _read(root: Path, path: str) -> bytes:
    with open_document(root, path) as file:
        before = os.fstat(file.fileno())
        if before.st_size > LARGEST_FILE:
            raise DocumentError(f"It is larger than {LARGEST_FILE >> 20} MB.", "Split it.")
        try:
            data = file.read(LARGEST_FILE + 1)
        except OSError as error:
            raise DocumentUnsettled(
                f"The file cannot be read: {error.strerror}.", "Check the disk and try again."
            ) from None
        after = os.fstat(file.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or (
        len(data) != after.st_size
    ):
        raise DocumentUnsettled(
            "The file changed while it was read.", "It is read again by the next index run."
        )
    return data


def _die_with(parent: int) -> None:
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)


def _limit(memory_bytes: int) -> None:
    limits = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: _LARGEST_OUTPUT,
        resource.RLIMIT_AS: memory_bytes,
    }
    for kind, limit in limits.items():
        # macOS refuses a limit on address space; the time limit remains.
        with suppress(ValueError, OSError):
            resource.setrlimit(kind, (limit, limit))


def _write(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


if __name__ == "__main__":
    try:
        main()
    finally:
        os._exit(0)  # the teardown of some native parsers crashes
