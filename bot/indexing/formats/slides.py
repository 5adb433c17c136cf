"""PowerPoint: a page is a slide, in the order of the presentation, with its speaker notes.

The library that reads the slides numbers them, and their notes, by the names of their parts; the
numbers that a reader sees are in the presentation's own list.
"""

import io
import posixpath
import re
import zipfile
from dataclasses import dataclass
from xml.etree import ElementTree

from bot.indexing.formats.extracting import extract
from bot.indexing.formats.normalising import clean, join_pages, normalise
from bot.indexing.formats.office import finish_office
from bot.indexing.formats.packages import check_package
from bot.indexing.formats.parsed import Parsed
from bot.indexing.formats.reasons import damaged

_PRESENTATION = "ppt/presentation.xml"
_SLIDE_PART = re.compile(r"ppt/slides/slide(\d+)\.xml")
_MAIN = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


@dataclass(frozen=True, slots=True)
class _Slide:
    part: str
    hidden: bool = False
    notes: str = ""


def parse(data: bytes, ending: str) -> Parsed:
    check_package(data)
    extracted = extract(data, ending)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            slides = _list_slides(archive)
            parts = [name for name in archive.namelist() if _SLIDE_PART.fullmatch(name)]
    except (KeyError, zipfile.BadZipFile, ElementTree.ParseError) as error:
        raise damaged(str(error)) from None
    parts.sort(key=lambda part: int(part.removeprefix("ppt/slides/slide").removesuffix(".xml")))
    slides = slides or [_Slide(part) for part in parts]
    texts = dict(zip(parts, (text for _, text in extracted.pages), strict=False))
    pages = [
        (number, "\n\n".join(filter(None, (finish_office(texts.get(slide.part, "")), slide.notes))))
        for number, slide in enumerate(slides, 1)
        if not slide.hidden
    ]
    text, starts = join_pages(pages)
    hidden = tuple(
        f"The hidden slide {number} was left out."
        for number, slide in enumerate(slides, 1)
        if slide.hidden
    )
    return Parsed(text, starts, warnings=extracted.warnings + hidden)


def _list_slides(archive: zipfile.ZipFile) -> list[_Slide]:
    targets = _read_relations(archive, _PRESENTATION)
    identities = [
        element.get(_RELATION, "")
        for element in _parse(archive, _PRESENTATION).iter(_MAIN + "sldId")
    ]
    return [_describe(archive, targets[identity]) for identity in identities]


def _describe(archive: zipfile.ZipFile, part: str) -> _Slide:
    relations = _read_relations(archive, part).values()
    notes = next((target for target in relations if "notesSlide" in target), "")
    return _Slide(
        part,
        hidden=_parse(archive, part).get("show") in {"0", "false"},
        notes=_read_notes(archive, notes) if notes else "",
    )


def _read_notes(archive: zipfile.ZipFile, part: str) -> str:
    """The text of the notes' body, which is not their only placeholder."""
    for shape in _parse(archive, part).iter(_MAIN + "sp"):
        placeholder = shape.find(f".//{_MAIN}ph")
        if placeholder is not None and placeholder.get("type") == "body":
            paragraphs = (
                "".join(run.text or "" for run in paragraph.iter(_DRAWING + "t"))
                for paragraph in shape.iter(_DRAWING + "p")
            )
            return normalise(clean("\n".join(paragraphs)))
    return ""


def _read_relations(archive: zipfile.ZipFile, part: str) -> dict[str, str]:
    """The parts that `part` refers to, by the name it gives them."""
    folder, name = posixpath.split(part)
    try:
        root = _parse(archive, f"{folder}/_rels/{name}.rels")
    except KeyError:
        return {}
    return {
        element.get("Id", ""): posixpath.normpath(
            posixpath.join(folder, element.get("Target", ""))
        ).lstrip("/")
        for element in root
        if element.get("TargetMode") != "External"
    }


def _parse(archive: zipfile.ZipFile, part: str) -> ElementTree.Element:
    # The parser knows no outside entities, and memory and time are limited in this process.
    return ElementTree.fromstring(archive.read(part))  # noqa: S314
