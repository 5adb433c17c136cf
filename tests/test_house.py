"""Facts about the repository itself: what lies where, how requirements are pinned, what CI runs."""

import ast
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.test_settings import list_settings

ROOT = Path(__file__).parent.parent
TOP = {
    "adapters",
    "bot",
    "knowledge",
    "tests",
    "pyproject.toml",
    "Procfile",
    "README.md",
    "Makefile",
    "requirements.txt",
    "requirements-dev.txt",
    "requirements-test-model.txt",
    "LICENSE",
    "CHANGELOG.md",
    ".ci",
    ".env.example",
    ".github",
    ".gitignore",
    ".pre-commit-config.yaml",
}
PINNED = ("requirements.txt", "requirements-dev.txt", "requirements-test-model.txt")
# One pin is a name, a version, perhaps where it holds, and hashes.
PIN = re.compile(
    r"(?P<name>[a-z0-9-]+)==(?P<version>[^\s;]+)(?: ; (?P<marker>.+?))?"
    r"(?P<hashes>(?: --hash=sha256:[0-9a-f]{64})+)"
)
INDEX_ADDRESS = re.compile(
    r"\bpypi\.|python" r"hosted|/simple\b|(extra-)?index-url|find-links|trusted-host", re.I
)
LINES = 300
FUNCTION_LINES = 50


def list_files() -> list[str]:
    """What is committed or about to be, without what git ignores."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    return [name for name in names.split("\0") if name and (ROOT / name).is_file()]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def read_pins(name: str) -> list[re.Match[str]]:
    lines = re.sub(r" \\\n +", " ", read(name)).splitlines()
    pins = [line for line in lines if line.strip() and not line.lstrip().startswith("#")]
    matches = [PIN.fullmatch(line) for line in pins]
    assert [line for line, match in zip(pins, matches, strict=True) if match is None] == []
    return [match for match in matches if match is not None]


def test_the_top_level_is_fixed() -> None:
    assert {name.split("/", maxsplit=1)[0] for name in list_files()} == TOP


def test_no_file_names_a_package_index() -> None:
    own = str(Path(__file__).relative_to(ROOT))
    found = [
        name
        for name in list_files()
        if name != own
        and INDEX_ADDRESS.search((ROOT / name).read_bytes().decode("utf-8", errors="replace"))
    ]
    assert found == []


@pytest.mark.parametrize(
    "line", ["--index-url x", "https://pypi.example/x", "a @ https://x/simple/a", "find-links = x"]
)
def test_an_index_address_is_recognised(line: str) -> None:
    assert INDEX_ADDRESS.search(line)


@pytest.mark.parametrize("name", PINNED)
def test_every_requirement_is_pinned_with_hashes(name: str) -> None:
    assert read_pins(name)


@pytest.mark.parametrize(
    ("name", "extras"), [("requirements.txt", []), ("requirements-dev.txt", ["dev", "e5"])]
)
def test_the_pins_satisfy_the_project(name: str, extras: list[str]) -> None:
    project = tomllib.loads(read("pyproject.toml"))["project"]
    wanted = list(project["dependencies"])
    for extra in extras:
        wanted += project["optional-dependencies"][extra]
    pins: dict[str, list[str]] = {}
    for pin in read_pins(name):
        pins.setdefault(pin["name"], []).append(pin["version"])
    unmet = [
        line
        for line in wanted
        for requirement in [Requirement(line)]
        if not any(
            map(requirement.specifier.contains, pins.get(canonicalize_name(requirement.name), []))
        )
    ]
    assert unmet == [], "run make requirements"


def test_what_is_tested_is_what_runs() -> None:
    runs = {pin[0] for pin in read_pins("requirements.txt")}
    assert runs - {pin[0] for pin in read_pins("requirements-dev.txt")} == set()


def list_sources() -> list[str]:
    return [name for name in list_files() if re.match(r"(bot|adapters)/.*\.py$", name)]


def test_files_are_short() -> None:
    assert [name for name in list_sources() if len(read(name).splitlines()) > LINES] == []


def test_functions_are_short() -> None:
    long = [
        f"{name}:{node.lineno} {node.name}"
        for name in list_sources()
        for node in ast.walk(ast.parse(read(name)))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= FUNCTION_LINES
    ]
    assert long == []


def read_table(text: str, heading: str) -> list[list[str]]:
    """The rows under the Markdown table whose first column is headed so, as cells."""
    lines = iter(text.splitlines())
    for line in lines:
        if line.startswith(f"| {heading} |"):
            next(lines)
            break
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def test_the_readme_lists_every_setting() -> None:
    expected = [
        [f"`{one.name}`", f"`{one.default}`" if one.default else "", one.description]
        for one in list_settings()
    ]
    assert read_table(read("README.md"), "setting") == expected


def test_a_table_is_read() -> None:
    text = "| a | b |\n|---|---|\n| 9 | 9 |\n\n| setting | b |\n|---|---|\n| `X` |  |\n\n| 9 |"
    assert read_table(text, "setting") == [["`X`", ""]]


def test_make_lists_its_targets() -> None:
    phony = re.search(r"^\.PHONY: (.*)$", read("Makefile"), re.M)
    assert phony is not None
    listed = subprocess.run(["make", "-s"], cwd=ROOT, capture_output=True, check=True, text=True)
    assert {line.split()[1] for line in listed.stdout.splitlines()} == set(phony[1].split())


def test_make_lists_the_benchmarks() -> None:
    listed = subprocess.run(
        ["make", "-s", "bench"], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout
    modules = [
        f"tests.benchmarks.{path.stem}"
        for path in (ROOT / "tests/benchmarks").glob("*.py")
        if "\nif __name__" in path.read_text(encoding="utf-8")
    ]
    assert modules
    assert [one for one in modules if f"-m {one}\n" not in listed] == []


def test_ci_runs_what_people_run() -> None:
    assert re.search(r"^\s+- run: \.ci/run$", read(".github/workflows/test.yml"), re.M)
    assert re.search(r"^\.ci/with-postgresql make test$", read(".ci/run"), re.M)


def test_actions_are_pinned() -> None:
    uses = re.findall(r"uses: (.*)", read(".github/workflows/test.yml"))
    assert uses
    assert [use for use in uses if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v[\d.]+", use)] == []


def test_hooks_are_local() -> None:
    config = read(".pre-commit-config.yaml")
    assert re.findall(r"repo: (.*)", config) == ["local"]
    assert set(re.findall(r"language: (.*)", config)) == {"system"}
    command = [sys.executable, "-m", "pre_commit", "validate-config", ".pre-commit-config.yaml"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)


def test_the_procfile_calls_commands_that_exist() -> None:
    for line in read("Procfile").splitlines():
        _, command = line.split(": ", maxsplit=1)
        python, *arguments = shlex.split(command)
        assert python == "python"
        options = [one for one in arguments if one.startswith("--")]
        asked = [sys.executable, *(one for one in arguments if one not in options), "--help"]
        shown = subprocess.run(asked, cwd=ROOT, capture_output=True, check=True, text=True).stdout
        assert [one for one in options if one not in shown] == []
