"""Why a document cannot be read, in the words that its owner gets."""

from bot.errors import DocumentError

_LONGEST_DETAIL = 160


def empty() -> DocumentError:
    return DocumentError("The file is empty.", "Write something in it, or delete it.")


def no_text() -> DocumentError:
    return DocumentError("No text was found in it.", "Check what it holds, or delete it.")


def not_text() -> DocumentError:
    return DocumentError(
        "This is not text, though its name says so.", "Save it as text in UTF-8, or delete it."
    )


def protected() -> DocumentError:
    return DocumentError("It is protected by a password.", "Save it without one.")


def scanned(pages: int) -> DocumentError:
    where = "its page, which looks" if pages == 1 else f"its {pages} pages, which look"
    return DocumentError(
        f"No text was found on {where} scanned.", "Run text recognition (OCR) on it first."
    )


def unpacks_too_far(megabytes: int) -> DocumentError:
    return DocumentError(
        f"It unpacks to {megabytes:,} MB, which is too much.", "Split it into smaller files."
    )


def too_long(characters: int) -> DocumentError:
    return DocumentError(f"It holds more than {characters:,} characters of text.", "Split it.")


def too_complex(detail: str = "") -> DocumentError:
    return DocumentError(
        _with_detail("It is too large or too deeply nested", detail),
        "Split it, or save it in a simpler form.",
    )


def damaged(detail: str = "") -> DocumentError:
    return DocumentError(
        _with_detail("The file is damaged or not what its name says", detail),
        "Open it in the program that made it and save it anew.",
    )


def _with_detail(problem: str, detail: str) -> str:
    detail = " ".join(detail.split())
    if len(detail) > _LONGEST_DETAIL:
        detail = detail[: _LONGEST_DETAIL - 1] + "…"
    return f"{problem} ({detail.rstrip('.')})." if detail else f"{problem}."
