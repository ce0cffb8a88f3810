"""Credits over HTTP: what a job costs, what there is, and how to buy more."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, PlainSerializer

from opal.api.operation import Operation
from opal.choices import PresetName, ProfileId
from opal.credits.documents import Reason
from opal.credits.payment import PaymentStatus
from opal.credits.prices import Estimate, Package, packages
from opal.documents import Document
from opal.keys import Role
from opal.paging import IN_DIGITS, PageQuery
from opal.scene_choices import SceneName

_with_commas = (
    BeforeValidator(lambda given: given.split(",") if isinstance(given, str) else given),
    PlainSerializer(",".join, return_type=str),
)
Scenes = Annotated[tuple[SceneName, ...], Field(min_length=1, max_length=20), *_with_commas]
Exports = Annotated[tuple[PresetName, ...], Field(min_length=1, max_length=30), *_with_commas]


def _list_packages(schema: dict[str, Any]) -> None:
    schema["enum"] = [package.name for package in packages()]


class EstimateQuery(Document):
    """What to estimate: `scenes` and `exports` are names with commas between."""

    photos: Annotated[int, Field(ge=1, le=1_000_000), IN_DIGITS] = 1
    brand_profile_id: ProfileId | None = None
    scenes: Scenes | None = None
    exports: Exports | None = None
    upscale: bool | None = None


class JobEstimate(Estimate):
    """What a job will cost at most, and whether the tenant has it.

    Where credits are not asked for (`billing_enabled` is false), every job is affordable.
    """

    billing_enabled: bool
    available: int
    affordable: bool


class BalanceView(Document):
    """What the tenant can spend, and what is held for photos under way, in credits.

    `month_budget` is the tenant's own, where it has one.
    """

    available: int
    held: int
    month_budget: int | None


class EntryView(Document):
    """A change of the balance: `delta` is what the tenant has more or less by it."""

    id: str
    reason: Reason
    available: int
    held: int
    delta: int
    ref: str
    note: str
    job_id: str | None
    item_id: str | None
    created_at: datetime


class EntryList(Document):
    """Entries, newest first, and where the next page begins; null at the end."""

    entries: tuple[EntryView, ...]
    continuation: str | None


class PaymentView(Document):
    """The purchase of a package: when it is `paid`, its credits are in the balance.

    `returned` are cents that were refunded or charged back, and `withdrawn` the credits that
    went with them.
    """

    payment_id: str
    package: str
    credits: int
    price: str
    currency: str
    status: PaymentStatus
    checkout_url: str | None
    returned: int
    withdrawn: int
    created_at: datetime
    updated_at: datetime
    paid_at: datetime | None


class PackageList(Document):
    """The packages of credits that can be bought, smallest first."""

    packages: tuple[Package, ...]


class NewPayment(Document):
    """A package to buy; `redirect_url` is where the buyer comes back to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tenant_id: str | None = Field(default=None, max_length=63)
    package: str = Field(max_length=40, json_schema_extra=_list_packages)
    redirect_url: str | None = Field(default=None, pattern=r"^https?://[!-~]{1,1000}$")


class Noticed(Document):
    """The notice was understood."""

    ok: bool = True


ESTIMATE = Operation(
    id="estimate",
    method="GET",
    path="/v1/estimate",
    tag="Credits",
    summary="What a job will cost at most",
    role=Role.READ,
    query=EstimateQuery,
    answers={200: JobEstimate},
    failures=("profile_missing", "recipe_invalid", "engine_unavailable"),
)
GET_BALANCE = Operation(
    id="get_balance",
    method="GET",
    path="/v1/billing/balance",
    tag="Credits",
    summary="What the tenant can spend, and what is held for photos under way",
    role=Role.READ,
    answers={200: BalanceView},
)
LIST_ENTRIES = Operation(
    id="list_entries",
    method="GET",
    path="/v1/billing/ledger",
    tag="Credits",
    summary="Every change of the balance, newest first",
    role=Role.READ,
    query=PageQuery,
    answers={200: EntryList},
    failures=("continuation_invalid",),
)
LIST_PACKAGES = Operation(
    id="list_packages",
    method="GET",
    path="/v1/billing/packages",
    tag="Credits",
    summary="The packages of credits that can be bought",
    role=Role.READ,
    answers={200: PackageList},
)
CREATE_PAYMENT = Operation(
    id="create_payment",
    method="POST",
    path="/v1/billing/payments",
    tag="Credits",
    summary="Begin the purchase of a package; the buyer pays at `checkout_url`",
    role=Role.ADMIN,
    body=NewPayment,
    answers={201: PaymentView},
    failures=(
        *("package_unknown", "idempotency_key_reused", "payments_not_configured"),
        *("payment_refused", "payment_provider_unavailable"),
    ),
    headers=("Idempotency-Key",),
    answer_headers=("Location",),
    links={"get_payment": {"payment_id": "$response.body#/payment_id"}},
)
GET_PAYMENT = Operation(
    id="get_payment",
    method="GET",
    path="/v1/billing/payments/{payment_id}",
    tag="Credits",
    summary="A payment; while it is undecided, Mollie is asked",
    role=Role.READ,
    answers={200: PaymentView},
    failures=("payment_missing", "payment_provider_unavailable", "payments_not_configured"),
)
MOLLIE_NOTICE = Operation(
    id="mollie_notice",
    method="POST",
    path="/v1/billing/mollie",
    tag="Credits",
    summary="Mollie says that a payment changed; it is asked what became of it",
    role=None,
    answers={200: Noticed},
    failures=(
        *("payment_id_missing", "payment_id_invalid", "payment_provider_unavailable"),
        "payments_not_configured",
    ),
    form=True,
)
OPERATIONS = (
    *(ESTIMATE, GET_BALANCE, LIST_ENTRIES, LIST_PACKAGES),
    *(CREATE_PAYMENT, GET_PAYMENT, MOLLIE_NOTICE),
)
