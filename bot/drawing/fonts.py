"""Finds a font of this machine that has the characters of a picture."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path

from PIL import ImageFont

from bot.drawing.shapes import Drawing, Label

FOLDERS = (
    "~/.local/share/fonts",
    "~/.fonts",
    "~/Library/Fonts",
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "/System/Library/Fonts",
    "/Library/Fonts",
    "/mnt/c/Windows/Fonts",  # WSL
)
ENDINGS = (".ttf", ".ttc", ".otf", ".otc")
# Fonts of many scripts that are good to read, first those that have Chinese.
PREFERRED = (
    *("notosanscjk", "notosanssc", "sourcehansans", "pingfang", "hiragino", "msyh", "wqy"),
    *("droidsansfallback", "arialunicode", "notosans-regular", "dejavusans.", "arial.", "noto"),
)
MOST_FONTS = 60
MOST_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class Font:
    """`path` is "" for the font that Pillow carries, which has Latin letters alone. `missing` are
    characters that it cannot draw."""

    path: str
    missing: str = ""

    def sized(self, size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
        return _load(self.path, size)


@lru_cache(maxsize=16)
def _load(path: str, size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.truetype(path, size) if path else ImageFont.load_default(size)


def find_font(drawing: Drawing, folders: Iterable[str] = FOLDERS) -> Font:
    """The first font that has all characters of the labels, else the one that lacks the fewest."""
    labels = "".join(shape.text for shape in drawing.shapes if isinstance(shape, Label))
    wanted = sorted({one for one in labels if not one.isspace() and one.isprintable()})
    wanted = wanted[:: len(wanted) // MOST_CHARACTERS + 1]
    best = Font("", _find_missing(wanted, _load("", 32)))
    for path in islice(_list_fonts(folders), MOST_FONTS):
        if not best.missing:
            break
        try:
            missing = _find_missing(wanted, _load(path, 32))
        except (OSError, ValueError):  # no font after all, or a damaged one
            continue
        if len(missing) < len(best.missing):
            best = Font(path, missing)
    return best


def _list_fonts(folders: Iterable[str]) -> Iterator[str]:
    found = [
        path
        for folder in folders
        for path in sorted(Path(folder).expanduser().rglob("*"))
        if path.suffix.lower() in ENDINGS
    ]
    return iter(map(str, sorted(found, key=_rank)))


def _rank(path: Path) -> tuple[int, int]:
    name = path.name.lower().replace("-", "").replace("_", "").replace(" ", "")
    place = next((n for n, one in enumerate(PREFERRED) if one.replace("-", "") in name), 99)
    return place, len(name)  # the plain style has the shortest name


def _find_missing(
    characters: Collection[str], font: ImageFont.FreeTypeFont | ImageFont.ImageFont
) -> str:
    """A font draws one and the same box for all that it lacks, such as a character that no font
    has."""
    box = _draw("\U000fffff", font)
    return "".join(one for one in characters if _draw(one, font) == box)


def _draw(character: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> tuple[object, ...]:
    mask = font.getmask(character)
    return mask.size, bytes(mask)
