"""`openbook slack`: what an admin of a workspace needs."""

from typing import Annotated

import typer

from bot.cli.guard import guarded

slack = typer.Typer(help="Set up the Slack app.", no_args_is_help=True)


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
