"""What an index run decides to do, from digests alone."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from bot.indexing.planning import count_deletions, make_plan
from bot.store.schema import DocumentRow, mark_unfinished


def row(path: str, digest: str, failure: str = "", failed_digest: str = "") -> DocumentRow:
    return DocumentRow(path, digest, "", "markdown", 3 if digest else 0, failure, failed_digest)


@pytest.mark.parametrize(
    ("now", "known", "group"),
    [
        ("new", None, "added"),
        ("same", row("a.md", "same"), "unchanged"),
        ("new", row("a.md", "old"), "changed"),
        ("", row("a.md", "old"), "changed"),
        ("", None, "added"),
        ("bad", row("a.md", "good", "broken", "bad"), "known_failures"),
        ("bad", row("a.md", "", "broken", "bad"), "known_failures"),
        ("worse", row("a.md", "good", "broken", "bad"), "changed"),
        ("good", row("a.md", "good", "broken", "bad"), "changed"),
        ("good", row("a.md", "good", "was changing", ""), "changed"),
        ("new", row("a.md", "", "broken", "bad"), "added"),
        ("", row("a.md", "", "not to be opened", ""), "added"),
        ("same", mark_unfinished("a.md"), "added"),
        (None, row("a.md", "old"), "removed"),
        (None, mark_unfinished("a.md"), "removed"),
    ],
)
def test_a_file_is_in_one_group(now: str | None, known: DocumentRow | None, group: str) -> None:
    plan = make_plan({} if now is None else {"a.md": now}, {} if known is None else {"a.md": known})

    groups = ("added", "changed", "removed", "unchanged", "known_failures")
    assert [name for name in groups if "a.md" in getattr(plan, name)] == [group]
    assert plan.to_read == (("a.md",) if group in {"added", "changed"} else ())


def test_moves_pair_each_old_place_with_one_new_place() -> None:
    known = {path: row(path, "x") for path in ("old/1.md", "old/2.md", "old/3.md")}

    plan = make_plan({"new/1.md": "x", "new/2.md": "x"}, known)

    assert plan.moved == (("old/1.md", "new/1.md"), ("old/2.md", "new/2.md"))
    assert count_deletions(plan, known) == 3  # the passages of old/3.md


def test_files_that_cannot_be_read_do_not_move() -> None:
    plan = make_plan({"new.md": ""}, {"old.md": row("old.md", "", "broken", "bad")})

    assert (plan.added, plan.removed, plan.moved) == (("new.md",), ("old.md",), ())


def test_a_copy_is_no_move() -> None:
    plan = make_plan({"a.md": "x", "b.md": "x"}, {"a.md": row("a.md", "x")})

    assert (plan.added, plan.moved, plan.unchanged) == (("b.md",), (), ("a.md",))


PATHS = some.sampled_from([f"{letter}.md" for letter in "abcdef"])
DIGESTS = some.sampled_from(["", "1", "2", "3"])


@settings(max_examples=200, deadline=None)
@given(
    some.dictionaries(PATHS, DIGESTS),
    some.dictionaries(PATHS, some.tuples(DIGESTS, some.sampled_from(["", "broken"]), DIGESTS)),
)
def test_every_path_is_dealt_with_once(
    digests: dict[str, str], stored: dict[str, tuple[str, str, str]]
) -> None:
    known = {path: row(path, *values) for path, values in stored.items()}

    plan = make_plan(digests, known)

    dealt = [
        *plan.added,
        *plan.changed,
        *plan.removed,
        *plan.unchanged,
        *plan.known_failures,
    ]
    assert sorted(dealt) == sorted({*digests, *known})
    assert set(plan.removed) == set(known) - set(digests)
    assert all(known[path].digest == digests[path] != "" for path in plan.unchanged)
    assert all(known[old].digest == digests[new] != "" for old, new in plan.moved)
    assert len({new for _, new in plan.moved}) == len({old for old, _ in plan.moved})
