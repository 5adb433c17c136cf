"""What LlamaIndex does with a folder of Markdown, for `tests.benchmarks.ingestion` to compare with.

Runs in an environment of its own, in which Openbook is not installed: `python FILE FOLDER
TOKENIZER`, where TOKENIZER is `tiktoken` (LlamaIndex's default; it carries the table) or `words`.
"""

import json
import sys
import time

from llama_index.core import SimpleDirectoryReader
from llama_index.core.node_parser import MarkdownNodeParser, SentenceSplitter


def main() -> None:
    folder, tokenizer = sys.argv[1:]
    splitter = SentenceSplitter(
        chunk_size=400, chunk_overlap=0, tokenizer=str.split if tokenizer == "words" else None
    )
    started, cpu = time.perf_counter(), time.process_time()
    reader = SimpleDirectoryReader(folder, recursive=True, required_exts=[".md"])
    sections = MarkdownNodeParser().get_nodes_from_documents(reader.load_data())
    chunks = splitter.get_nodes_from_documents(sections)
    figures = {
        "seconds": time.perf_counter() - started,
        "cpu": time.process_time() - cpu,
        "passages": len(chunks),
    }
    sys.stdout.write(json.dumps(figures))


if __name__ == "__main__":
    main()
