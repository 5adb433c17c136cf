"""Counting tokens: the estimate against the real tables, and which counter is used when."""

import base64
import random
import sys
import tempfile
from pathlib import Path

import pytest
import quicktok
import tiktoken
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.characters import is_boundary
from bot.models.tokens import count_pieces, estimate_tokens, find_room, load_counter

O200K_FILE = "fb374d419588a4632f3f557e76b4b70aebbca790"  # SHA-1 of the table's address
CACHES = ("TIKTOKEN_CACHE_DIR", "DATA_GYM_CACHE_DIR")

dice = random.Random(7)

TEXTS = {
    "english": "The quarterly vacation policy allows employees to carry over up to five unused "
    "days into the next calendar year, subject to approval by their manager. Don't you agree?",
    "capitals": "THE QUARTERLY VACATION POLICY OF NASA, UNESCO AND THE HTTPSConnectionPool.",
    "chinese": "年假政策允许员工在经理批准的情况下将最多五天未使用的假期结转到下一个日历年。",
    "traditional": "年假政策允許員工在經理批准的情況下將最多五天未使用的假期結轉到下一個日曆年。",
    "classical": "道可道，非常道；名可名，非常名。無名天地之始，有名萬物之母。故常無欲，以觀其妙。",
    "mixed": "请访问 https://openbook.dev/zh/安装?版本=3 下载 OpenBook v3.14（2026年11月22日）。",
    "japanese": "年次有給休暇の方針では、上司の承認を得て、最大五日間の未使用日を繰り越せます。"
    "コンピュータープログラミングのインターフェース。吾輩は猫である。名前はまだ無い。",
    "korean": "휴가 정책에 따라 직원은 관리자의 승인을 받아 미사용 일수를 이월할 수 있다. ㅋㅋㅋ",
    "russian": "Политика отпусков позволяет сотрудникам перенести до пяти неиспользованных дней.",
    "greek": "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια. Ἄνδρα μοι ἔννεπε",
    "arabic": "تسمح سياسة الإجازات للموظفين بترحيل ما يصل إلى خمسة أيام غير مستخدمة إلى السنة.",
    "persian": "تمام افراد بشر آزاد به دنیا می‌آیند و از لحاظ حیثیت و حقوق با هم برابرند.",
    "hebrew": "כל בני האדם נולדו בני חורין ושווים בערכם ובזכויותיהם.",
    "hindi": "अवकाश नीति कर्मचारियों को पाँच अप्रयुक्त दिन अगले वर्ष में ले जाने देती है।",
    "bengali": "সমস্ত মানুষ স্বাধীনভাবে সমান মর্যাদা এবং অধিকার নিয়ে জন্মগ্রহণ করে।",
    "tamil": "மனிதப் பிறிவியினர் சகலரும் சுதந்திரமாகவே பிறக்கின்றனர்.",
    "telugu": "ప్రతిపత్తిస్వత్వముల విషయమున మానవులెల్లరును జన్మతః స్వతంత్రులును సమానులును నగుదురు.",
    "punjabi": "ਸਾਰਾ ਮਨੁੱਖੀ ਪਰਿਵਾਰ ਆਪਣੀ ਮਹਿਮਾ, ਸ਼ਾਨ ਅਤੇ ਹੱਕਾਂ ਦੇ ਪੱਖੋਂ ਜਨਮ ਤੋਂ ਹੀ ਆਜ਼ਾਦ ਹੈ",
    "thai": "นโยบายวันหยุดพักผ่อนอนุญาตให้พนักงานมีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ",
    "lao": "ມະນຸດທຸກຄົນເກີດມາມີກຽດສັກສີ, ສິດທິ, ເສລີພາບແລະຄວາມສະເໝີພາບເທົ່າທຽມກັນ.",
    "khmer": "មនុស្សទាំងអស់ កើតមកមានសេរីភាព និងសមភាព ក្នុងផ្នែកសេចក្ដីថ្លៃថ្នូរ និងសិទ្ធិ។",
    "tibetan": "འགྲོ་བ་མིའི་རིགས་རྒྱུད་ཡོངས་ལ་སྐྱེས་ཙམ་ཉིད་ནས་ཆེ་མཐོངས་དང༌།",
    "amharic": "የሰው ልጅ ሁሉ ሲወለድ ነጻና በክብርና በመብትም እኩልነት ያለው ነው።",
    "georgian": "ყველა ადამიანი იბადება თავისუფალი და თანასწორი თავისი ღირსებითა და უფლებებით.",
    "german": "Die Urlaubsregelung erlaubt es, bis zu fünf ungenutzte Tage zu übertragen. "
    "Donaudampfschifffahrtsgesellschaftskapitän.",
    "finnish": "Kaikki ihmiset syntyvät vapaina ja tasavertaisina arvoltaan ja oikeuksiltaan.",
    "hungarian": "Minden emberi lény szabadon születik és egyenlő méltósága és joga van.",
    "polish": "Wszyscy ludzie rodzą się wolni i równi pod względem godności. Zażółć gęślą jaźń.",
    "turkish": "Bütün insanlar hür, haysiyet ve haklar bakımından eşit doğarlar.",
    "vietnamese": "Tất cả mọi người sinh ra đều được tự do và bình đẳng về nhân phẩm và quyền lợi.",
    "swahili": "Watu wote wamezaliwa huru, hadhi na haki zao ni sawa. Wote wamejaliwa akili.",
    "code": "def f(x):\n    return {k: v**2 for k, v in x.items() if k is not None}\n"
    "\n\tcamelCase_snake()\n",
    "table": "| 2026-01-02 | 1,234.56 | EUR | ok |\n|------------|---------:|-----|:--:|\n" * 8,
    "json": '{"id": 17, "name": "Ünïcode \\u00e9", "tags": ["a", "b"], "x": null, "z": -1.5e-7}\n',
    "formula": "∀x∈ℝ: ⌈x⌉ = −⌊−x⌋, α ∧ ¬β, ℕ ⊆ ℤ ⊂ ℚ, 2H₂O, ∮ E⋅da = Q, n → ∞ \\frac{a}{b}",
    "emoji": "👍🏽🎉😀👨‍👩‍👧‍👦🇩🇪❤️🚀✅➡️🤦🏻‍♀️🙃🫠🪿",
    "addresses": "https://www.example42.com/path/to/index.html?q=123456789&utm=x#frag-3fa94c1e",
    "digits": "".join(dice.choice("0123456789") for _ in range(500)),
    "numbers": " ".join(str(dice.randint(0, 99999)) for _ in range(200)),
    "decimals": ",".join(f"{dice.random():.7f}" for _ in range(100)),
    "hexadecimal": dice.randbytes(500).hex(),
    "base64": base64.b64encode(dice.randbytes(2000)).decode(),
    "blanks": "a    b\t\tc\n\n\n   d \t e\n" * 20,
}


