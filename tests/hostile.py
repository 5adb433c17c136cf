"""Makes documents that are meant to hang, blow up or trick whatever reads them."""

import io
import random
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable

import openpyxl

from tests import documents

LAUGHS = (
    '<!DOCTYPE lolz [<!ENTITY a0 "ha">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    + "]>"
)
THEFT = '<!DOCTYPE x [<!ENTITY stolen SYSTEM "file://{path}">]>'


def make_zip_bomb(package: bytes, part: str, megabytes: int) -> bytes:
    """The package with `part` grown by that many megabytes of blanks, which compress to little."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(package)) as source,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target,
    ):
        for name in source.namelist():
            with target.open(name, "w", force_zip64=True) as output:
                output.write(source.read(name))
                if name == part:
                    for _ in range(megabytes):
                        output.write(b" " * (1 << 20))
    return file.getvalue()


def lie_about_sizes(package: bytes, part: str) -> bytes:
    """The package whose directory says that `part` unpacks to 100 bytes."""
    with zipfile.ZipFile(io.BytesIO(package)) as source:
        size = source.getinfo(part).file_size.to_bytes(4, "little")
    return package.replace(size, (100).to_bytes(4, "little"))


def replace_part(package: bytes, part: str, change: Callable[[str], str]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(package)) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    parts[part] = change(parts[part].decode()).encode()
    return documents.zip_up(parts)


def declare(doctype: str, reference: str, text: str) -> Callable[[str], str]:
    """Puts a document type into XML, and a reference to its entity in the place of `text`."""

    def change(xml: str) -> str:
        end = xml.index("?>") + 2 if xml.startswith("<?xml") else 0
        return xml[:end] + doctype + xml[end:].replace(text, f"{text} {reference}")

    return change


def make_pdf_objects(objects: Iterable[bytes]) -> bytes:
    """A PDF of these objects, numbered from 1; the first is its catalog."""
    parts, offsets = [b"%PDF-1.7\n"], []
    for number, content in enumerate(objects, 1):
        offsets.append(sum(map(len, parts)))
        parts.append(b"%d 0 obj\n%s\nendobj\n" % (number, content))
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    start = sum(map(len, parts))
    size = len(offsets) + 1
    parts.append(b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table))
    parts.append(b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (size, start))
    return b"".join(parts)


def _stream(content: bytes, extra: bytes = b"") -> bytes:
    packed = zlib.compress(content, 9)
    return b"<< /Length %d /Filter /FlateDecode %s >>\nstream\n%s\nendstream" % (
        len(packed),
        extra,
        packed,
    )


def _page(resources: bytes) -> list[bytes]:
    box = b"/MediaBox [0 0 600 800]"
    return [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R %s /Contents 4 0 R /Resources << %s >> >>"
        % (box, resources),
    ]


def make_pdf_flate_bomb(megabytes: int) -> bytes:
    """A page whose content unpacks to that many megabytes of drawing operators."""
    packer = zlib.compressobj(9)
    line = b"BT /F1 9 Tf 9 9 Td (ha) Tj ET\n" * 35000
    packed = b"".join(packer.compress(line) for _ in range(megabytes)) + packer.flush()
    twice = zlib.compress(packed, 9)
    content = b"<< /Length %d /Filter [/FlateDecode /FlateDecode] >>\nstream\n%s\nendstream" % (
        len(twice),
        twice,
    )
    font = b"/Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >>"
    return make_pdf_objects([*_page(font), content])


def make_pdf_laughs(levels: int = 12) -> bytes:
    """A page that draws ten forms, each of which draws ten forms, and so on."""
    objects = [*_page(b"/XObject << /X 5 0 R >>"), _stream(b"/X Do " * 10)]
    for number in range(5, 5 + levels):
        inner = b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << %s >>"
        if number < 4 + levels:
            below = b"/XObject << /X %d 0 R >>" % (number + 1)
            objects.append(_stream(b"/X Do " * 10, inner % below))
        else:
            font = b"/Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >>"
            objects.append(_stream(b"BT /F1 9 Tf (ha) Tj ET ", inner % font))
    return make_pdf_objects(objects)


def make_endless_pdf() -> bytes:
    """A page tree that contains itself."""
    return make_pdf_objects(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 1000000 >>",
        ]
    )


def make_deep_html(depth: int) -> str:
    return "<div>" * depth + "deep" + "</div>" * depth


def make_deep_json(depth: int) -> str:
    return '{"a":' * depth + "1" + "}" * depth


def make_wide_sheet(rows: int, columns: int) -> bytes:
    cells = "".join(
        "<row>"
        + "".join(f"<c><v>{row * columns + column}</v></c>" for column in range(columns))
        + "</row>"
        for row in range(rows)
    )
    story = documents.Story("", [documents.Part("Wide", ["text"])])
    return replace_part(
        documents.make_xlsx(story),
        "xl/worksheets/sheet1.xml",
        lambda xml: re.sub("<sheetData>.*</sheetData>", f"<sheetData>{cells}</sheetData>", xml),
    )


def make_sparse_sheet() -> bytes:
    """Two cells, in opposite corners of the largest sheet there can be."""
    file = io.BytesIO()
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet["A1"] = "first corner"
    sheet["XFD1048576"] = "last corner"
    workbook.save(file)
    return file.getvalue()


def mutate(data: bytes, chance: random.Random) -> bytes:
    """`data` with a few bytes changed, dropped, repeated or put in."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 3, 10, 100))):
        place = chance.randrange(max(1, len(changed)))
        match chance.randrange(4):
            case 0:
                changed[place : place + 1] = bytes([chance.randrange(256)])
            case 1:
                del changed[place : place + chance.randrange(1, 64)]
            case 2:
                changed[place:place] = changed[place : place + chance.randrange(1, 64)]
            case _:
                changed[place:place] = chance.choice(
                    (b"\xff\xff\xff\xff", bytes(8), b"9999999999", b"<", b"\xe5\x91")
                )
    return bytes(changed)
