"""The way of an event: from the raw container through Event Grid to the blob trigger."""

import json
import re
from pathlib import Path

from opal import names
from tests.infra.bicep.values import dig
from tests.infra.deployments import made, of_type, second_stage
from tests.infra.functions import bindings

_TOPIC = "Microsoft.EventGrid/systemTopics/eventSubscriptions"
_CALLS = {"PutBlob", "PutBlockList", "FlushWithClose", "CopyBlob"}
_FILE = "infra/events.bicep"


def blob_trigger() -> tuple[str, str]:
    """The name of the function with the blob trigger, and the path that it watches."""
    for function, (trigger, *_) in bindings().items():
        if trigger["type"] == "blobTrigger":
            return function, trigger["path"]
    raise LookupError("the app has no blob trigger")


def subscription(root: Path) -> list[str]:
    """What would keep an event from the trigger, or bring others to it."""
    function, path = blob_trigger()
    container, _, rest = path.partition("/")
    (found,) = of_type(second_stage(root), _TOPIC)
    properties = found.body.get("properties")
    prefix = f"/blobServices/default/containers/{container}/blobs/{rest.split('{')[0]}"
    url = str(dig(properties, "destination", "properties", "endpointUrl"))
    target = re.search(r"/runtime/webhooks/blobs\?functionName=([\w.]+)&code=", url)
    letters = dig(properties, "deadLetterWithResourceIdentity", "deadLetterDestination")
    filters = dig(properties, "filter", "advancedFilters") or []
    apis = {v for f in filters if f.get("key") == "data.api" for v in f.get("values", [])}
    checks = {
        f"the filter must begin with {prefix}": dig(properties, "filter", "subjectBeginsWith")
        == prefix,
        f"the webhook must be that of {function}": target is not None
        and target[1] == f"Host.Functions.{function}",
        "events must come by a webhook": dig(properties, "destination", "endpointType")
        == "WebHook",
        "only BlobCreated events may come": dig(properties, "filter", "includedEventTypes")
        == ["Microsoft.Storage.BlobCreated"],
        f"the calls that end a blob are {sorted(_CALLS)}": apis == _CALLS,
        "dead letters must go where the sweeper counts them": dig(
            letters, "properties", "blobContainerName"
        )
        == names.DEAD_LETTERS,
        "events of Event Grid's own schema are what the trigger reads": dig(
            properties, "eventDeliverySchema"
        )
        == "EventGridSchema",
    }
    return [f"{_FILE}: {told}" for told, holds in checks.items() if not holds]


def task_hub(root: Path) -> list[str]:
    """A task hub of another name than that of host.json."""
    host = json.loads((root / "host.json").read_text("utf-8"))
    wanted = host["extensions"]["durableTask"]["hubName"]
    hubs = of_type(made(root), "Microsoft.DurableTask/schedulers/taskHubs")
    found = [hub.body["name"] for hub in hubs]
    return [] if found == [wanted] else [f"infra/app/scheduler.bicep: hubs {found}, not {wanted}"]
