"""`make run` on a machine that has Python, make and nothing else. Takes about a minute."""

import os
import pty
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.test_house import ROOT, list_files

pytestmark = pytest.mark.slow

# What people set so that pip reaches its packages at all; everything else is left behind.
NETWORK = (
    "PIP_",
    "SSL_",
    "REQUESTS_CA_BUNDLE",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "ALL_PROXY",
)
PIP_CONFIGURATIONS = (
    ".config/pip/pip.conf",
    ".pip/pip.conf",
    "Library/Application Support/pip/pip.conf",
)
BROKEN = "raise ImportError('this belongs to another project')\n"


@dataclass(frozen=True, slots=True)
class Clone:
    folder: Path
    environment: dict[str, str]

    def make(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["make", *arguments],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=840,
            check=False,
        )


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    base = tmp_path_factory.mktemp("make-run")
    folder = base / "a fresh clone"
    for name in list_files():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    yield Clone(folder, make_environment(base))
    shutil.rmtree(folder)


def make_environment(base: Path) -> dict[str, str]:
    """Almost nothing, and traps: what another project set up must not matter here."""
    home, traps = base / "home", base / "traps"
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for place in (traps, home / ".local/lib" / version / "site-packages"):
        place.mkdir(parents=True)
        for module in ("pydantic", "lancedb", "bot"):
            (place / f"{module}.py").write_text(BROKEN, encoding="utf-8")
    for name in PIP_CONFIGURATIONS:
        if (Path.home() / name).is_file():
            (home / name).parent.mkdir(parents=True)
            shutil.copy(Path.home() / name, home / name)
    kept = {name: value for name, value in os.environ.items() if name.upper().startswith(NETWORK)}
    return kept | {
        "HOME": str(home),
        "PATH": f"{sys.base_prefix}/bin:/usr/local/bin:/usr/bin:/bin",
        "PIP_CACHE_DIR": find_pip_cache(),
        "PIP_USER": "1",
        "PYTHONPATH": str(traps),
        "VIRTUAL_ENV": str(traps),
    }


def find_pip_cache() -> str:
    command = [sys.executable, "-m", "pip", "cache", "dir"]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout.strip()


def test_make_run_answers_a_question(clone: Clone) -> None:
    first = clone.make("run")
    assert first.returncode == 0, first.stdout + first.stderr
    question, answer = first.stdout.split("> How do I start Openbook?\n")
    assert "Installing the packages" in question
    assert "make run" in answer
    assert re.search(r"^\[\d\] .*getting-started\.md", answer, re.M)


def test_make_run_installs_once(clone: Clone) -> None:
    again = clone.make("run")
    assert again.returncode == 0, again.stdout + again.stderr
    assert "Installing" not in again.stdout
    assert "getting-started.md" in again.stdout


def test_make_run_opens_a_chat_in_a_terminal(clone: Clone) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        ["make", "run"],
        cwd=clone.folder,
        env=clone.environment,
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        os.close(theirs)
        os.write(ours, b"How do I start Openbook?\n\x04")
        said, _ = process.communicate(timeout=120)
    os.close(ours)
    assert process.returncode == 0, said
    assert "getting-started.md" in said


def test_make_run_leaves_nothing_outside_of_what_git_ignores(clone: Clone) -> None:
    there = {path.name for path in clone.folder.iterdir()}
    listed = {name.split("/", maxsplit=1)[0] for name in list_files()}
    assert there - listed <= {".venv", ".openbook", "openbook.egg-info"}


def test_a_python_that_is_too_old_is_named(clone: Clone, tmp_path: Path) -> None:
    shutil.copytree(clone.folder, tmp_path / "clone", ignore=shutil.ignore_patterns(".venv"))
    refused = Clone(tmp_path / "clone", clone.environment).make("run", "PYTHON=/bin/false")
    assert refused.returncode != 0
    assert "Openbook needs Python 3.11 or newer; none of these is: /bin/false." in refused.stderr
