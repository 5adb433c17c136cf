"""The commands of `openbook` and their options. What a command does is imported when it runs, so
that help is shown at once."""

import gc
import sys
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.guard import guarded
from bot.cli.slack import slack
from bot.nouns import Mode

app = typer.Typer(
    name="openbook",
    help="Answers questions from your own documents, with checked citations.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(slack, name="slack")

AsJson = Annotated[
    bool, typer.Option("--json", help="One JSON document on standard output and nothing else.")
]
ChosenMode = Annotated[Mode, typer.Option("--mode", help="Which searches take part.")]
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
    mode: ChosenMode = Mode.HYBRID,
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
def evaluate(  # noqa: PLR0913  (the options of the command)
    questions: Annotated[
        Path | None, typer.Argument(help="A file with one JSON object a line.")
    ] = None,
    *,
    modes: Annotated[
        list[Mode] | None,
        typer.Option("--mode", help="May be given several times.", show_default="every mode"),
    ] = None,
    limit: Limit = 10,
    details: Annotated[
        Path | None, typer.Option("--details", help="Write one JSON object a question here.")
    ] = None,
    compare: Annotated[
        Path | None,
        typer.Option("--compare", help="The --details of an earlier run: what is better, worse?"),
    ] = None,
    plot: Annotated[
        Path | None, typer.Option("--plot", help="Draw the figures: a file .svg or .png.")
    ] = None,
    from_feedback: Annotated[
        bool,
        typer.Option(
            "--from-feedback",
            help="Measure nothing: write a question file of the answers that got a 👍.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """How well search finds and the gate refuses, all modes side by side."""
    if from_feedback:
        if modes or details or compare or plot or as_json:
            raise typer.BadParameter("--from-feedback goes with no other option.")
    elif questions is None:
        raise typer.BadParameter("Name a file of questions.")
    with guarded() as run:
        from bot.cli.evaluating import Request, show_evaluation, write_liked

        work = (
            show_evaluation(Request(questions, modes or (), limit, details, compare, plot), as_json)
            if questions and not from_feedback
            else write_liked(questions)
        )
        code = run(work)
    raise typer.Exit(code)


@app.command(name="map")
def draw_map(
    *,
    question: Annotated[
        str, typer.Option("--question", help="Show where it falls, and its neighbours.")
    ] = "",
    output: Annotated[
        Path, typer.Option("--output", help="A file .html (to explore), .png or .svg.")
    ] = Path("map.html"),
) -> None:
    """Draw what is indexed as points in the plane: what is alike lies close together."""
    with guarded() as run:
        from bot.cli.mapping import save_map

        code = run(save_map(question, output))
    raise typer.Exit(code)


@app.command()
def similarity(
    texts: Annotated[list[str], typer.Argument(help="Two or more words, sentences, questions.")],
    *,
    as_json: AsJson = False,
) -> None:
    """How alike the embedder finds texts: the cosine of each two."""
    if len(texts) < 2:
        raise typer.BadParameter("Give at least two texts.")
    with guarded() as run:
        from bot.cli.similarity import show_similarity

        code = run(show_similarity(texts, as_json=as_json))
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
def gaps(*, as_json: AsJson = False) -> None:
    """What the bot could not answer in Telegram and Slack (the terminal keeps nothing)."""
    with guarded() as run:
        from bot.cli.gaps import show_gaps

        code = run(show_gaps(as_json=as_json))
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


@app.command()
def doctor() -> None:
    """Check everything; say what to do about faults."""
    with guarded() as run:
        from bot.cli.reporting import show_checks

        code = run(show_checks())
    raise typer.Exit(code)
