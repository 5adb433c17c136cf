"""Whether there is evidence: the figures by themselves, and a small shop's folder that must get
answers from its first page on."""

import math
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from bot.indexing.librarian import Librarian
from bot.languages import detect_language
from bot.models.local_embedding import LocalEmbedder
from bot.nouns import EVERYTHING
from bot.search.gate import Features, is_foreign, judge, measure
from bot.search.searching import Search
from bot.store.hits import KeywordHit, VectorHit
from bot.store.published import PublishedIndex

SHARE = some.floats(0, 1)
LEAD = some.none() | some.floats(-0.2, 1)
LEAP = some.floats(0, 0.5)


@settings(max_examples=300, deadline=None)
@given(SHARE, SHARE, LEAD, some.booleans(), some.booleans(), some.tuples(SHARE, SHARE, LEAP))
def test_more_evidence_never_lowers_the_score(
    strength: float,
    coverage: float,
    lead: float | None,
    foreign: bool,
    known: bool,
    more_of_it: tuple[float, float, float],
) -> None:
    stronger, wider, further = more_of_it
    less = judge(Features(strength, coverage, 0.5, lead, foreign, known))
    more = judge(
        Features(
            max(strength, stronger),
            max(coverage, wider),
            0.5,
            None if lead is None else lead + further,
            foreign,
            known,
        )
    )

    assert 0 <= less.score <= more.score <= 1


@settings(max_examples=200, deadline=None)
@given(
    some.lists(some.sampled_from(["red", "lamp", "灯", "红灯", "a", "7"]), max_size=6),
    some.lists(
        some.tuples(some.floats(0.01, 30), some.sampled_from(["red lamp", "灯 红灯", "x"])),
        max_size=12,
    ),
    some.lists(some.floats(-1, 1), max_size=12),
    some.integers(0, 1_000_000),
)
def test_figures_are_always_finite(
    terms: list[str], keyword: list[tuple[float, str]], near: list[float], passages: int
) -> None:
    ranked = sorted(keyword, reverse=True)
    features = measure(
        terms,
        [KeywordHit(row, *hit) for row, hit in enumerate(ranked)],
        [VectorHit(row, similarity) for row, similarity in enumerate(sorted(near, reverse=True))],
        max(passages, len(keyword), 1),
    )

    assert 0 <= features.coverage <= features.reach <= 1 + 1e-9
    assert features.strength >= 0
    assert (features.lead is None) == (not near)
    assert math.isfinite(judge(features).score)


def test_nothing_found_is_no_evidence() -> None:
    assert not judge(measure(["red", "lamp"], [], [], 10)).enough
    assert not judge(measure([], [], [], 0)).enough


@pytest.mark.parametrize(
    ("question", "passage", "foreign"),
    [
        ("怎么退货？", "收到货物后可以退货。", False),
        ("怎么退货？", "A parcel may be sent back.", True),
        ("How do I return it?", "收到货物后可以退货。", True),
        ("How do I return it?", "A parcel may be sent back.", False),
        ("KX-7 多少钱？", "电热水壶 KX-7 售价八十九法郎。", False),
    ],
)
def test_another_script_is_foreign(question: str, passage: str, foreign: bool) -> None:
    assert is_foreign(detect_language(question), [passage]) is foreign


def test_nothing_is_not_foreign() -> None:
    assert not is_foreign("zh", [])


