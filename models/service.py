"""Answers one scoring request: validate, download, decode, run, encode, upload."""

import dataclasses
import hashlib
import logging
import time
from collections.abc import Mapping
from typing import Any

from imaging.encode import encode_png
from imaging.errors import PhotoError
from imaging.pixels import Pixels
from models.contract import ScoreRequest, parse_body, parse_request, trace_id_of
from models.engine import Engine
from models.engines import ENGINES
from models.errors import EndpointError, invalid
from models.settings import Settings
from models.transfer import download, upload

# Azure ML's server formats and forwards what goes to its own logger and below it.
logger = logging.getLogger("azmlinfsrv.opal")

TASKS = {"echo": "", **{task: engine.input_name for task, engine in ENGINES.items()}}
_MAX_ECHO = 256

Answer = tuple[int, dict[str, Any]]


class Stopwatch:
    """Milliseconds per named step, in order, and in total."""

    def __init__(self) -> None:
        self._start = self._last = time.perf_counter()
        self.laps: dict[str, float] = {}

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.laps[name] = round(1000 * (now - self._last), 1)
        self._last = now

    def total(self) -> float:
        return round(1000 * (time.perf_counter() - self._start), 1)


def answer(method: str, body: bytes, trace_header: str, settings: Settings) -> Answer:
    """Serve a request; returns the HTTP status and a JSON document, and never raises."""
    trace_id = trace_id_of({}, trace_header)
    try:
        if method != "POST":
            raise EndpointError(405, "method_not_allowed", "Use POST.")
        document = parse_body(body)
        trace_id = trace_id_of(document, trace_header)
        request = parse_request(document, TASKS, trace_id)
        answered = _echo(request) if request.task == "echo" else _score(request, settings)
        return 200, answered
    except EndpointError as error:
        return _refused(error, trace_id)
    except PhotoError as error:
        return _refused(EndpointError(422, error.code, error.message), trace_id)
    except MemoryError:
        return _refused(
            EndpointError(503, "out_of_memory", "Too little memory now.", retryable=True), trace_id
        )
    except Exception:
        logger.exception("trace_id=%s unexpected failure", trace_id)
        return _refused(
            EndpointError(500, "internal_error", "Unexpected failure.", retryable=True), trace_id
        )


def _refused(error: EndpointError, trace_id: str) -> Answer:
    logger.warning("trace_id=%s refused: %s", trace_id, error)
    return error.status, {"error": error.as_document(), "trace_id": trace_id}


def _echo(request: ScoreRequest) -> dict[str, Any]:
    """Prove that the worker answers, without a model or a blob."""
    message = request.params.get("message", "ping")
    if not isinstance(message, str) or len(message) > _MAX_ECHO:
        raise invalid("params.message", f"must be a text of at most {_MAX_ECHO} characters")
    return {"message": "pong" if message == "ping" else message, "trace_id": request.trace_id}


def _score(request: ScoreRequest, settings: Settings) -> dict[str, Any]:
    engine = ENGINES[request.task]
    settings.allowed.check("output_url", request.output_url)  # before any work is done
    watch = Stopwatch()
    described, data = _produce(request, engine, settings, watch)
    upload(request.output_url, data, {**described, "timings_ms": dict(watch.laps)}, settings)
    watch.lap("upload")
    timings = {**watch.laps, "total": watch.total()}
    logger.info("trace_id=%s task=%s timings_ms=%s", request.trace_id, request.task, timings)
    return {**described, "timings_ms": timings, "trace_id": request.trace_id}


def _produce(
    request: ScoreRequest, engine: Engine, settings: Settings, watch: Stopwatch
) -> tuple[dict[str, Any], bytes]:
    """The answer without its timings, and the PNG; inputs are freed on the way."""
    data = download(request.inputs[engine.input_name], f"inputs.{engine.input_name}", settings)
    watch.lap("download")
    images: Mapping[str, Pixels] = {engine.input_name: engine.read(data, request.params)}
    del data
    watch.lap("decode")
    result = engine.run(images, request.params)
    del images
    watch.lap("run")
    png = encode_png(result.pixels)
    watch.lap("encode")
    height, width = result.pixels.shape[:2]
    output = {
        "width": width,
        "height": height,
        "bytes": len(png),
        "sha256": hashlib.sha256(png).hexdigest(),
    }
    model = dataclasses.asdict(result.model)
    return {"output": output, "model": model, "quality": dict(result.quality)}, png
