"""One attempt at a delivery, and what becomes of the delivery after it.

An attempt is made at least once: when a process dies between the request and the record, the
next one sends again, under the same `webhook-id`, by which the receiver knows it.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from opal.documents import DeliverWebhook, DeliveryRef, Notified
from opal.retry_after import retry_after_s
from opal.state.contract import Replace, StateStore
from opal.state.transition import racing
from opal.webhooks.delivery import Attempt, Delivery, DeliveryStatus, read_delivery
from opal.webhooks.endpoint import Endpoint
from opal.webhooks.endpoint_store import disable_endpoint, endpoints_of
from opal.webhooks.resting import Resting
from opal.webhooks.schedule import wait_after
from opal.webhooks.sending import Answer, Sender
from opal.webhooks.telling import tell

_ATTEMPTS_KEPT = 20
_GONE = 410


def attempt_delivery(
    store: StateStore,
    sender: Sender,
    resting: Resting,
    work: DeliverWebhook,
    now: datetime,
    lease_s: float,
) -> Notified:
    """Try once, if it is time; answers whether to ask again, and when.

    Asked too early, it tries nothing. Over is a delivery that is delivered or has failed, or
    that was begun anew in a later round. One whose endpoint was deleted or disabled fails; an
    endpoint that answers 410 is disabled.
    """
    found = read_delivery(store, work.tenant_id, work.delivery_id)
    if found is None:
        return _over("gone")
    _, delivery = found
    standing = _standing(delivery, work, now)
    if standing is not None:
        return standing
    endpoint = _endpoint_of(store, delivery)
    if endpoint is None or not endpoint.enabled:
        reason = "endpoint_deleted" if endpoint is None else "endpoint_disabled"
        return _record(store, work, now, lambda known: _failed(known, reason, now))
    answer = tell(sender, resting, endpoint, delivery, now)
    if answer.status == _GONE:
        disable_endpoint(store, delivery.tenant_id, endpoint, "gone", now)
    return _record(
        store,
        work,
        now + timedelta(milliseconds=answer.ms),
        lambda known: _tried(known, answer, work.schedule, now, lease_s),
    )


def _standing(delivery: Delivery, ref: DeliveryRef, now: datetime) -> Notified | None:
    """What to answer without an attempt; None when one is due."""
    if delivery.round != ref.round:
        return _over("superseded by a redelivery")
    if delivery.status is not DeliveryStatus.PENDING:
        return _over(delivery.reason or delivery.status.value)
    wait_s = (delivery.next_attempt_at - now).total_seconds()
    return Notified(verdict="again", reason="waiting", wait_s=wait_s) if wait_s > 0 else None


def _over(reason: str) -> Notified:
    return Notified(verdict="over", reason=reason)


def _endpoint_of(store: StateStore, delivery: Delivery) -> Endpoint | None:
    known = endpoints_of(store, delivery.tenant_id)
    return next((e for e in known if e.endpoint_id == delivery.endpoint_id), None)


def _record(
    store: StateStore, ref: DeliveryRef, ended: datetime, change: Callable[[Delivery], Delivery]
) -> Notified:
    """Change the delivery, unless somebody else brought it to an end or began it anew."""

    def attempt() -> Notified:
        found = read_delivery(store, ref.tenant_id, ref.delivery_id)
        if found is None:
            return _over("gone")
        stored, known = found
        if known.round == ref.round and known.status is DeliveryStatus.PENDING:
            known = change(known)
            store.write(known.partition, [Replace(known.dump(), stored.etag)])
        due_now = Notified(verdict="again", reason="due")
        return _standing(known, ref, ended) or due_now

    return racing(attempt)


def _tried(
    delivery: Delivery, answer: Answer, schedule: Sequence[float], now: datetime, lease_s: float
) -> Delivery:
    """The delivery after an attempt that began now."""
    attempt = Attempt(at=now, status=answer.status, error=answer.error, ms=answer.ms)
    tries = delivery.tries + 1
    attempts = (*delivery.attempts, attempt)[-_ATTEMPTS_KEPT:]
    tried = delivery.model_copy(
        update={"tries": tries, "attempts": attempts, "updated_at": now, "reason": None}
    )
    if answer.delivered:
        return tried.model_copy(update={"status": DeliveryStatus.DELIVERED})
    if answer.status == _GONE:
        return _failed(tried, "endpoint_gone", now)
    asked_s = retry_after_s(answer.retry_after, now)
    wait_s = wait_after(schedule, tries, asked_s, delivery.delivery_id)
    if wait_s is None:
        return _failed(tried, "attempts_exhausted", now)
    next_attempt_at = now + timedelta(milliseconds=answer.ms, seconds=wait_s)
    due_at = next_attempt_at + timedelta(seconds=lease_s)
    return tried.model_copy(update={"next_attempt_at": next_attempt_at, "due_at": due_at})


def _failed(delivery: Delivery, reason: str, now: datetime) -> Delivery:
    return delivery.model_copy(
        update={"status": DeliveryStatus.FAILED, "reason": reason, "updated_at": now}
    )
