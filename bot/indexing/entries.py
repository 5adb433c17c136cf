"""What is stored for a passage beside itself: the terms it is found by, the text it is embedded
as, the names that link it to others. Title and headings are part of all and of neither the passage
nor its quotes."""

from hashlib import blake2b
from pathlib import PurePosixPath

from bot.indexing.splitting import SPLITTER
from bot.nouns import Passage
from bot.search.names import mention_names, own_names
from bot.search.terms import cut_terms
from bot.store.schema import Entry

# An index whose passages were made by other rules than these is rebuilt.
RULES = f"{SPLITTER}/5"


def make_entry(passage: Passage) -> Entry:
    digest = blake2b(passage.text_in_context.encode("utf-8", "replace"), digest_size=16)
    called = own_names(passage)
    return Entry(
        passage,
        " ".join(cut_terms(searched_text(passage))),
        digest.hexdigest(),
        called,
        mention_names(passage, called),
    )


def searched_text(passage: Passage) -> str:
    name = PurePosixPath(passage.source.path).stem
    return f"{name}\n{passage.text_in_context}"
