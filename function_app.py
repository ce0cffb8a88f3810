"""The whole app on one screen: every trigger, orchestration and activity that it has."""

import azure.durable_functions as df
import azure.functions as func

from activities import (
    complete_item,
    complete_job,
    export_variant,
    fail_item,
    inspect_photo,
    package_job,
    place_product,
    segment_product,
    settle_job,
    upscale_photo,
)
from orchestrations import finish_job, process_item
from triggers import blob_created, http_jobs, http_system, sweep

app = df.DFApp(http_auth_level=func.AuthLevel.FUNCTION)

for module in (
    *(blob_created, sweep, http_jobs, http_system),
    *(process_item, finish_job),
    *(inspect_photo, segment_product, place_product, upscale_photo, export_variant),
    *(complete_item, fail_item, settle_job, package_job, complete_job),
):
    app.register_functions(module.bp)
