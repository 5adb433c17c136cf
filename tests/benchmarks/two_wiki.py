"""Makes a question set of 2WikiMultiHopQA, 101 questions over 6,119 documents, for `quality`.

    python -m tests.benchmarks.two_wiki --hipporag FOLDER --fast-graphrag FOLDER SET

The documents are those of OSU-NLP-Group/HippoRAG, the questions and the titles of the documents
that hold their evidence those of circlemind-ai/fast-graphrag; both folders are checkouts. The
latter publishes what share of the questions had all of their evidence among eight passages, which
is `all@8` of `quality`: plain vectors 0.42, LightRAG 0.45, GraphRAG 0.73, fast-graphrag 0.93, the
last three with a language model that reads every document beforehand.
"""

import argparse
import json
import re
from pathlib import Path

DOCUMENTS = "reproduce/dataset/2wikimultihopqa_corpus.json"
QUESTIONS = "benchmarks/results/vdb/2wikimultihopqa_101.json"


def write_documents(corpus: Path, folder: Path) -> dict[str, str]:
    """The file name of each title."""
    folder.mkdir(parents=True, exist_ok=True)
    names = {}
    for number, document in enumerate(json.loads(corpus.read_text())):
        title = document["title"]
        stem = re.sub(r"\W+", "-", title).strip("-")[:60]
        names[title] = f"{number:04d}-{stem}.md"
        (folder / names[title]).write_text(f"# {title}\n\n{document['text']}\n")
    return names


def write_questions(asked: Path, names: dict[str, str], file: Path) -> None:
    lines = [
        {
            "question": one["question"],
            "answerable": True,
            "expect": [{"path": names[title], "text": ""} for title in one["ground_truth"]],
        }
        for one in json.loads(asked.read_text())
    ]
    file.write_text("".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--hipporag", required=True, type=Path)
    parser.add_argument("--fast-graphrag", required=True, type=Path)
    parser.add_argument("set", type=Path)
    chosen = parser.parse_args()
    names = write_documents(chosen.hipporag / DOCUMENTS, chosen.set / "docs")
    write_questions(chosen.fast_graphrag / QUESTIONS, names, chosen.set / "questions.jsonl")
    print(f"{len(names):,} documents in {chosen.set}")


if __name__ == "__main__":
    main()
