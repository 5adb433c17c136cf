"""Index runs on a folder that is indexed already: nothing changed, and one file changed.

    python -m tests.benchmarks.rerun [--files 10000]

Every run is a process of its own, `openbook index --json`, timed from outside; the folder is made
up and indexed first, which is not part of the figures but shown.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bot.evaluation import percentile
from tests.benchmarks.figures import print_table
from tests.benchmarks.synthetic import SyntheticText


def write_folder(root: Path, files: int) -> None:
    text = SyntheticText(3)
    for number in range(files):
        path = root / f"{number // 100:03}" / f"{number:05}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        first, second = text.passage(4 * number + 1), text.passage(4 * number)
        path.write_text(f"# File {number}\n\n{first}\n\n## 说明\n\n{second}\n", encoding="utf-8")


def run_index(environment: dict[str, str]) -> tuple[float, dict[str, object]]:
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "bot", "index", "--json"],
        env=environment,
        capture_output=True,
        check=True,
    )
    return time.perf_counter() - started, json.loads(done.stdout)


def measure(files: int, runs: int, embedder: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "knowledge"
        write_folder(root, files)
        environment = os.environ | {
            "OPENBOOK_KNOWLEDGE": str(root),
            "OPENBOOK_INDEX": str(Path(folder) / "index"),
            "OPENBOOK_EMBEDDER": embedder,
        }
        seconds, report = run_index(environment)
        rows = [("first run", f"{seconds:.1f}", report["embedded"], report["passages"])]
        unchanged = [run_index(environment) for _ in range(runs)]
        rows.append(_row("nothing changed", unchanged))
        changed = []
        for number in range(runs):
            path = root / "000" / f"{number:05}.md"
            path.write_text(path.read_text("utf-8") + "\n## New\n\nOne more.\n", "utf-8")
            changed.append(run_index(environment))
        rows.append(_row("one file changed", changed))
        print_table(
            f"{files:,} Markdown files, embedder {embedder}",
            ["run", "seconds (median)", "embedded", "passages"],
            rows,
        )


def _row(name: str, runs: list[tuple[float, dict[str, object]]]) -> tuple[str, str, object, object]:
    last = runs[-1][1]
    median = percentile([seconds for seconds, _ in runs], 0.5)
    return name, f"{median:.2f}", last["embedded"], last["passages"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--embedder", default="local")
    chosen = parser.parse_args()
    measure(chosen.files, chosen.runs, chosen.embedder)


if __name__ == "__main__":
    main()
