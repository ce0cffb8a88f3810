"""The whole app on one screen: every trigger, orchestration and activity that it has."""

import azure.durable_functions as df
import azure.functions as func

from activities import (
    ask_for_review,
    cancel_items,
    complete_item,
    complete_job,
    export_variant,
    fail_item,
    inspect_photo,
    notify_webhook,
    package_job,
    place_product,
    segment_product,
    settle_job,
    settle_review,
    start_deliveries,
    upscale_photo,
)
from opal.telemetry import start_telemetry
from orchestrations import deliver_webhook, finish_job, process_item, stop_job
from triggers import blob_created, http_api, sweep

start_telemetry()
app = df.DFApp(http_auth_level=func.AuthLevel.FUNCTION)

for module in (
    *(blob_created, sweep, *http_api.MODULES),
    *(process_item, finish_job, stop_job, deliver_webhook),
    *(inspect_photo, segment_product, place_product, upscale_photo, export_variant),
    *(complete_item, fail_item, settle_job, package_job, complete_job, cancel_items),
    *(ask_for_review, settle_review, start_deliveries, notify_webhook),
):
    app.register_functions(module.bp)
