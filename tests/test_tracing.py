"""Traces: a span a question, its stages below it, and no word of what was said."""

import asyncio
import subprocess
import sys
from contextlib import aclosing
from pathlib import Path

import pytest
from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from bot.errors import StoreError
from bot.nouns import Outcome
from bot.settings import Settings
from bot.tracing import Tracing, open_tracing
from bot.wiring import open_parts
from tests.desks import Engine, make_desk, make_message
from tests.test_house import ROOT

EXPORTER = "opentelemetry.exporter.otlp.proto.http.trace_exporter"


async def trace(engine: Engine, *texts: str) -> list[ReadableSpan]:
    """The spans of answers, a question's after those of its stages."""
    exporter = InMemorySpanExporter()
    tracing = Tracing(exporter)
    desk = make_desk(tracing.watch(engine))
    for text in texts:
        async with aclosing(desk.handle(make_message(text))) as events:
            async for _ in events:
                pass
    await tracing.close()
    return list(exporter.get_finished_spans())


async def test_a_question_and_its_stages() -> None:
    *stages, question = await trace(Engine(), "noon")
    assert [one.name for one in stages] == ["rewrite", "search", "write"]
    assert question.name == "question"
    assert question.parent is None
    for one in stages:
        assert one.parent is not None
        assert one.context is not None
        assert question.context is not None
        assert one.parent.span_id == question.context.span_id
        assert one.context.trace_id == question.context.trace_id
    ends = [(one.start_time or 0, one.end_time or 0) for one in stages]
    assert ends == sorted(ends)
    assert [begin for begin, _ in ends[1:]] == [end for _, end in ends[:-1]]
    assert dict(question.attributes or {}) == {
        "openbook.event": "e-noon",
        "openbook.outcome": "answered",
        "openbook.index_version": "",
        "openbook.seconds.model": 1.0,
        "openbook.seconds.total": 1.5,
        "gen_ai.request.model": "gpt-test",
        "gen_ai.usage.input_tokens": 1200,
        "gen_ai.usage.output_tokens": 34,
    }
    assert question.resource.attributes["service.name"] == "openbook"


async def test_each_question_is_a_trace_of_its_own() -> None:
    spans = [one for one in await trace(Engine(), "one", "two") if one.name == "question"]
    assert len({one.context.trace_id for one in spans if one.context}) == 2


async def test_a_question_that_fails() -> None:
    engine = Engine()
    engine.error = StoreError("The file /home/ada/secret is damaged.")
    *stages, question = await trace(engine, "noon")
    assert [one.name for one in stages] == ["rewrite", "search"]
    assert question.status.status_code is StatusCode.ERROR
    assert question.status.description == "StoreError"
    assert "secret" not in question.to_json()


async def test_what_was_said_is_in_no_span() -> None:
    engine = Engine()
    engine.outcome = Outcome.NOT_FOUND
    for span in await trace(engine, "ping"):
        for word in ("here", "evil", "shop/", "Pings", "test:bob"):
            assert word not in span.to_json()


async def test_the_environment_may_name_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_SERVICE_NAME", "the-house-bot")
    *_, question = await trace(Engine(), "noon")
    assert question.resource.attributes["service.name"] == "the-house-bot"


async def test_a_collector_is_sent_what_was_traced(unused_tcp_port: int) -> None:
    taken: list[str] = []

    async def take(request: web.Request) -> web.Response:
        body = ExportTraceServiceRequest.FromString(await request.read())
        taken.extend(
            span.name
            for resource in body.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        )
        return web.Response()

    application = web.Application()
    application.add_routes([web.post("/v1/traces", take)])
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", unused_tcp_port).start()
    settings = Settings.model_validate(
        {
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{unused_tcp_port}/",
            "OPENBOOK_EMBEDDER": "none",
        }
    )
    try:
        async with (
            open_parts(settings) as parts,
            aclosing(parts.desk.handle(make_message("Hello"))) as events,
        ):
            assert len([event async for event in events]) == 1
    finally:
        await runner.cleanup()
    assert taken == ["write", "question"]


async def test_a_collector_that_is_away_costs_no_answer(
    unused_tcp_port: int, caplog: pytest.LogCaptureFixture
) -> None:
    tracing = open_tracing(f"http://127.0.0.1:{unused_tcp_port}")
    assert tracing is not None
    desk = make_desk(tracing.watch(Engine()))
    async with aclosing(desk.handle(make_message("noon"))) as events:
        assert len([event async for event in events]) == 4
    async with asyncio.timeout(30):
        await tracing.close()
    assert "opentelemetry" in {record.name.partition(".")[0] for record in caplog.records}


def test_without_the_extra_the_log_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, EXPORTER, None)
    assert open_tracing("http://127.0.0.1:4318") is None
    assert "install openbook[traces]" in caplog.text


def test_nothing_is_imported_where_no_traces_are_wanted(tmp_path: Path) -> None:
    code = (
        "import sys; from bot.settings import read_settings; from bot.wiring import Parts;"
        "import bot.cli.serving, bot.tracing; parts = Parts(read_settings()); parts.desk;"
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "OPENBOOK_EMBEDDER": "none"},
        capture_output=True,
        check=True,
        text=True,
    )
    assert shown.stdout == "[]\n"
