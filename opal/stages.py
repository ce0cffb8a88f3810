"""Stages: work done by the endpoint, found again instead of done again.

A stage's blob is content addressed: its name is a digest of what went in, the parameters, the
recipe version, and the revision of the models. The endpoint stores its answer as metadata of the
blob that it writes, in the same request, so a blob that exists is a stage that is finished, and
whoever comes later (a retry, a restart, another job with the same photo) reads result and answer
from it.
"""

import base64
import hashlib
import json

from pydantic import ValidationError

from opal.blobs import Blobs
from opal.documents import Json, StageResult
from opal.errors import EndpointGarbled, NotFound, StageLost
from opal.inference import InferenceClient, Score
from opal.names import WORK
from opal.recipe import RECIPE_VERSION

_METADATA = "opal"


def stage_path(
    tenant_id: str, stage: str, inputs: dict[str, str], params: Json, models_revision: str
) -> str:
    """The blob path of a stage's result; `inputs` are SHA-256 digests by name."""
    identity = {
        "inputs": inputs,
        "params": params,
        "recipe_version": RECIPE_VERSION,
        "models_revision": models_revision,
    }
    key = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()
    return f"{WORK}/{tenant_id}/{stage}/{key}.png"


def find_stage(blobs: Blobs, path: str) -> StageResult | None:
    """The finished stage at this path, or None."""
    properties = blobs.properties(path)
    if properties is None:
        return None
    text = (properties.metadata or {}).get(_METADATA, "")
    try:
        score = Score.parse(json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))))
    except (ValueError, ValidationError):
        return None
    if properties.size != score.output.bytes:
        return None
    return _result(path, score, reused=True)


def run_stage(
    blobs: Blobs,
    inference: InferenceClient,
    *,
    tenant_id: str,
    stage: str,
    inputs: dict[str, tuple[str, str]],
    params: Json,
    trace_id: str,
) -> StageResult:
    """Find the stage's result or have the endpoint make it.

    `inputs` are (blob path, SHA-256) by name. An answer whose blob is not there, or is another
    one, is not believed: raises `EndpointGarbled` (retryable).
    """
    digests = {name: sha for name, (_, sha) in inputs.items()}
    path = stage_path(tenant_id, stage, digests, params, inference.models_revision)
    found = find_stage(blobs, path)
    if found is not None:
        return found
    score = inference.score(
        stage,
        {name: blobs.read_url(blob) for name, (blob, _) in inputs.items()},
        blobs.write_url(path),
        params,
        trace_id,
    )
    written = find_stage(blobs, path)
    if written is None:
        raise EndpointGarbled(
            "The endpoint said it was done, but its output is not there.",
            code="endpoint_output_missing",
        )
    if written.sha256 != score.output.sha256:
        raise EndpointGarbled(
            "The endpoint's output is not the one it spoke of.", code="endpoint_output_differs"
        )
    return _result(path, score, reused=False)


def read_stage(blobs: Blobs, stage: StageResult) -> bytes:
    """A stage's bytes, verified against their digest.

    A blob that another run wrote anew under the same key is as good, if it is whole. One that
    is not is removed, so that it is made again: raises `StageLost`, as for one that is gone.
    """
    try:
        data = blobs.read(stage.path)
    except NotFound as error:
        raise StageLost("A stage's blob is gone.") from error
    digest = hashlib.sha256(data).hexdigest()
    if digest == stage.sha256:
        return data
    found = find_stage(blobs, stage.path)
    if found is not None and found.sha256 == digest:
        return data
    blobs.delete(stage.path)
    raise StageLost("A stage's blob is damaged; it was removed.")


def _result(path: str, score: Score, *, reused: bool) -> StageResult:
    return StageResult(
        path=path,
        width=score.output.width,
        height=score.output.height,
        bytes=score.output.bytes,
        sha256=score.output.sha256,
        model=score.model,
        quality=score.quality,
        timings_ms={} if reused else score.timings_ms,
        reused=reused,
    )
