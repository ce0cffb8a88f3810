"""Running activities as the Functions worker does, and an item for them to work on."""

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from imaging.encode import encode_png
from imaging.pixels import Pixels
from opal.blobs import Blobs
from opal.documents import ItemRef, StageResult
from opal.job_options import default_recipe
from opal.names import understand_drop
from opal.state import get_store
from opal.state.claims import Source, claim_item, ensure_job
from opal.state.progress import begin_item

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def call(module: Any, request: dict[str, Any]) -> Any:
    """Run the activity of a module; its request has crossed the durable boundary as JSON."""
    [builder] = module.bp._function_builders
    function: Callable[[dict[str, Any]], Any] = builder._function.get_user_function()
    return function(json.loads(json.dumps(request)))


def item_in_processing() -> ItemRef:
    """A dropped photo whose run has begun."""
    drop = understand_drop("demo/summer/mug.jpg")
    job = ensure_job(get_store(), drop, default_recipe, "trace", NOW)
    claimed = claim_item(get_store(), job, drop, Source("etag", 1), NOW, 60)
    assert claimed is not None
    ref = ItemRef.of(claimed)
    begin_item(get_store(), ref, NOW, 60)
    return ref


def stored(blobs: Blobs, path: str, pixels: Pixels, **quality: Any) -> StageResult:
    """A finished stage whose blob is there."""
    data = encode_png(pixels)
    blobs.write(path, data, "image/png")
    return StageResult(
        path=path,
        width=pixels.shape[1],
        height=pixels.shape[0],
        bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        model={"name": "a-net", "version": "7"},
        quality=quality,
    )
