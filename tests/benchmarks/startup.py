"""How long the command line takes to say anything: `openbook --help`.

python -m tests.benchmarks.startup [--runs 20]
"""

import argparse
import subprocess
import sys
import time

from tests.benchmarks.figures import milliseconds, print_table

COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "openbook --help": ["-m", "bot", "--help"],
    "openbook index --help": ["-m", "bot", "index", "--help"],
}


def measure(runs: int) -> None:
    seconds: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(runs):
        for name, arguments in COMMANDS.items():
            started = time.perf_counter()
            subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, check=True)
            seconds[name].append(time.perf_counter() - started)
    rows = [(name, milliseconds(values)) for name, values in seconds.items()]
    print_table("whole processes", ["command", "p50 / p95 ms"], rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=20)
    measure(parser.parse_args().runs)


if __name__ == "__main__":
    main()
