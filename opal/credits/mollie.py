"""What we ask of Mollie, and how its answers and failures look to us.

The client is imported when it is first used: most calls of the app never need it.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, Self

from pydantic import Field

from opal.documents import Document
from opal.errors import PaymentProviderDown, PaymentRefused, PaymentsNotConfigured
from opal.settings import Settings

if TYPE_CHECKING:
    from mollie.api.client import Client

_GONE = frozenset({404, 410})
_REFUSED = frozenset({400, 401, 403, 422})
_FAILED = "The payment provider did not do what it was asked"


class Amount(Document):
    """Money as Mollie writes it: two decimals, and an ISO 4217 code."""

    value: str = Field(pattern=r"^[0-9]+\.[0-9]{2}$")
    currency: str

    @property
    def cents(self) -> int:
        """Hundredths of the currency."""
        return int(Decimal(self.value) * 100)


class MolliePayment(Document):
    """A payment as Mollie knows it now.

    `installation`, `tenant_id` and `package` are what we noted there when we made it; None if it
    is not ours.
    `returned` are cents that were refunded or charged back.
    """

    id: str
    status: str
    amount: Amount
    installation: str | None
    tenant_id: str | None
    package: str | None
    returned: int
    checkout_url: str | None

    @classmethod
    def read(cls, answer: Any) -> Self:
        """Read Mollie's answer; raises `ValidationError`."""
        noted = answer.metadata if isinstance(answer.metadata, dict) else {}
        back = [answer.amount_refunded, answer.amount_chargedback]
        return cls.parse(
            {
                "id": answer.id,
                "status": answer.status,
                "amount": answer.amount,
                "installation": noted.get("installation"),
                "tenant_id": noted.get("tenant_id"),
                "package": noted.get("package"),
                "returned": sum(Amount.parse(amount).cents for amount in back if amount),
                "checkout_url": answer.checkout_url,
            }
        )


def fetch_payment(settings: Settings, payment_id: str) -> MolliePayment | None:
    """The payment as it is now; None if Mollie does not know it.

    Raises `PaymentProviderDown` for anything else, a refused key too: the question must be
    asked again.
    """
    try:
        payment = _ask(settings, lambda client: client.payments.get(payment_id))
    except _Answered as answer:
        if answer.status in _GONE:
            return None
        raise PaymentProviderDown(f"{_FAILED} ({answer.status}).") from answer
    if payment.id != payment_id:
        raise PaymentProviderDown("The payment provider answered about another payment.")
    return payment


def start_payment(
    settings: Settings, order: Mapping[str, object], idempotency_key: str
) -> MolliePayment:
    """Make a payment; the same key within an hour answers the one made before.

    Raises `PaymentRefused` when asking again can't help, else `PaymentProviderDown`.
    """
    try:
        return _ask(settings, lambda client: client.payments.create(dict(order), idempotency_key))
    except _Answered as answer:
        if answer.status in _REFUSED:
            field = f" because of {answer.field}" if answer.field else ""
            raise PaymentRefused(
                f"The payment provider refused the payment{field} ({answer.status})."
            ) from answer
        raise PaymentProviderDown(f"{_FAILED} ({answer.status}).") from answer


class _Answered(Exception):
    """Mollie answered with an error."""

    def __init__(self, status: int, field: str | None) -> None:
        super().__init__(status)
        self.status = status
        self.field = field


def _ask(settings: Settings, question: Callable[["Client"], Any]) -> MolliePayment:
    client = _client_of(settings)
    from mollie.api.error import Error, ResponseError

    try:
        return MolliePayment.read(question(client))
    except ResponseError as error:
        raise _Answered(int(error.status or 0), error.field) from error
    except (Error, ValueError, TypeError, LookupError) as error:
        # The client's own checks of an answer fail with any of these.
        raise PaymentProviderDown(f"{_FAILED} ({type(error).__name__}).") from error


def _client_of(settings: Settings) -> "Client":
    if settings.mollie_api_key is None:
        raise PaymentsNotConfigured("This installation has no payment provider.")
    return _client(settings.mollie_api_key, settings.mollie_url, settings.mollie_timeout_s)


@cache
def _client(api_key: str, url: str, timeout_s: int) -> "Client":
    from mollie.api.client import Client

    client = Client(api_endpoint=url, timeout=(5, timeout_s), retry=1)
    client.set_api_key(api_key)
    return client
