"""Makes the handbook's PDF and spreadsheet: `python -m tests.handbook_files`.

The spreadsheet shows bot/models/prices.toml; the test of the handbook compares both files with
what stands here.
"""

import tomllib
from collections.abc import Sequence
from pathlib import Path

from openpyxl import Workbook
from reportlab.lib.pagesizes import A5
from reportlab.lib.utils import simpleSplit
from reportlab.pdfgen.canvas import Canvas

ROOT = Path(__file__).parent.parent
PDF = ROOT / "knowledge/en/openbook-at-a-glance.pdf"
SPREADSHEET = ROOT / "knowledge/model-prices.xlsx"

Row = Sequence[str | float]

TITLE = "Openbook at a glance"
PAGES = (
    (
        "For people who ask",
        "How do I ask a good question? Ask a whole question about one thing and use the words that"
        " your documents use. Name what you mean: a product, a place, a year. A follow-up may be"
        " short, because Openbook remembers the conversation.",
        "How do I check an answer? Read the quoted sentence below the answer. It stands in the"
        " file word for word, under the heading and on the page that are named with it.",
        "What if there is no answer? Openbook tells you which documents come closest. Tell the"
        " keeper of the folder what is missing: a page that answers your question helps everybody"
        " who asks after you.",
    ),
    (
        "For people who keep the folder",
        "How do I write documents that are found easily? Give every file a title and give every"
        " section a heading that says what it is about. Write sentences that can be understood"
        " alone. Say the name of a thing instead of 'it' and give dates with their year.",
        "How do I organise the folder? Keep one subject in one file and sort files into"
        " sub-folders with plain names. Delete what is out of date, because a document that is in"
        " the folder is believed.",
        "Which documents give trouble? Scanned pages without text, files with a password, and"
        " pictures of tables cannot be searched. Give every table a header row.",
        "What is a good routine? Run openbook index after each change, look at the files that"
        " could not be read, and keep a file of real questions to measure by openbook eval.",
    ),
    (
        "For people who run it",
        "What should a backup hold? Back up the folder of documents and the file .env. The index"
        " can be built again from the documents at any time.",
        "What should I check before others use it? Run openbook doctor until every line says ok,"
        " ask ten real questions, and ask three that the documents cannot answer: those should be"
        " refused.",
        "How do I move Openbook to another machine? Copy the documents and the file .env, install"
        " Openbook there and run openbook index. To save the cost of embedding again, copy the"
        " folder of the index too.",
    ),
)

CHAT_HEADER = (
    "chat model 语言模型",
    "input price 输入价格",
    "cached input price 缓存输入价格",
    "output price 输出价格",
    "context window 上下文窗口",
)
EMBEDDING_HEADER = ("embedding model 向量模型", "input price 输入价格", "dimensions 维数")


def read_prices() -> dict[str, list[Row]]:
    """The rows of each sheet, the header first; prices are dollars per million tokens."""
    prices = tomllib.loads((ROOT / "bot/models/prices.toml").read_text(encoding="utf-8"))
    chat = [
        (name, entry["input"], entry["cached"], entry["output"], entry["window"])
        for name, entry in prices["chat"].items()
    ]
    embedding = [
        (name, entry["input"], entry["dimensions"]) for name, entry in prices["embedding"].items()
    ]
    return {
        "Chat model prices": [CHAT_HEADER, *chat],
        "Embedding model prices": [EMBEDDING_HEADER, *embedding],
    }


def write_spreadsheet(path: Path) -> None:
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in read_prices().items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
        for column in "ABCDE":
            sheet.column_dimensions[column].width = 28
    book.save(path)


def write_pdf(path: Path) -> None:
    canvas = Canvas(str(path), pagesize=A5, invariant=1)  # the same bytes every time
    canvas.setTitle(TITLE)
    for number, (heading, *paragraphs) in enumerate(PAGES, start=1):
        _write_page(canvas, number, heading, paragraphs)
    canvas.save()


def _write_page(canvas: Canvas, number: int, heading: str, paragraphs: Sequence[str]) -> None:
    width, height = A5
    text = canvas.beginText(45, height - 60)
    text.setFont("Helvetica", 9)
    text.textLine(f"{TITLE}, page {number}")
    text.setFont("Helvetica-Bold", 14)
    text.setLeading(26)
    text.textLine(heading)
    text.setFont("Helvetica", 10)
    for paragraph in paragraphs:
        text.setLeading(15)
        for line in simpleSplit(paragraph, "Helvetica", 10, width - 90):
            text.textLine(line)
        text.textLine()
    canvas.drawText(text)
    canvas.showPage()


if __name__ == "__main__":
    write_pdf(PDF)
    write_spreadsheet(SPREADSHEET)
