"""Makes question sets of published data, as `quality` and `gate` take them.

    python -m tests.benchmarks.sets xquad CHECKOUT FOLDER [--languages de ru ar]
    python -m tests.benchmarks.sets two-wiki HIPPORAG FAST-GRAPHRAG FOLDER

`xquad`, from a checkout of google-deepmind/xquad: 1,190 questions whose answers stand in 48
articles, the same in each language, as `FOLDER/xquad-de`; and `FOLDER/refusal-de`, with every
second article left out, so that about half of the questions have no answer.

`two-wiki`, 101 questions of 2WikiMultiHopQA over 6,119 documents: the documents from a checkout of
OSU-NLP-Group/HippoRAG, the questions and the titles that hold their evidence from one of
circlemind-ai/fast-graphrag. The latter publishes for how many of them all evidence was among eight
passages, which is `all@8` of `quality`: plain vectors 0.42, LightRAG 0.45, GraphRAG 0.73,
fast-graphrag 0.93, the last three with a language model that reads every document beforehand.
"""

import argparse
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

WIKI_DOCUMENTS = "reproduce/dataset/2wikimultihopqa_corpus.json"
WIKI_QUESTIONS = "benchmarks/results/vdb/2wikimultihopqa_101.json"


def write_documents(documents: Iterable[tuple[str, str]], folder: Path) -> list[str]:
    """Of titles and texts; the names of their files."""
    folder.mkdir(parents=True, exist_ok=True)
    names = []
    for number, (title, text) in enumerate(documents):
        stem = re.sub(r"\W+", "-", title).strip("-")[:60]
        names.append(f"{number:04d}-{stem}.md")
        (folder / names[-1]).write_text(f"# {title}\n\n{text}\n")
    return names


def write_questions(questions: Iterable[dict[str, Any]], folder: Path) -> None:
    lines = [f"{json.dumps(line, ensure_ascii=False)}\n" for line in questions]
    (folder / "questions.jsonl").write_text("".join(lines))


def make_xquad(checkout: Path, folder: Path, languages: list[str]) -> None:
    for language in languages:
        articles = json.loads((checkout / f"xquad.{language}.json").read_text())["data"]
        for kind, step in (("xquad", 1), ("refusal", 2)):
            made = folder / f"{kind}-{language}"
            kept = articles[::step]
            texts = [
                (article["title"].replace("_", " "), _join_paragraphs(article)) for article in kept
            ]
            names = write_documents(texts, made / "docs")
            written = dict(zip((article["title"] for article in kept), names, strict=True))
            write_questions(_ask_of(articles, written), made)
            print(f"{made}: {len(names)} documents")


def _join_paragraphs(article: dict[str, Any]) -> str:
    return "\n\n".join(paragraph["context"] for paragraph in article["paragraphs"])


def _ask_of(articles: list[dict[str, Any]], written: dict[str, str]) -> Iterable[dict[str, Any]]:
    for article in articles:
        name = written.get(article["title"])
        for paragraph in article["paragraphs"]:
            for asked in paragraph["qas"]:
                answer = asked["answers"][0]["text"]
                yield {
                    "question": asked["question"],
                    "answerable": name is not None,
                    "expect": [{"path": name, "text": answer}] if name else [],
                }


def make_two_wiki(hipporag: Path, fast_graphrag: Path, folder: Path) -> None:
    corpus = json.loads((hipporag / WIKI_DOCUMENTS).read_text())
    titles = [document["title"] for document in corpus]
    names = write_documents(((one["title"], one["text"]) for one in corpus), folder / "docs")
    written = dict(zip(titles, names, strict=True))
    asked = json.loads((fast_graphrag / WIKI_QUESTIONS).read_text())
    write_questions(
        (
            {
                "question": one["question"],
                "answerable": True,
                "expect": [{"path": written[title], "text": ""} for title in one["ground_truth"]],
            }
            for one in asked
        ),
        folder,
    )
    print(f"{folder}: {len(names):,} documents, {len(asked)} questions")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    kinds = parser.add_subparsers(dest="kind", required=True)
    xquad = kinds.add_parser("xquad")
    xquad.add_argument("checkout", type=Path)
    xquad.add_argument("folder", type=Path)
    xquad.add_argument("--languages", nargs="+", default=["de", "ru", "ar"])
    two_wiki = kinds.add_parser("two-wiki")
    two_wiki.add_argument("hipporag", type=Path)
    two_wiki.add_argument("fast_graphrag", type=Path)
    two_wiki.add_argument("folder", type=Path)
    chosen = parser.parse_args()
    if chosen.kind == "xquad":
        make_xquad(chosen.checkout, chosen.folder, chosen.languages)
    else:
        make_two_wiki(chosen.hipporag, chosen.fast_graphrag, chosen.folder)


if __name__ == "__main__":
    main()
