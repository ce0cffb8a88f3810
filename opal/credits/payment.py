"""The document of a payment."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from opal.documents import StoredDocument


class PaymentStatus(StrEnum):
    """Mollie's words; `mismatched` is ours, for one that was paid, but not as agreed."""

    OPEN = "open"
    PENDING = "pending"
    AUTHORIZED = "authorized"
    PAID = "paid"
    CANCELED = "canceled"
    EXPIRED = "expired"
    FAILED = "failed"
    MISMATCHED = "mismatched"


UNDECIDED = frozenset({PaymentStatus.OPEN, PaymentStatus.PENDING, PaymentStatus.AUTHORIZED})


class Payment(StoredDocument):
    """The purchase of a package: when it is `paid`, its credits are in the balance.

    `returned` are cents that were refunded or charged back, and `withdrawn` the credits that
    went with them. `due_at` is when the sweeper asks Mollie.
    """

    id: str
    kind: Literal["payment"] = "payment"
    tenant_id: str
    payment_id: str
    package: str
    credits: int
    price: str
    currency: str
    status: PaymentStatus = PaymentStatus.OPEN
    checkout_url: str | None = None
    returned: int = 0
    withdrawn: int = 0
    created_at: datetime
    updated_at: datetime
    paid_at: datetime | None = None
    due_at: datetime
    sort_key: str
