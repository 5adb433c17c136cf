"""Which file endings are read, as which format. Light to import: the scan needs no parser."""

from collections.abc import Mapping
from pathlib import PurePosixPath
from types import MappingProxyType

ENDINGS: Mapping[str, str] = MappingProxyType(
    {
        ".md": "markdown",
        ".markdown": "markdown",
        ".mdown": "markdown",
        ".mkd": "markdown",
        ".mdx": "markdown",
        ".txt": "text",
        ".text": "text",
        ".log": "text",
        ".csv": "csv",
        ".tsv": "csv",
        ".json": "json",
        ".jsonl": "json",
        ".ndjson": "json",
        ".pdf": "pdf",
        ".html": "html",
        ".htm": "html",
        ".xhtml": "html",
        ".docx": "docx",
        ".docm": "docx",
        ".pptx": "pptx",
        ".pptm": "pptx",
        ".xlsx": "xlsx",
        ".xlsm": "xlsx",
        ".epub": "epub",
        ".eml": "eml",
        ".ipynb": "ipynb",
        ".rst": "rst",
        ".odt": "odt",
        ".rtf": "rtf",
    }
)

# What its own program can save a file as that is not read.
READ_INSTEAD: Mapping[str, str] = MappingProxyType(
    {
        ".doc": ".docx",
        ".dot": ".docx",
        ".pages": ".docx",
        ".wpd": ".docx",
        ".wps": ".docx",
        ".xls": ".xlsx",
        ".xlsb": ".xlsx",
        ".ods": ".xlsx",
        ".numbers": ".xlsx",
        ".ppt": ".pptx",
        ".odp": ".pptx",
        ".key": ".pptx",
        ".msg": ".eml",
    }
)


def find_ending(path: str) -> str:
    """The ending of a path in lower case with its dot, or ""."""
    return PurePosixPath(path).suffix.lower()