@pytest.fixture
def no_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine on which tiktoken has never loaded a table: the folder where it would look."""
    for name in CACHES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(tiktoken.registry, "ENCODINGS", {})
    return tmp_path / "data-gym-cache"


def write_table(folder: Path) -> Path:
    """tiktoken's own file of o200k_base, byte for byte, from the ranks that quicktok carries."""
    encoding = quicktok.get_encoding("o200k_base")
    table = b"".join(
        b"%s %d\n" % (base64.b64encode(encoding.decode_single_token_bytes(rank)), rank)
        for rank in range(199_998)
    )
    folder.mkdir(parents=True)
    path = folder / O200K_FILE
    path.write_bytes(table)
    return path


@pytest.mark.parametrize("kind", TEXTS)
def test_estimate_is_never_under_the_real_count(kind: str) -> None:
    text = TEXTS[kind]
    real = len(quicktok.get_encoding("o200k_base").encode_ordinary(text))
    assert real <= estimate_tokens(text) <= 4 * real


@pytest.mark.parametrize(("kind", "ratio"), [("english", 1.8), ("chinese", 1.8), ("code", 2.0)])
def test_estimate_is_not_far_over(kind: str, ratio: float) -> None:
    real = len(quicktok.get_encoding("o200k_base").encode_ordinary(TEXTS[kind]))
    assert estimate_tokens(TEXTS[kind]) <= ratio * real


def test_nothing_has_no_tokens() -> None:
    assert estimate_tokens("") == 0


