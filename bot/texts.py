"""The words of desk and commands, in English and Chinese, in one place.

Text in braces is filled in by `str.format`. Lines are simple Markdown, as answers are.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.errors import (
    DeletionRefused,
    IndexBusy,
    IndexDamaged,
    IndexMissing,
    KnowledgeError,
    ModelError,
    OpenbookError,
    StoreError,
)


@dataclass(frozen=True, slots=True)
class Words:
    """One language. `commands` maps a command's name to its line in /help; `waiting` to what is
    said while it works; `failures` maps an error class to what an asker is told."""

    # Commands
    help_head: str
    help_foot: str
    commands: Mapping[str, str]
    waiting: Mapping[str, str]
    unknown_command: str
    admins_only: str
    forgotten: str
    search_what: str
    nothing_matches: str
    no_answer_yet: str
    no_sources: str
    searched_for: str
    evidence: str
    passage_found_by: str
    cost: str
    deletion_refused: str
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
    searching: str
    reading: str
    stopped: str
    # Failures
    failures: Mapping[type[OpenbookError], str]
    unexpected: str


ENGLISH = Words(
    help_head="Ask me anything about the documents. I answer from them alone and show where it "
    "stands.",
    help_foot="A question may refer to the ones before it.",
    commands={
        "help": "what I can do",
        "new": "start a new conversation",
        "search": "find passages: /search words",
        "sources": "the sources of the last answer",
        "why": "how the last answer came about",
        "status": "what is indexed",
        "reindex": "bring the index in line with the folder",
    },
    waiting={"reindex": "Reading the folder…"},
    unknown_command="There is no command {name}. /help shows those there are.",
    admins_only="{name} is for admins.",
    forgotten="A new conversation: what was said before is forgotten.",
    search_what="Say what to look for: /search words",
    nothing_matches="Nothing in the documents matches.",
    no_answer_yet="There is no answer yet. Ask a question first.",
    no_sources="The last answer cites no source.",
    searched_for="Searched for: {query}",
    evidence="Evidence: {score:.2f}, needed: {threshold:.2f}",
    passage_found_by="{place} ({found_by})",
    cost="Answered by {model} in {seconds:.1f} s, {tokens}, {price}",
    deletion_refused="This run would delete {deleted} of {total} passages. If that is meant, run "
    "`openbook index --yes`.",
    sources="Sources",
    page=", page {page}",
    tokens="{tokens:,} tokens",
    free="free",
    price_unknown="price unknown",
    indexed="Documents: {documents:,}, passages: {passages:,}, indexed {when}",
    embedder="Embedder: {embedder}, {dimensions} dimensions",
    no_embedder="No embedder: search by words alone",
    failed_files="Could not be read:",
    still_answers="its last good version still answers",
    rebuilt="Built anew: {reason}",
    folder_moved="The index was made from {before}; it is now of {now}.",
    other_folder="The index is of {folder}, not of {wanted}: run `openbook index`.",
    unchanged_all="Nothing has changed. Files: {unchanged:,}",
    would_do="This is what a run would do; nothing has been changed.",
    counts={
        "added": "Added",
        "changed": "Changed",
        "moved": "Moved",
        "removed": "Removed",
        "unchanged": "Unchanged",
    },
    remarks="Remarks:",
    skipped="Skipped:",
    more="… and {count:,} more",
    passages="Passages in the index: {passages:,}",
    embedded="embedded: {embedded:,} ({tokens}, {price})",
    would_embed="to embed: {embedded:,} ({tokens}, {price})",
    greeting="Openbook is ready. Documents: {documents:,}, indexed {when}.",
    model_answers="Answers are written by {model}.",
    extractive_answers="No language model is configured: answers are sentences of the documents.",
    how_to_leave="Ask in any language. /help shows the commands, Ctrl-D or /quit leaves.",
    searching="Searching…",
    reading="Reading what was found…",
    stopped="Stopped.",
    failures={
        IndexMissing: "The documents are not indexed yet, so there is nothing to answer from.",
        IndexBusy: "The index is being brought up to date by another run. Try again later.",
        IndexDamaged: "The index is damaged. An admin has to rebuild it.",
        DeletionRefused: "The run would have deleted much of the index, so it was not done.",
        StoreError: "The index cannot be read at the moment. Try again later.",
        KnowledgeError: "The folder of documents cannot be read.",
        ModelError: "The language model cannot be reached at the moment. Try again later.",
        OpenbookError: "This did not work.",
    },
    unexpected="Something unexpected went wrong; it has been logged. Try again or ask differently.",
)

CHINESE = Words(
    help_head="请就文档内容提问。我只依据文档回答，并注明出处。",
    help_foot="可以接着上一个问题追问。",
    commands={
        "help": "我能做什么",
        "new": "开始新的对话",
        "search": "查找段落：/search 关键词",
        "sources": "上一个回答的出处",
        "why": "上一个回答是怎样得出的",
        "status": "索引了哪些内容",
        "reindex": "按文件夹更新索引",
    },
    waiting={"reindex": "正在读取文件夹……"},
    unknown_command="没有 {name} 这个命令。发送 /help 查看全部命令。",
    admins_only="{name} 仅限管理员使用。",
    forgotten="已开始新的对话，之前的内容不再考虑。",
    search_what="请写明要查找的内容：/search 关键词",
    nothing_matches="文档中没有匹配的内容。",
    no_answer_yet="还没有回答。请先提问。",
    no_sources="上一个回答没有引用出处。",
    searched_for="检索内容：{query}",
    evidence="证据分：{score:.2f}，要求：{threshold:.2f}",
    passage_found_by="{place}（{found_by}）",
    cost="由 {model} 回答，用时 {seconds:.1f} 秒，{tokens}，{price}",
    deletion_refused="这次更新会删除 {total} 个段落中的 {deleted} 个。若确实要这样做，"
    "请运行 `openbook index --yes`。",
    sources="出处",
    page="，第 {page} 页",
    tokens="{tokens:,} 个 token",
    free="免费",
    price_unknown="价格未知",
    indexed="文档：{documents:,} 个，段落：{passages:,} 个，索引更新于 {when}",
    embedder="向量模型：{embedder}，{dimensions} 维",
    no_embedder="没有向量模型：只按词语检索",
    failed_files="无法读取：",
    still_answers="仍以上一个可读的版本回答",
    rebuilt="已重新建立：{reason}",
    folder_moved="索引原来来自 {before}，现在来自 {now}。",
    other_folder="索引来自 {folder}，不是 {wanted}：请运行 `openbook index`。",
    unchanged_all="没有变化，共 {unchanged:,} 个文件。",
    would_do="以上是更新时会做的事，目前没有任何改动。",
    counts={
        "added": "新增",
        "changed": "修改",
        "moved": "移动",
        "removed": "删除",
        "unchanged": "未变",
    },
    remarks="备注：",
    skipped="已跳过：",
    more="……另有 {count:,} 个",
    passages="索引中共有 {passages:,} 个段落",
    embedded="计算向量 {embedded:,} 个（{tokens}，{price}）",
    would_embed="需计算向量 {embedded:,} 个（{tokens}，{price}）",
    greeting="Openbook 已就绪，共 {documents:,} 个文档，索引更新于 {when}。",
    model_answers="回答由 {model} 撰写。",
    extractive_answers="没有配置语言模型：回答直接摘自文档原句。",
    how_to_leave="可用任何语言提问。/help 查看命令，Ctrl-D 或 /quit 退出。",
    searching="正在检索……",
    reading="正在阅读找到的内容……",
    stopped="已停止。",
    failures={
        IndexMissing: "文档还没有建立索引，暂时无法回答。",
        IndexBusy: "索引正由另一个进程更新，请稍后再试。",
        IndexDamaged: "索引已损坏，需要管理员重建。",
        DeletionRefused: "这次更新会删除大部分索引，因此没有执行。",
        StoreError: "暂时无法读取索引，请稍后再试。",
        KnowledgeError: "无法读取文档文件夹。",
        ModelError: "暂时无法连接语言模型，请稍后再试。",
        OpenbookError: "操作没有成功。",
    },
    unexpected="发生了意外错误，已记入日志。请重试或换一种问法。",
)


def choose_words(language: str) -> Words:
    """By language code as platforms and `detect_language` give it: `zh`, `zh-Hant`, `en_GB`."""
    return CHINESE if language.lower().startswith("zh") else ENGLISH
