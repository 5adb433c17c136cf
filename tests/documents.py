"""Makes small documents with known facts, English and Chinese, in every format that is read."""

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.message import EmailMessage

import docx
import openpyxl
import pptx
from pptx.util import Inches
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas


@dataclass(frozen=True)
class Part:
    heading: str
    paragraphs: Sequence[str]
    table: Sequence[Sequence[str]] = ()


@dataclass(frozen=True)
class Story:
    """What a document says, whatever its format."""

    title: str
    parts: Sequence[Part]


ENGLISH = Story(
    "Handbook of the Blue Heron Shop",
    (
        Part("Returns", ("A parcel may be sent back within 34 days.", "Refunds take 5 days.")),
        Part(
            "Prices",
            ("All prices are in Swiss francs.",),
            (("Article", "Price"), ("Kettle KX-7", "89.50"), ("Lamp L & Sons", "120.00")),
        ),
    ),
)
CHINESE = Story(
    "蓝鹭商店手册",
    (
        Part("退货规则", ("收到货物后三十四天内可以退货。", "退款需要五个工作日。")),
        Part(
            "价格表",
            ("所有价格均以瑞士法郎计算。",),
            (("商品", "价格"), ("电热水壶七号", "89.50"), ("阅读台灯", "120.00")),
        ),
    ),
)


def make_markdown(story: Story) -> str:
    lines = [f"# {story.title}"]
    for part in story.parts:
        lines += [f"## {part.heading}", *part.paragraphs]
        if part.table:
            rows = ["| " + " | ".join(row) + " |" for row in part.table]
            lines.append("\n".join([rows[0], "|---|---|", *rows[1:]]))
    return "\n\n".join(lines) + "\n"


def make_html(story: Story, head: str = "") -> str:
    body = [f"<h1>{story.title}</h1>"]
    for part in story.parts:
        body.append(f"<h2>{part.heading}</h2>")
        body += [f"<p>{text}</p>" for text in part.paragraphs]
        body.append(make_html_table(part.table))
    return (
        '<!DOCTYPE html><html><head><meta charset="utf-8">'
        f"<title>{story.title}</title>{head}</head><body>{''.join(body)}</body></html>"
    )


def make_html_table(table: Sequence[Sequence[str]]) -> str:
    if not table:
        return ""
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in table
    )
    return f"<table>{rows}</table>"


def escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def make_docx(story: Story) -> bytes:
    document = docx.Document()
    document.add_heading(story.title, 1)
    for part in story.parts:
        document.add_heading(part.heading, 2)
        for text in part.paragraphs:
            document.add_paragraph(text)
        if part.table:
            table = document.add_table(0, len(part.table[0]))
            for row in part.table:
                for cell, text in zip(table.add_row().cells, row, strict=True):
                    cell.text = text
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def make_pptx(story: Story) -> bytes:
    """One slide a part."""
    presentation = pptx.Presentation()
    for part in story.parts:
        slide = presentation.slides.add_slide(presentation.slide_layouts[5])
        slide.shapes.title.text = part.heading
        box = slide.shapes.add_textbox(Inches(1), Inches(2), Inches(6), Inches(1))
        box.text_frame.text = "\n".join(part.paragraphs)
        if part.table:
            place = (Inches(1), Inches(4), Inches(6), Inches(2))
            frame = slide.shapes.add_table(len(part.table), len(part.table[0]), *place)
            for row, cells in zip(frame.table.rows, part.table, strict=True):
                for cell, text in zip(row.cells, cells, strict=True):
                    cell.text = text
    file = io.BytesIO()
    presentation.save(file)
    return file.getvalue()


def make_xlsx(story: Story) -> bytes:
    """One sheet a part."""
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for part in story.parts:
        sheet = workbook.create_sheet(part.heading)
        for row in part.table or [[text] for text in part.paragraphs]:
            sheet.append(list(row))
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def make_pdf(pages: Sequence[Sequence[str]], *, password: str = "") -> bytes:
    """Each page has its lines, as they are."""
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=A4, encrypt=password or None)
    for lines in pages:
        canvas.setFont("STSong-Light", 11)
        for number, line in enumerate(lines):
            canvas.drawString(60, 780 - 16 * number, line)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def make_pdf_of(story: Story) -> bytes:
    """One page a part, table cells side by side."""
    pages = []
    for part in story.parts:
        rows = ["    ".join(row) for row in part.table]
        pages.append([part.heading, "", *part.paragraphs, "", *rows])
    return make_pdf([[story.title], *pages])