@given(st.lists(st.text(alphabet="ab Z9\n。，年👍🏽\u0301.-", max_size=12), max_size=6))
@settings(deadline=None)
def test_parts_have_no_fewer_pieces_than_the_whole(parts: list[str]) -> None:
    spaced = [part + " \n" for part in parts]
    assert count_pieces("".join(spaced)) <= sum(map(count_pieces, spaced))


@given(st.text(alphabet="ab Z9\n。年👍", max_size=60), st.integers(0, 60))
@settings(deadline=None)
def test_room_is_what_fits_the_limit(text: str, limit: int) -> None:
    assert (count_pieces(text) <= find_room(limit)) == (estimate_tokens(text) <= limit)


def test_tiktoken_counts_if_its_table_is_on_this_machine(no_cache: Path) -> None:
    write_table(no_cache)
    counter = load_counter("gpt-5-mini")
    assert counter.name == "tiktoken o200k_base"
    assert counter.count(TEXTS["chinese"]) == len(
        quicktok.get_encoding("o200k_base").encode_ordinary(TEXTS["chinese"])
    )


@pytest.mark.parametrize("name", CACHES)
def test_the_table_is_looked_for_where_the_environment_says(
    no_cache: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    write_table(tmp_path / "elsewhere")
    assert load_counter("gpt-5").name == "quicktok o200k_base"
    monkeypatch.setenv(name, str(tmp_path / "elsewhere"))
    assert load_counter("gpt-5").name == "tiktoken o200k_base"


def test_a_damaged_table_is_neither_used_nor_deleted(no_cache: Path) -> None:
    no_cache.mkdir()
    damaged = no_cache / O200K_FILE
    damaged.write_bytes(b"IQ== 0\n")
    assert load_counter("gpt-5").name == "quicktok o200k_base"
    assert damaged.read_bytes() == b"IQ== 0\n"


def test_an_empty_cache_name_turns_tiktoken_off(
    no_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_table(no_cache)
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", "")
    assert load_counter("gpt-5").name == "quicktok o200k_base"


def test_without_any_table_the_estimate_counts(
    no_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "quicktok", None)
    counter = load_counter("gpt-5")
    assert counter.name == "estimate"
    assert counter.count(TEXTS["english"]) == estimate_tokens(TEXTS["english"])


@pytest.mark.parametrize(
    ("model", "encoding"),
    [
        ("gpt-6-luna", "o200k_base"),
        ("qwen3-max", "o200k_base"),
        ("deepseek-chat", "o200k_base"),
        ("gpt-oss-120b", "o200k_base"),
        ("davinci-002", "cl100k_base"),
        ("text-davinci-003", "o200k_base"),
        ("text-embedding-3-small", "cl100k_base"),
        ("", "o200k_base"),
    ],
)
def test_every_model_gets_an_encoding(no_cache: Path, model: str, encoding: str) -> None:
    assert load_counter(model).name == f"quicktok {encoding}"


@pytest.mark.parametrize(
    "text", ["<|endoftext|>", "half \ud83d of a pair", " " * 1_000_000, "年" * 50_000]
)
def test_any_text_can_be_counted(no_cache: Path, text: str) -> None:
    write_table(no_cache)
    assert load_counter("gpt-5").count(text) > 0


CUTTABLE = st.text(alphabet="ab Z9\n。年é\u0301👍🏽👨‍👩‍👧🇩🇪\r", max_size=80)


@given(CUTTABLE, st.integers(0, 40))
@settings(deadline=None)
def test_cut_keeps_the_beginning_within_the_limit(text: str, limit: int) -> None:
    counter = load_counter("gpt-5")
    kept = counter.cut(text, limit)
    assert text.startswith(kept)
    assert counter.count(kept) <= limit
    assert is_boundary(text, len(kept))
    assert kept == text or counter.count(text) > limit


def test_cut_keeps_as_much_as_fits() -> None:
    counter = load_counter("gpt-5")
    text = TEXTS["english"] * 50
    assert counter.count(counter.cut(text, 500)) == 500
    assert counter.cut("👨‍👩‍👧‍👦" * 10, 30) == "👨‍👩‍👧‍👦" * (30 // counter.count("👨‍👩‍👧‍👦"))
