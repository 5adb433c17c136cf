"""The commands of `openbook` and their options. What a command does is imported when it runs, so
that help is shown at once."""

import gc
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from bot.cli.guard import guarded

app = typer.Typer(
    name="openbook",
    help="Answers questions from your own documents, with checked citations.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

ModeName = Literal["keyword", "vector", "hybrid"]

AsJson = Annotated[
    bool, typer.Option("--json", help="One JSON document on standard output and nothing else.")
]
ChosenMode = Annotated[ModeName, typer.Option("--mode", help="Which searches take part.")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many passages.")]


def main() -> None:
    """Raises SystemExit with the command's exit code."""
    # Imports make a million objects that stay. To look through them for garbage at every 700th, and
    # once more at the end, would take a command half a second.
    gc.set_threshold(100_000)
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:  # a character the terminal cannot show or send must not end the program
            reconfigure(errors="replace")
    try:
        app(prog_name="openbook")
    finally:
        gc.freeze()


def show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import PackageNotFoundError, version

        try:
            typer.echo(f"openbook {version('openbook')}")
        except PackageNotFoundError:
            typer.echo("openbook, run from its source folder without being installed")
        raise typer.Exit


@app.callback()
def start(
    *,
    version: Annotated[  # noqa: ARG001  (typer calls show_version with it)
        bool,
        typer.Option("--version", callback=show_version, is_eager=True, help="Show the version."),
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Log everything, with tracebacks, on standard error.")
    ] = False,
) -> None:
    from bot.cli.logs import start_logging

    start_logging(debug=debug)


@app.command()
def chat() -> None:
    """A conversation in the terminal."""
    with guarded():
        from bot.cli.chatting import converse

        code = converse()
    raise typer.Exit(code)


@app.command()
def ask(
    question: Annotated[list[str], typer.Argument(help="In any language.")],
    *,
    as_json: AsJson = False,
) -> None:
    """One answer with its sources. Exit code 0: answered, 3: not in the documents."""
    with guarded() as run:
        from bot.cli.asking import answer_once

        code = run(answer_once(" ".join(question), as_json=as_json))
    raise typer.Exit(code)


@app.command()
def search(
    question: Annotated[list[str], typer.Argument(help="Words or a whole question.")],
    *,
    mode: ChosenMode = "hybrid",
    limit: Limit = 10,
    as_json: AsJson = False,
) -> None:
    """The passages that an answer would be made of, best first."""
    with guarded() as run:
        from bot.cli.searching import show_passages

        code = run(show_passages(" ".join(question), mode, limit, as_json=as_json))
    raise typer.Exit(code)


@app.command()
def index(
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be done and what it would cost.")
    ] = False,
    rebuild: Annotated[
        bool,
        typer.Option(
            "--rebuild",
            help="Read everything again, beside the old index; text that is embedded already is "
            "not embedded again.",
        ),
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Stay and follow the folder until Ctrl-C.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Agree to deleting much of the index.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Bring the index in line with the folder of documents."""
    if watch and (dry_run or as_json):
        raise typer.BadParameter("--watch goes with neither --dry-run nor --json.")
    with guarded() as run:
        from bot.cli.indexing import follow_folder, index_once

        work = (
            follow_folder(rebuild=rebuild, yes=yes)
            if watch
            else index_once(dry_run=dry_run, rebuild=rebuild, yes=yes, as_json=as_json)
        )
        code = run(work)
    raise typer.Exit(code)


@app.command()
def status(*, as_json: AsJson = False) -> None:
    """What is indexed, when, with what models; what failed."""
    with guarded() as run:
        from bot.cli.reporting import show_status

        code = run(show_status(as_json=as_json))
    raise typer.Exit(code)


@app.command(name="eval")
def evaluate(
    questions: Annotated[Path, typer.Argument(help="A file with one JSON object a line.")],
    *,
    mode: ChosenMode = "hybrid",
    limit: Limit = 10,
    details: Annotated[
        Path | None, typer.Option("--details", help="Write one JSON object a question here.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """How well search finds and the gate refuses."""
    with guarded() as run:
        from bot.cli.evaluating import show_evaluation

        code = run(show_evaluation(questions, mode, limit, details, as_json=as_json))
    raise typer.Exit(code)


@app.command()
def serve(
    platforms: Annotated[
        list[str] | None, typer.Argument(help="By default all that are set up.")
    ] = None,
) -> None:
    """Answer in Telegram and Slack until Ctrl-C or SIGTERM."""
    with guarded() as run:
        from bot.cli.serving import serve_platforms

        code = run(serve_platforms(platforms or []))
    raise typer.Exit(code)


@app.command()
def forget(
    asker: Annotated[
        str, typer.Argument(help="Such as telegram:123; /whoami tells everybody theirs.")
    ],
) -> None:
    """Delete all that a person has said and been told."""
    with guarded() as run:
        from bot.cli.forgetting import forget_asker

        code = run(forget_asker(asker))
    raise typer.Exit(code)


@app.command()
def migrate() -> None:
    """Bring the ledger's tables up to date, as serve does by itself."""
    with guarded() as run:
        from bot.cli.migrating import migrate_ledger

        code = run(migrate_ledger())
    raise typer.Exit(code)


slack = typer.Typer(help="Set up the Slack app.", no_args_is_help=True)
app.add_typer(slack, name="slack")


@slack.command()
def manifest(
    *,
    http: Annotated[
        str, typer.Option("--http", help="The bot's https address, where Slack is to call it.")
    ] = "",
) -> None:
    """Print the app manifest that is pasted into Slack."""
    with guarded():
        from bot.cli.shapes import print_json
        from bot.platforms import make_slack_manifest

        print_json(make_slack_manifest(http))


@app.command()
def doctor() -> None:
    """Check everything; say what to do about faults."""
    with guarded() as run:
        from bot.cli.reporting import show_checks

        code = run(show_checks())
    raise typer.Exit(code)
