"""The client of the model endpoint: one session, one call, every answer judged.

What may heal is retryable: no connection, a timeout, 408, 429, 5xx, and 424 when it wraps a
busy or failing model (Azure ML answers 424 for the model's own status). An answer that breaks
the contract is retryable too, because a proxy can cut one short. Other 4xx are final and keep
the endpoint's own code, which says what is wrong with the photo or the request.
"""

import threading
from datetime import UTC, datetime
from functools import cache
from typing import Any, NoReturn

import requests
from azure.core.exceptions import AzureError
from azure.identity import DefaultAzureCredential
from pydantic import ValidationError
from requests.adapters import HTTPAdapter

from opal.documents.base import Document, Json
from opal.errors import (
    EndpointBusy,
    EndpointDown,
    EndpointGarbled,
    EndpointRefused,
)
from opal.retry_after import retry_after_s
from opal.settings import Settings, get_settings
from opal.telemetry import observe_endpoint_call, outgoing_headers

_SCOPE = "https://ml.azure.com/.default"
_MODEL_STATUS = ("ms-azureml-model-error-statuscode", "azureml-model-error-statuscode")


class ScoredOutput(Document):
    """What the endpoint wrote: pixels, bytes, digest."""

    width: int
    height: int
    bytes: int
    sha256: str


class Score(Document):
    """The endpoint's answer to a task."""

    output: ScoredOutput
    model: dict[str, str]
    quality: dict[str, Any]
    timings_ms: dict[str, float]


class InferenceClient:
    """Calls `POST /score`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._session = requests.Session()
        adapter = HTTPAdapter(pool_connections=4, pool_maxsize=32)
        self._session.mount("http://", adapter)
        self._session.mount("https://", adapter)
        self._credential: DefaultAzureCredential | None = None
        self._lock = threading.Lock()

    @property
    def models_revision(self) -> str:
        """Which set of models the endpoint has, as the operator counts them."""
        return self._settings.models_revision

    def score(
        self, task: str, inputs: dict[str, str], output_url: str, params: Json, trace_id: str
    ) -> Score:
        """Run a task; raises an `EndpointError` that says whether to try again."""
        body = {
            "task": task,
            "inputs": inputs,
            "output_url": output_url,
            "params": params,
            "trace_id": trace_id,
        }
        with observe_endpoint_call(task, trace_id):
            answer = self._post(body)
            try:
                return Score.parse(answer)
            except ValidationError as error:
                message = "The endpoint's answer lacks a part of its contract."
                raise EndpointGarbled(message) from error

    def ping(self, trace_id: str) -> None:
        """The echo task: reaches the endpoint's code without touching a model."""
        body = {"task": "echo", "params": {"message": "ping"}, "trace_id": trace_id}
        with observe_endpoint_call("echo", trace_id):
            if self._post(body, timeout_s=5.0).get("message") != "pong":
                raise EndpointGarbled("The endpoint's echo did not come back.")

    def _post(self, body: Json, timeout_s: float | None = None) -> Json:
        connect = self._settings.endpoint_connect_timeout_s
        read = timeout_s or self._settings.endpoint_timeout_s
        try:
            response = self._session.post(
                self._settings.endpoint_url,
                json=body,
                headers=outgoing_headers(),
                auth=self._sign,
                timeout=(connect, read),
            )
        except requests.Timeout as error:
            raise EndpointDown(
                f"The endpoint did not answer within {read:g} s.", code="endpoint_timeout"
            ) from error
        except requests.RequestException as error:
            raise EndpointDown("The endpoint can't be reached.") from error
        if response.status_code != 200:
            _raise_for(response)
        return _json_object(response)

    def _sign(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Given to `requests` as `auth`, because a .netrc entry would replace a plain header."""
        request.headers["Authorization"] = f"Bearer {self._bearer()}"
        return request

    def _bearer(self) -> str:
        if self._settings.endpoint_key is not None:
            return self._settings.endpoint_key
        with self._lock:
            if self._credential is None:
                self._credential = DefaultAzureCredential(
                    managed_identity_client_id=self._settings.identity_client_id
                )
        try:
            return self._credential.get_token(_SCOPE).token
        except AzureError as error:
            raise EndpointDown("No token for the endpoint could be had.") from error


def _json_object(response: requests.Response) -> Json:
    try:
        answer = response.json()
    except requests.JSONDecodeError as error:
        raise EndpointGarbled("The endpoint's answer is not JSON.") from error
    if not isinstance(answer, dict):
        raise EndpointGarbled("The endpoint's answer is not a JSON object.")
    return answer


def _raise_for(response: requests.Response) -> NoReturn:
    status = response.status_code
    if status == 424:
        wrapped = next((response.headers[h] for h in _MODEL_STATUS if h in response.headers), "")
        status = int(wrapped) if wrapped.isdecimal() else status
    retry_after = retry_after_s(response.headers.get("Retry-After", ""), datetime.now(UTC))
    if status == 429:
        raise EndpointBusy("The endpoint is busy.", retry_after_s=retry_after)
    if status in {408, 425} or status >= 500:
        raise EndpointDown(f"The endpoint answered {status}.", retry_after_s=retry_after)
    error = _error_of(response)
    raise EndpointRefused(
        str(error.get("message") or f"The endpoint answered {status}.")[:500],
        code=str(error["code"]) if error.get("code") else None,
    )


def _error_of(response: requests.Response) -> Json:
    try:
        error = _json_object(response).get("error")
    except EndpointGarbled:
        return {}
    return error if isinstance(error, dict) else {}


@cache
def get_inference() -> InferenceClient:
    """The endpoint's client of this process."""
    return InferenceClient(get_settings())
