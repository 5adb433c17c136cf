"""Rules of folders, who is let in, and what that comes to."""

import logging
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from bot.access.doors import Doors, View
from bot.access.folders import Folders
from bot.access.rules import RULE_FILE, Rule, dump_rules, judge, list_problems, load_rules
from bot.errors import StoreError
from bot.nouns import EVERYTHING, NOTHING, Asker, Chat, Message, Scope, make_scope
from bot.store.scoping import write_condition
from tests.leaks import NAMES
from tests.libraries import Library

ADA = Rule(frozenset({"telegram:1"}))
ALL = Rule(frozenset({"everyone"}))

folders = some.lists(some.sampled_from(NAMES), max_size=3).map(
    lambda names: "".join(f"{name}/" for name in names)
)
scopes = some.dictionaries(folders, some.booleans(), max_size=6).map(make_scope)


def write(root: Path, folder: str, text: str, name: str = RULE_FILE) -> Path:
    (root / folder).mkdir(parents=True, exist_ok=True)
    file = root / folder / name
    file.write_text(text, encoding="utf-8")
    return file


def ask(asker: str = "telegram:1", chat: str = "", *, shared: bool = False) -> Message:
    """In a private chat, or in the one of that key."""
    platform, _, person = asker.partition(":")
    workspace, _, place = chat.partition(":")[2].rpartition("/")
    where = Chat(platform, place or person, workspace, private=not chat, shared=shared)
    return Message("e", "hello", Asker(platform, person), where, datetime.now(UTC))


def make_doors(
    root: Path,
    published: Mapping[str, Rule] | None = None,
    *members: str,
    admin: bool = False,
) -> Doors:
    async def read_published() -> str:
        return dump_rules(published or {})

    return Doors(Folders(root), read_published, is_admin=lambda _: admin, members=members, fresh=0)


@given(scopes, folders, some.sampled_from(("a.md", "hr", "0", "access")))
def test_the_nearest_folder_decides(scope: Scope, folder: str, name: str) -> None:
    said = dict(scope.folders)
    parts = folder.split("/")[:-1]
    ways = ["".join(f"{part}/" for part in parts[:depth]) for depth in range(len(parts), -1, -1)]
    assert scope.shows(folder + name) == next(said[way] for way in ways if way in said)


@given(scopes, scopes, folders)
def test_what_covers_shows_no_less(one: Scope, other: Scope, folder: str) -> None:
    assert one.covers(one)
    assert EVERYTHING.covers(one)
    assert one.covers(NOTHING)
    if one.covers(other) and other.shows(f"{folder}x"):
        assert one.shows(f"{folder}x")


def test_equal_rights_are_equal_scopes() -> None:
    assert make_scope({"": True, "a/": True, "a/b/": True}) == EVERYTHING
    assert make_scope({"a/": False, "a/b/": False}) == make_scope({"a/": False})
    assert hash(make_scope({"a/": False})) == hash(make_scope({"b/": True, "a/": False}))


def _evaluate(condition: str, path: str) -> bool:
    """SQL of comparisons is nearly Python."""
    words = condition.replace(" AND ", " and ").replace(" OR ", " or ")
    words = words.replace("false", "False").replace("true", "True")
    return bool(eval(words, {"path": path}))


@given(scopes, folders, some.sampled_from(("a.md", "hr", "0", "/", "\U0010ffff")))
@example(make_scope({"hr/": False}), "", "hr0")
def test_the_condition_means_what_the_scope_says(scope: Scope, folder: str, name: str) -> None:
    plain = str.maketrans({"'": "′", "\\": "＼"})  # quotes are another test's
    named = make_scope({one.translate(plain): shown for one, shown in scope.folders})
    path = f"{folder}{name}".translate(plain)
    assert _evaluate(write_condition(named), path) == named.shows(path)


async def test_a_condition_finds_folders_by_their_very_name(tmp_path: Path) -> None:
    library = Library(tmp_path)
    for number, name in enumerate(NAMES):
        library.write(f"{name}/{number}.md", f"# Kettle {number}\n\nThe kettle is number {number}.")
    await library.index()
    for name in NAMES:
        open_one = make_scope({"": False, f"{name}/": True})
        found = (await library.search("kettle", scope=open_one, limit=50)).passages
        assert {one.source.path.split("/")[0] for one in found} == {name}
        close_one = make_scope({f"{name}/": False})
        found = (await library.search("kettle", scope=close_one, limit=50)).passages
        assert {one.source.path.split("/")[0] for one in found} == set(NAMES) - {name}


async def test_a_thousand_closed_folders_can_be_asked_about(tmp_path: Path) -> None:
    library = Library(tmp_path)
    library.write("f0500/a.md", "# Kettle\n\nClosed.")
    library.write("open/a.md", "# Kettle\n\nOpen.")
    await library.index()
    scope = make_scope({f"f{number:04}/": False for number in range(1000)})
    found = (await library.search("kettle", scope=scope)).passages
    assert [one.source.path for one in found] == ["open/a.md"]


