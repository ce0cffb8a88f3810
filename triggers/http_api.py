"""The whole API: every module of HTTP functions that it has."""

from triggers import (
    http_billing,
    http_brand_profiles,
    http_jobs,
    http_reviews,
    http_system,
    http_uploads,
    http_webhooks,
)

MODULES = (
    *(http_jobs, http_reviews, http_uploads, http_brand_profiles, http_billing),
    *(http_webhooks, http_system),
)
