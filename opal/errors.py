"""Every error of OPAL, each with a stable code.

OpalError
├── InvalidInput          what was sent is wrong; final
│   ├── RequestMalformed  a request that can't be read at all
│   ├── RequestTooLarge   a request body beyond the limit
│   ├── WebhookUrlRefused a URL that no webhook is sent to
│   │   └── WebhookHostUnknown
│   ├── NameRejected      a blob path that can't be taken
│   ├── RecipeInvalid     a job.json that can't be used
│   │   └── EngineUnavailable one that needs an engine that is not there
│   └── PhotoRejected     a photo that can't be used
├── KeyInvalid            no API key, or not one of ours; final
├── Forbidden             the key may not do this; final
├── NotFound              the thing asked for does not exist; final
│   └── ProfileMissing    no such brand profile
├── Conflict              the thing is not in a state for this; final
├── PreconditionFailed    the thing is another version than the request asks for; final
├── CreditsRefused        what is asked for can't be spent
│   ├── CreditsInsufficient   the balance is too low; a purchase helps
│   ├── JobBudgetExhausted    the job's budget is spent
│   └── MonthBudgetExhausted  the month's budget is spent
├── PaymentProviderDown   the payment provider fails; heals
├── PaymentRefused        the payment provider does not take the payment; final
├── PaymentsNotConfigured this installation sells no credits; final
├── TooManyRequests       the tenant's share of requests is used up; heals
├── EndpointError
│   ├── EndpointBusy      429, or all its workers busy; heals
│   ├── EndpointDown      no answer, a timeout, 5xx; heals
│   ├── EndpointGarbled   an answer that breaks the contract; may heal
│   └── EndpointRefused   any other 4xx; final
├── StageLost             a stage's blob is gone or damaged; the item is made again
├── RunEnded              the item needs no more work of this run: canceled, or superseded
├── DependencyDown        blob storage or the state store fails; heals
└── InternalError         a defect of ours; final
"""

from collections.abc import Mapping
from typing import Any

from opal.documents.failure import Failure


class OpalError(Exception):
    """Base of all errors; its text carries the `Failure` across the durable boundary.

    `details` are shown to an API's caller beside the message.
    """

    code = "internal_error"
    retryable = False
    http_status = 500

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        retry_after_s: float | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        self.message = message
        if code is not None:
            self.code = code
        self.retry_after_s = retry_after_s
        self.details = dict(details or {})
        super().__init__(self.failure.to_text())

    @property
    def failure(self) -> Failure:
        """The error as a document."""
        return Failure(
            code=self.code,
            message=self.message,
            retryable=self.retryable,
            retry_after_s=self.retry_after_s,
        )


class InvalidInput(OpalError):
    """What was sent is wrong."""

    code = "input_invalid"
    http_status = 422


class RequestMalformed(InvalidInput):
    """A request that can't be read: no JSON, or a header that means nothing."""

    code = "request_malformed"
    http_status = 400


class RequestTooLarge(InvalidInput):
    """A request body beyond the limit."""

    code = "request_too_large"
    http_status = 413


class WebhookUrlRefused(InvalidInput):
    """A URL that no webhook is sent to; the message says what is wrong with it."""

    code = "webhook_url_refused"


class WebhookHostUnknown(WebhookUrlRefused):
    """The webhook's host has no address, at least for now."""

    code = "webhook_host_unknown"


class NameRejected(InvalidInput):
    """A blob's path can't be taken: no tenant, a bad tenant, or a name with dot segments."""

    code = "name_rejected"


class RecipeInvalid(InvalidInput):
    """A job.json that can't be used; the message names the field."""

    code = "recipe_invalid"


class EngineUnavailable(RecipeInvalid):
    """A recipe that needs an engine that is not deployed; the message says what there is."""

    code = "engine_unavailable"


class PhotoRejected(InvalidInput):
    """A photo that can't be used; the code says why."""

    code = "photo_rejected"


