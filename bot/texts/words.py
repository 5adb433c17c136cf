"""The words that desk, commands and adapters say, as one type; `english` and `chinese` fill it in.

Text in braces is filled in by `str.format`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.errors import OpenbookError


@dataclass(frozen=True, slots=True)
class Words:
    """One language. `commands` maps a command's name to its line in /help, `where` a platform to
    how it is asked there, `progress` a stage of an index run to its line, `upload_refused` what is
    wrong with a file to its sentence, `failures` an error class to what an asker is told."""

    # Commands
    help_head: str
    help_foot: str
    commands: Mapping[str, str]
    where: Mapping[str, str]
    unknown_command: str
    admins_only: str
    you_are: str
    chat_is: str
    sees: str
    sees_here: str
    sees_nothing: str
    all_documents: str
    in_no_folder: str
    more_in_private: str
    details_in_private: str
    rights_changed: str
    not_a_member: str
    not_a_member_chat: str
    admin: str
    member: str
    forgotten: str
    ask_what: str
    only_words: str
    search_what: str
    found: str
    nothing_matches: str
    no_answer_yet: str
    no_such_answer: str
    sources_of: str
    no_sources: str
    searched_for: str
    evidence: str
    passage_found_by: str
    not_reranked: str
    cost: str
    thanks_up: str
    thanks_down: str
    # A person
    human_label: str
    leave_label: str
    close_label: str
    keep_label: str
    staff: str
    no_staff: str
    staff_here: str
    human_called: str
    human_already: str
    human_unreached: str
    human_over: str
    human_expired: str
    not_passed_on: str
    nobody_to_leave: str
    from_person: str
    from_staff: str
    corrected: str
    # Said to the staff
    asks_for_human: str
    asker_corrects: str
    asked: str
    answered: str
    how_to_reply: str
    reply_passed_on: str
    reply_lost: str
    handoff_over: str
    handoff_closed: str
    handoff_expired: str
    asker_left: str
    close_what: str
    nothing_to_keep: str
    # Questions without an answer
    no_gaps: str
    gaps_head: str
    gap_line: str
    how_to_fill: str
    gap_head: str
    how_to_answer: str
    how_to_answer_here: str
    drop_label: str
    gap_dropped: str
    no_such_gap: str
    learning: str
    learned: str
    not_learned: str
    answer_is_there: str
    # Beginning
    start_head: str
    start_documents: str
    start_nothing: str
    you_could_ask: str
    # Language
    which_language: str
    language_is: str
    language_unknown: str
    language_follows: str
    follow_label: str
    # Buttons
    sources_label: str
    why_label: str
    add_label: str
    discard_label: str
    delete_label: str
    again_label: str
    share_label: str
    # Limits and interruptions
    too_many_waiting: str
    too_fast: str
    in_line: str
    queue_full: str
    stopped: str
    nothing_to_stop: str
    delivery_unsure: str
    restarting: str
    came_late: str
    given_up: str
    # Index runs and uploads
    reindexing: str
    reindexed: str
    progress: Mapping[str, str]
    deletion_refused: str
    offer: str
    offer_replaces: str
    offer_gone: str
    discarded: str
    adding: str
    upload_admins_only: str
    upload_refused: Mapping[str, str]
    upload_failed: str
    # Places and figures
    sources: str
    page: str
    tokens: str
    free: str
    price_unknown: str
    # Index
    indexed: str
    embedder: str
    no_embedder: str
    failed_files: str
    still_answers: str
    unchanged_all: str
    rebuilt: str
    folder_moved: str
    other_folder: str
    would_do: str
    counts: Mapping[str, str]
    remarks: str
    skipped: str
    more: str
    passages: str
    embedded: str
    would_embed: str
    # Greeting and leaving
    greeting: str
    model_answers: str
    extractive_answers: str
    how_to_leave: str
    # Behind the bot's own name, where a platform shows it.
    is_searching: str
    is_reading: str
    see_direct: str
    searching: str
    reading: str
    # Failures
    failures: Mapping[type[OpenbookError], str]
    unexpected: str