def test_rules_are_read_from_their_folders(tmp_path: Path) -> None:
    write(tmp_path, "", 'see = ["everyone"]')
    write(tmp_path, "hr/pay", 'see = ["telegram:1", "telegram:-100", "slack:T1/C1", "slack:T1"]')
    write(tmp_path, "e\u0301", "\ufeffsee = [] # only admins", "ACCESS.toml")
    (tmp_path / "link").symlink_to(tmp_path / "hr")
    assert Folders(tmp_path).read() == {
        "": ALL,
        "hr/pay/": Rule(frozenset({"telegram:1", "telegram:-100", "slack:T1/C1", "slack:T1"})),
        "\u00e9/": Rule(),
    }
    assert Folders(tmp_path / "missing").read() == {}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("see = [", "TOML"),
        ("", "who may see"),
        ('see = "everyone"', "who may see"),
        ("see = [1]", "who may see"),
        ('sees = ["everyone"]', "`sees`"),
        ('see = ["everyone"]\nand = 1', "`and`"),
        ('see = ["Everyone"]', "`Everyone`"),
        ('see = ["telegram:ada"]', "`telegram:ada`"),
        (f"see = []{' ' * 70_000}", "too large"),
    ],
)
def test_a_slip_closes_the_folder(tmp_path: Path, text: str, problem: str) -> None:
    write(tmp_path, "hr", text)
    rules = Folders(tmp_path).read()
    assert rules["hr/"].see == frozenset()
    assert problem in list_problems(rules)["hr/access.toml"]
    assert not judge(rules, {"telegram:1"}).shows("hr/a.md")


def test_what_seems_to_be_a_rule_closes_the_folder_too(tmp_path: Path) -> None:
    write(tmp_path, "windows", 'see = ["everyone"]', "access.toml.txt")
    write(tmp_path, "hidden", 'see = ["everyone"]', ".access.toml")
    (tmp_path / "folder" / RULE_FILE).mkdir(parents=True)
    (tmp_path / "link").mkdir()
    (tmp_path / "link" / RULE_FILE).symlink_to(write(tmp_path, "", 'see = ["everyone"]'))
    write(tmp_path, "two", 'see = ["everyone"]')
    write(tmp_path, "two", 'see = ["everyone"]', "Access.toml")
    (tmp_path / "pipe").mkdir()
    os.mkfifo(tmp_path / "pipe" / RULE_FILE)
    write(tmp_path, "saved", 'see = ["everyone"]')
    write(tmp_path, "saved", 'see = ["everyone"]', "access.toml~")
    rules = Folders(tmp_path).read()
    closed = {"windows/", "hidden/", "folder/", "link/", "two/", "pipe/"}
    assert {folder for folder in rules if rules[folder].problem} == closed
    assert rules["saved/"] == ALL


def test_two_folders_of_one_name_agree_or_are_closed(tmp_path: Path) -> None:
    write(tmp_path, "\u00e9", 'see = ["everyone"]')
    write(tmp_path, "e\u0301", 'see = ["everyone"]')
    assert Folders(tmp_path).read() == {"\u00e9/": ALL}
    write(tmp_path, "e\u0301", "see = []")
    assert "Two folders" in Folders(tmp_path).read()["\u00e9/"].problem


def test_changes_are_seen_at_the_next_look(tmp_path: Path) -> None:
    """Also in folders that are listed no more: their time says that nothing in them has changed."""
    folders = Folders(tmp_path)
    write(tmp_path, "hr/pay", 'see = ["telegram:1"]')
    for folder in (tmp_path, tmp_path / "hr", tmp_path / "hr" / "pay"):
        os.utime(folder, (1e9, 1e9))
    assert folders.read() == {"hr/pay/": ADA}
    write(tmp_path, "hr/pay", 'see = ["everyone"]')
    os.utime(tmp_path / "hr" / "pay", (1e9, 1e9))
    assert folders.read() == {"hr/pay/": ALL}
    write(tmp_path, "hr", 'see = ["telegram:1"]')
    assert folders.read() == {"hr/": ADA, "hr/pay/": ALL}
    (tmp_path / "hr" / RULE_FILE).unlink()
    assert folders.read() == {"hr/pay/": ALL}


@given(some.dictionaries(folders, some.sampled_from((ADA, ALL, Rule())), max_size=4))
def test_rules_are_kept_in_the_index_as_they_are(rules: dict[str, Rule]) -> None:
    assert load_rules(dump_rules(rules)) == rules
    assert load_rules("") == {}


