"""The Azure ML scoring script: `init` once per worker process, `run` once per request."""

import functools
import json
import os

from azureml_inference_server_http.api.aml_request import AMLRequest, rawhttp
from azureml_inference_server_http.api.aml_response import AMLResponse

from models.contract import MAX_BODY_BYTES
from models.loading import load_models
from models.pixel_threads import limit_pixel_threads
from models.service import answer
from models.settings import Settings, load_settings


@functools.cache
def _settings() -> Settings:
    return load_settings(os.environ)


def init() -> None:
    """Fail on bad settings and models now rather than on the first request, and load the models.

    The server is not ready before this returns. Requests run side by side on gunicorn's threads,
    so the pixel libraries use one each; the models share the cores as OPAL_CONCURRENCY says.
    """
    settings = _settings()
    limit_pixel_threads()
    load_models(settings.runtime)


@rawhttp
def run(request: AMLRequest) -> AMLResponse:
    """Serve one HTTP request on /score; failures become JSON documents, never exceptions."""
    body = request.stream.read(MAX_BODY_BYTES + 1) if request.method == "POST" else b""
    status, document = answer(
        request.method, body, request.headers.get("X-Trace-Id", ""), _settings()
    )
    headers = {"Allow": "POST"} if status == 405 else {}
    text = json.dumps(document, allow_nan=False)
    return AMLResponse(text, status, {"Content-Type": "application/json", **headers})