# The first passage is all that the smallest folder holds.
ENGLISH = (
    "# Returns\n\nA parcel may be sent back within 34 days of delivery. The money is refunded to"
    " your card within five working days.",
    "# Opening hours\n\nWe are open from Tuesday to Saturday, from 9 in the morning to half past"
    " six in the evening. On Sundays and Mondays the shop is closed.",
    "# Shipping\n\nOrders over 80 francs are shipped free of charge; below that shipping costs 7.50"
    " francs. Parcels within Switzerland arrive in two days.",
    "# Kettle KX-7\n\nThe kettle KX-7 holds 1.7 litres and costs 89.50 francs.",
    "# Reading lamp\n\nThe reading lamp has a warm light and can be dimmed in five steps.",
    "# Gift cards\n\nGift cards are valid for two years and can be used online and in the shop.",
    "# Repairs\n\nBroken appliances are repaired in our workshop. An estimate costs 25 francs.",
    "# Jobs\n\nWe are looking for an apprentice in sales. Write to Martina Keller.",
    "# History\n\nThe shop was founded in 1962 by Ernst Keller in a mill by the river.",
    "# Parking\n\nCustomers park for free for one hour behind the house.",
)
CHINESE = (
    "# 退货规则\n\n收到货物后三十四天内可以退货。退款会在五个工作日内退回您的银行卡。",
    "# 营业时间\n\n我们周二至周六上午九点到晚上六点半营业，周日和周一休息。",
    "# 运费\n\n订单满八十法郎免运费，不足则收取七点五法郎运费。瑞士境内两天送达。",
    "# 电热水壶七号\n\n电热水壶七号容量一点七升，售价八十九点五法郎，保修三年。",
    "# 阅读台灯\n\n阅读台灯采用暖光，可分五档调光。",
    "# 礼品卡\n\n礼品卡有效期两年，线上和店内均可使用。",
    "# 维修\n\n损坏的电器由我们的工坊维修。估价费二十五法郎。",
    "# 招聘\n\n我们正在招聘销售学徒，请将申请寄给玛蒂娜。",
    "# 历史\n\n本店由恩斯特于一九六二年在河边的旧磨坊里创立。",
    "# 停车\n\n顾客可在屋后免费停车一小时，入口在磨坊巷。",
)
ON_RETURNS = {
    "en": (
        "How long can I return a parcel?",
        "How fast do I get my money back?",
        "return policy",
        "Can I send something back after three weeks?",
    ),
    "zh": ("多久之内可以退货？", "怎么退款", "退货", "退款要多久到账？"),
}
ON_OTHERS = {
    "en": ("When are you open?", "Is the shop open on Sunday?", "How much is shipping?"),
    "zh": ("你们什么时候营业？", "周日开门吗？", "满多少免运费？"),
}
OFF = {
    "en": (
        "What is the capital of Peru?",
        "How do I train a puppy?",
        "Who won the world cup in 1998?",
        "Can whales sleep under water?",
    ),
    "zh": ("秘鲁的首都是哪里？", "怎么训练小狗？", "谁赢得了一九九八年世界杯？", "鲸鱼怎么睡觉？"),
}


@pytest.fixture(scope="module")
def local() -> LocalEmbedder:
    return LocalEmbedder()


@pytest.mark.parametrize("size", [1, 3, 10])
@pytest.mark.parametrize(("language", "pages"), [("en", ENGLISH), ("zh", CHINESE)])
async def test_a_small_folder_answers_what_it_holds(
    tmp_path: Path, local: LocalEmbedder, language: str, pages: Sequence[str], size: int
) -> None:
    for number, page in enumerate(pages[:size]):
        (tmp_path / f"{number}.md").write_text(page, encoding="utf-8")
    index_folder = str(tmp_path / "index.lance")
    await Librarian(tmp_path, index_folder, local, workers=1).index()
    index = PublishedIndex(index_folder)
    search = Search(index, local)

    async def refuse(questions: Sequence[str]) -> list[str]:
        results = [(one, await search.search(one, scope=EVERYTHING)) for one in questions]
        return [question for question, result in results if not result.evidence.enough]

    foreign = "zh" if language == "en" else "en"
    for asked in (language, foreign):
        on_topic = ON_RETURNS[asked] + (ON_OTHERS[asked] if size > 1 else ())
        # A question in another language than the pages is harder.
        assert len(await refuse(on_topic)) <= (asked == foreign)
        assert len(await refuse(OFF[asked])) >= 3
    index.close()


def test_what_an_embedder_says_of_a_language_it_does_not_know_counts_half() -> None:
    hits = [KeywordHit(0, 4.0, "γαλα τιμη"), KeywordHit(1, 1.0, "τιμη")]
    near = [VectorHit(row, 0.3) for row in range(8)]

    def ask(language: str, embedder: str) -> float:
        terms = ["γαλα", "τιμη", "αυριο"]
        return judge(measure(terms, hits, near, 100, embedder=embedder, language=language)).score

    assert ask("el", "local 1") > ask("en", "local 1")
    assert ask("el", "openai 1") == ask("en", "openai 1") == ask("en", "local 1")
