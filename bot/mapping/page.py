"""The map as one HTML page that needs nothing else: it loads nothing and sends nothing.

Documents are data: their text reaches the page as JSON, in which no `<` is left to end it, and is
shown as text alone. Should that ever fail, the page's policy still runs no script but its own.
"""

import base64
import hashlib
import html
import json
import re
from importlib.resources import files as open_package
from typing import Any

from bot.mapping.legend import choose_named, list_files, make_title, name_point
from bot.mapping.surveying import KnowledgeMap, Point

LONGEST = 400  # characters of a passage


def make_page(shown: KnowledgeMap) -> bytes:
    template = (open_package("bot.mapping") / "page.html").read_text(encoding="utf-8")
    values = {
        "policy": _make_policy(template),
        "title": html.escape(make_title(shown)),
        "data": _dump(_shape(shown)),
    }
    return re.sub(r"\$(policy|title|data)\b", lambda name: values[name[1]], template).encode()


def _make_policy(template: str) -> str:
    """Scripts and styles of these very words, and nothing from anywhere."""
    hashes = {
        name: base64.b64encode(hashlib.sha256(words.encode()).digest()).decode()
        for name, words in re.findall(r"<(script|style)>(.*?)</\1>", template, re.S)
    }
    return (
        f"default-src 'none'; script-src 'sha256-{hashes['script']}';"
        f" style-src 'sha256-{hashes['style']}'; base-uri 'none'; form-action 'none'"
    )


def _dump(value: object) -> str:
    """JSON in ASCII that may stand between the tags of a script."""
    return json.dumps(value).replace("<", "\\u003c")


def _shape(shown: KnowledgeMap) -> dict[str, Any]:
    files = list_files(shown)
    numbers = {path: number for number, path in enumerate(files)}
    asked = shown.asked
    return {
        "title": make_title(shown),
        "files": [
            {"path": file.path, "colour": file.colour, "passages": file.passages}
            for file in files.values()
        ],
        "points": [
            _shape_point(point, numbers[point.passage.source.path]) for point in shown.points
        ],
        "named": choose_named(shown),
        "asked": asked
        and {
            "x": round(asked.x, 4),
            "y": round(asked.y, 4),
            "text": asked.text,
            "neighbours": asked.neighbours,
        },
    }


def _shape_point(point: Point, file: int) -> dict[str, Any]:
    source = point.passage.source
    return {
        "x": round(point.x, 4),
        "y": round(point.y, 4),
        "file": file,
        "name": name_point(point),
        "place": source.path + (f", page {source.page}" if source.page else ""),
        "heading": source.heading or source.name,
        "text": point.passage.text[:LONGEST],
        "similarity": point.similarity,
    }
