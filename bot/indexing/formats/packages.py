"""Office files are ZIP packages of XML parts: looks inside before a parser does."""

import io
import zipfile

from bot.indexing.formats.reasons import damaged, protected, too_complex, unpacks_too_far

MOST_UNPACKED_BYTES = 300 << 20
_MOST_PARTS = 20_000
_COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")


def check_package(data: bytes) -> None:
    """Raises DocumentError for a package that is encrypted or unpacks to too much."""
    if data.startswith(_COMPOUND_FILE):
        raise protected() if _ENCRYPTED_PACKAGE in data else damaged("an older format")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise damaged(str(error)) from None
    size = sum(part.file_size for part in parts)
    if size > MOST_UNPACKED_BYTES:
        raise unpacks_too_far(size >> 20)
    if len(parts) > _MOST_PARTS:
        raise too_complex(f"{len(parts)} parts")
    if any(part.flag_bits & 1 for part in parts):
        raise protected()