def zip_up(members: Mapping[str, str | bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def make_epub(story: Story) -> bytes:
    chapters = {
        f"OEBPS/c{number}.xhtml": (
            '<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml">'
            f"<head><title>{part.heading}</title></head><body><h1>{part.heading}</h1>"
            + "".join(f"<p>{text}</p>" for text in part.paragraphs)
            + make_html_table(part.table)
            + "</body></html>"
        )
        for number, part in enumerate(story.parts)
    }
    numbers = range(len(chapters))
    items = "".join(
        f'<item id="c{n}" href="c{n}.xhtml" media-type="application/xhtml+xml"/>' for n in numbers
    )
    spine = "".join(f'<itemref idref="c{n}"/>' for n in numbers)
    return zip_up(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": '<?xml version="1.0"?><container version="1.0" '
            'xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile '
            'full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles>'
            "</container>",
            "OEBPS/book.opf": '<?xml version="1.0"?><package version="3.0" '
            'xmlns="http://www.idpf.org/2007/opf"><metadata '
            'xmlns:dc="http://purl.org/dc/elements/1.1/">'
            f"<dc:title>{story.title}</dc:title></metadata>"
            f"<manifest>{items}</manifest><spine>{spine}</spine></package>",
            **chapters,
        }
    )


def make_odt(story: Story) -> bytes:
    body = [f'<text:h text:outline-level="1">{story.title}</text:h>']
    for part in story.parts:
        body.append(f'<text:h text:outline-level="2">{part.heading}</text:h>')
        body += [f"<text:p>{text}</text:p>" for text in part.paragraphs]
        if part.table:
            body.append(
                "<table:table>" + "".join(map(_make_odt_row, part.table)) + "</table:table>"
            )
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "text", "table")
    )
    return zip_up(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": '<?xml version="1.0" encoding="UTF-8"?>'
            f"<office:document-content {spaces}>"
            f"<office:body><office:text>{''.join(body)}</office:text></office:body>"
            "</office:document-content>",
            "META-INF/manifest.xml": '<?xml version="1.0"?><manifest:manifest '
            'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        }
    )


def _make_odt_row(row: Sequence[str]) -> str:
    cells = "".join(
        f"<table:table-cell><text:p>{escape(cell)}</text:p></table:table-cell>" for cell in row
    )
    return f"<table:table-row>{cells}</table:table-row>"


def make_rtf(story: Story) -> bytes:
    lines = [story.title]
    for part in story.parts:
        lines += [part.heading, *part.paragraphs, *("\t".join(row) for row in part.table)]
    body = "".join(
        character if character.isascii() else f"\\u{ord(character)}?"
        for character in "\\par\n".join(line.replace("\t", "\\tab ") for line in lines)
    )
    return ("{\\rtf1\\ansi\\ansicpg1252\\deff0{\\fonttbl{\\f0 Arial;}}\\f0 " + body + "}").encode()


def make_eml(story: Story) -> bytes:
    message = EmailMessage()
    message["Subject"] = story.title
    message["From"] = "shop@example.org"
    message["To"] = "buyer@example.org"
    message["Date"] = "Mon, 02 Nov 2026 10:00:00 +0000"
    message.set_content("\n\n".join(text for part in story.parts for text in part.paragraphs))
    return message.as_bytes()


def make_ipynb(story: Story) -> bytes:
    cells: list[dict[str, object]] = [
        {"cell_type": "markdown", "metadata": {}, "source": [make_markdown(story)]},
        {
            "cell_type": "code",
            "metadata": {},
            "execution_count": 1,
            "source": ["days = 34\n", "print(days)"],
            "outputs": [{"output_type": "stream", "name": "stdout", "text": ["34\n"]}],
        },
    ]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


def make_rst(story: Story) -> str:
    lines = [story.title, "=" * 60, ""]
    for part in story.parts:
        lines += [part.heading, "-" * 60, ""]
        for text in part.paragraphs:
            lines += [text, ""]
        if part.table:
            lines += [".. list-table::", "   :header-rows: 1", ""]
            for row in part.table:
                lines += [f"   * - {row[0]}", *(f"     - {cell}" for cell in row[1:])]
            lines.append("")
    return "\n".join(lines)