class KeyInvalid(OpalError):
    """No API key came along, or one that is unknown, wrong or revoked: the answer is the same."""

    code = "key_invalid"
    http_status = 401

    def __init__(self) -> None:
        super().__init__("A valid API key is needed, in X-API-Key or as a bearer token.")


class Forbidden(OpalError):
    """The key is valid, but may not do this."""

    code = "forbidden"
    http_status = 403


class NotFound(OpalError):
    """The thing asked for does not exist, or belongs to someone else."""

    code = "not_found"
    http_status = 404


class ProfileMissing(NotFound):
    """The tenant has no such brand profile."""

    code = "profile_missing"

    def __init__(self, profile_id: str) -> None:
        super().__init__(f"profile: there is no brand profile {profile_id[:63]!r}.")


class Conflict(OpalError):
    """The thing is there, but not in a state in which this can be done."""

    code = "conflict"
    http_status = 409


class PreconditionFailed(OpalError):
    """The thing is there, but is not the version that the request was made for."""

    code = "precondition_failed"
    http_status = 412


class CreditsRefused(OpalError):
    """Credits can't be spent; `needed` and `left` are shown to the caller."""

    code = "credits_refused"
    http_status = 402
    reason = "The credits can't be spent"

    def __init__(self, needed: int, left: int) -> None:
        super().__init__(
            f"{self.reason}: {needed} are needed, {left} are left.",
            details={"needed": needed, "left": left},
        )


class CreditsInsufficient(CreditsRefused):
    """The balance is too low."""

    code = "credits_insufficient"
    reason = "There are not enough credits"


class JobBudgetExhausted(CreditsRefused):
    """The job may not cost more."""

    code = "job_budget_exhausted"
    reason = "The job's budget of credits is spent"


class MonthBudgetExhausted(CreditsRefused):
    """The tenant may not spend more this month."""

    code = "month_budget_exhausted"
    reason = "This month's budget of credits is spent"


class PaymentProviderDown(OpalError):
    """The payment provider did not answer, or not with what its contract says."""

    code = "payment_provider_unavailable"
    retryable = True
    http_status = 502


class PaymentRefused(OpalError):
    """The payment provider does not take this payment, or not from us."""

    code = "payment_refused"
    http_status = 502


class PaymentsNotConfigured(OpalError):
    """There is no payment provider."""

    code = "payments_not_configured"
    http_status = 409


class TooManyRequests(OpalError):
    """The tenant has used up its requests of this minute."""

    code = "rate_limited"
    retryable = True
    http_status = 429


class EndpointError(OpalError):
    """The model endpoint did not do what it was asked."""

    code = "endpoint_failed"
    http_status = 502


class EndpointBusy(EndpointError):
    """The endpoint asks to come back later."""

    code = "endpoint_busy"
    retryable = True
    http_status = 503


class EndpointDown(EndpointError):
    """The endpoint did not answer, or failed in a way that may pass."""

    code = "endpoint_unavailable"
    retryable = True
    http_status = 503


class EndpointGarbled(EndpointError):
    """The endpoint answered, but not what its contract says."""

    code = "endpoint_answer_invalid"
    retryable = True


class EndpointRefused(EndpointError):
    """The endpoint says that the request itself is wrong."""

    code = "endpoint_refused"


class StageLost(OpalError):
    """A stage that was finished can't be read any more; trying the same again can't help, but
    making the stage again does."""

    code = "stage_lost"


class RunEnded(OpalError):
    """The run of an item has nothing more to do: its item was canceled, finished or superseded."""

    code = "run_ended"
    http_status = 409


class DependencyDown(OpalError):
    """Blob storage or the state store did not answer, or failed in a way that may pass."""

    code = "dependency_unavailable"
    retryable = True
    http_status = 503


class InternalError(OpalError):
    """A defect of ours: the log has the details, the answer has none."""
