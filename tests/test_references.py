"""Which links of a text lead to other files, and to which passages they belong."""

import pytest

from bot.indexing.formats.references import MOST, find_references
from bot.indexing.referring import find_path, refer
from bot.nouns import Passage, Source


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[one](a.md) and [two](../b(1).md 'title')", (("one", "a.md"), ("two", "../b(1).md"))),
        ("[web](https://example.org) [mail](mailto:a@b) [here](#part) [net](//host/x)", ()),
        ("![picture](a.png)", ()),
        ("[one][x], [y], [z]\n\n[x]: a.md\n[Y]: <b.md>", (("one", "a.md"), ("y", "b.md"))),
        (
            "<a class='x' href=\"c d.md\">one</a> <a href=e.md>two</a>",
            (("one", "c d.md"), ("two", "e.md")),
        ),
        ("[" * 5000 + "](a.md)", ()),
    ],
)
def test_links_that_are_found(text: str, found: tuple[tuple[str, str], ...]) -> None:
    references = find_references(text)

    assert {one for one in references if one[0] not in {"x", "Y"}} == set(found)


def test_a_document_of_links_alone_is_cut_off() -> None:
    assert len(find_references(" ".join(f"[w](f{n}.md)" for n in range(2 * MOST)))) == MOST


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("b.md", "guide/b.md"),
        ("../b.md#part", "b.md"),
        ("/b.md?x=1", "b.md"),
        ("%E4%B8%AD%20x.md", "guide/中 x.md"),
        ("../../b.md", ""),
        ("?x", ""),
    ],
)
def test_where_a_link_leads(target: str, path: str) -> None:
    assert find_path("guide/a.md", target) == path


def test_a_link_belongs_to_the_passage_with_its_words() -> None:
    source = Source("a.md", "", (), None, 0, 0)
    passages = (Passage("1", "See the\n**price list**.", source), Passage("2", "More.", source, 1))

    linked = refer(passages, "a.md", [("the price list", "b.md"), ("More", "a.md")])

    assert [one.links for one in linked] == [("b.md",), ()]
    assert refer(passages, "a.md", []) == passages