@pytest.mark.parametrize(
    ("message", "sees"),
    [
        (ask("telegram:1"), {"all/", "ada/"}),
        (ask("telegram:2"), {"all/"}),
        (ask("telegram:1", "telegram:-100"), {"all/", "group/"}),
        (ask("slack:T1/U1"), {"all/", "work/", "eve/"}),
        (ask("slack:T1/U1", "slack:T1/C1"), {"all/", "work/", "channel/"}),
        (ask("slack:T1/U1", "slack:T1/C1", shared=True), {"all/", "channel/"}),
        (ask("slack:T1/U1", "slack:T1/C2"), {"all/", "work/"}),
        (ask("slack:T2/U1", "slack:T2/C1"), {"all/"}),
    ],
)
async def test_an_answer_is_for_all_who_read_it(
    tmp_path: Path, message: Message, sees: set[str]
) -> None:
    named = {
        "ada/": "telegram:1",
        "group/": "telegram:-100",
        "work/": "slack:T1",
        "eve/": "slack:T1/U1",
        "channel/": "slack:T1/C1",
        "nobody/": "telegram:9",
    }
    for folder, key in named.items():
        write(tmp_path, folder, f'see = ["{key}"]')
    view = await make_doors(tmp_path).look(message)
    assert {folder for folder in (*named, "all/") if view.scope.shows(f"{folder}a.md")} == sees


async def test_more_is_offered_to_who_may_see_more(tmp_path: Path) -> None:
    write(tmp_path, "ada", 'see = ["telegram:1"]')
    doors = make_doors(tmp_path)
    group = ask("telegram:1", "telegram:-100")
    assert (await doors.look(group)).is_narrowed
    assert not (await doors.look(ask("telegram:2", "telegram:-100"))).is_narrowed
    doors = make_doors(tmp_path, admin=True)
    assert (await doors.look(ask("telegram:2", "telegram:-100"))).is_narrowed
    assert await doors.look(ask("telegram:2")) == View()


async def test_what_the_index_knows_holds_where_its_folder_is_gone(tmp_path: Path) -> None:
    """Not mounted, moved away, or without its rule since: closed until the next index run."""
    kept = {"gone/": ADA, "bare/": ADA, "opened/": ADA}
    (tmp_path / "bare").mkdir()
    write(tmp_path, "opened", 'see = ["everyone"]')
    scope = (await make_doors(tmp_path, kept).look(ask("telegram:2"))).scope
    assert [scope.shows(f"{folder}a.md") for folder in kept] == [False, False, True]
    away = await make_doors(tmp_path / "away", kept).look(ask("telegram:1"))
    assert away.scope == EVERYTHING


async def test_an_index_that_cannot_be_read_shows_nothing(tmp_path: Path) -> None:
    async def fail() -> str:
        raise StoreError("It is broken.")

    view = await Doors(Folders(tmp_path), fail, is_admin=lambda _: False).look(ask())
    assert view.scope == NOTHING


async def test_broken_rules_are_logged_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(tmp_path, "hr", "see =")
    doors = make_doors(tmp_path)
    for _ in range(3):
        await doors.look(ask())
    assert [one.levelname for one in caplog.records] == ["ERROR"]
    assert "hr/access.toml" in caplog.text


@pytest.mark.parametrize(
    ("members", "message", "admin", "let_in"),
    [
        ((), ask("telegram:9"), False, True),
        (("telegram:1",), ask("telegram:1"), False, True),
        (("telegram:1",), ask("telegram:2"), False, False),
        (("telegram:1",), ask("telegram:1", "telegram:-100"), False, False),
        (("telegram:-100",), ask("telegram:2", "telegram:-100"), False, True),
        (("telegram:-100",), ask("telegram:2"), False, False),
        (("slack:T1",), ask("slack:T1/U2"), False, True),
        (("slack:T1",), ask("slack:T1/U2", "slack:T1/C9"), False, True),
        (("slack:T1",), ask("slack:T1/U2", "slack:T1/C9", shared=True), False, False),
        (("slack:T1",), ask("slack:T2/U2"), False, False),
        (("slack:T1/C1",), ask("slack:T1/U2", "slack:T1/C1"), False, True),
        (("telegram:1",), ask("telegram:2"), True, True),
        (("telegram:1",), ask("telegram:2", "telegram:-100"), True, False),
    ],
)
def test_a_list_lets_in_those_on_it(
    tmp_path: Path, members: tuple[str, ...], message: Message, *, admin: bool, let_in: bool
) -> None:
    assert make_doors(tmp_path, None, *members, admin=admin).admits(message) == let_in


def test_who_is_turned_away_is_logged_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    doors = make_doors(tmp_path, None, "telegram:1")
    for _ in range(3):
        assert not doors.admits(ask("telegram:2"))
    assert caplog.text.count("telegram:2") == 1


async def test_rules_are_no_documents_and_are_published_by_a_run(tmp_path: Path) -> None:
    library = Library(tmp_path)
    library.write("hr/pay.md", "# Pay\n\nThe pay is 17 francs.")
    await library.index()
    library.write("hr/access.toml", 'see = ["telegram:1"]')
    report = await library.index()
    assert (report.failed, report.skipped, report.unchanged, report.embedded) == ({}, {}, 1, 0)
    library.write("hr/access.toml", "see =")
    report = await library.index()
    status = await library.librarian().status()
    assert [*report.failed] == [*status.failed] == ["hr/access.toml"]
    with library.searching() as search:
        manifest = (await search._index.snapshot()).manifest
    assert load_rules(manifest.access) == {"hr/": Rule()}
