"""Credits over HTTP."""

import azure.durable_functions as df
import azure.functions as func

from opal.api.admission import Call
from opal.api.billing import (
    CREATE_PAYMENT,
    ESTIMATE,
    GET_BALANCE,
    GET_PAYMENT,
    LIST_ENTRIES,
    LIST_PACKAGES,
    MOLLIE_NOTICE,
    BalanceView,
    EntryList,
    EstimateQuery,
    NewPayment,
    Noticed,
    PackageList,
    PaymentView,
)
from opal.api.estimating import estimate_job
from opal.api.serving import Answer, serve
from opal.credits import accounts, payments
from opal.credits.notices import payment_id_of
from opal.credits.payment import Payment
from opal.credits.prices import packages
from opal.paging import PageQuery
from opal.settings import get_settings
from opal.state import get_store
from triggers.operations import route

bp = df.Blueprint()


@route(bp, ESTIMATE)
def estimate(req: func.HttpRequest) -> func.HttpResponse:
    """What a job will cost at most."""
    return serve(
        ESTIMATE,
        req,
        lambda call: Answer(
            estimate_job(get_store(), get_settings(), call.tenant_id, call.query(EstimateQuery))
        ),
    )


@route(bp, GET_BALANCE)
def get_balance(req: func.HttpRequest) -> func.HttpResponse:
    """The tenant's balance."""
    return serve(
        GET_BALANCE,
        req,
        lambda call: Answer(
            BalanceView.parse(accounts.balance(get_store(), call.tenant_id).model_dump())
        ),
    )


@route(bp, LIST_ENTRIES)
def list_entries(req: func.HttpRequest) -> func.HttpResponse:
    """The tenant's ledger, newest first."""
    return serve(LIST_ENTRIES, req, _entries)


@route(bp, LIST_PACKAGES)
def list_packages(req: func.HttpRequest) -> func.HttpResponse:
    """The packages of credits that can be bought."""
    return serve(LIST_PACKAGES, req, lambda _: Answer(PackageList(packages=packages())))


@route(bp, CREATE_PAYMENT)
def create_payment(req: func.HttpRequest) -> func.HttpResponse:
    """Begin the purchase of a package."""
    return serve(CREATE_PAYMENT, req, _pay)


@route(bp, GET_PAYMENT)
def get_payment(req: func.HttpRequest) -> func.HttpResponse:
    """A payment."""
    return serve(
        GET_PAYMENT,
        req,
        lambda call: _payment(
            payments.get_payment(
                get_store(), get_settings(), call.tenant_id, call.path["payment_id"], call.now
            )
        ),
    )


@route(bp, MOLLIE_NOTICE)
def mollie_notice(req: func.HttpRequest) -> func.HttpResponse:
    """Mollie says that a payment changed."""
    return serve(MOLLIE_NOTICE, req, _notice)


def _entries(call: Call) -> Answer:
    query = call.query(PageQuery)
    page = accounts.entries(get_store(), call.tenant_id, query.limit, query.continuation)
    return Answer(EntryList.parse(page.model_dump()))


def _pay(call: Call) -> Answer:
    wanted = call.body(NewPayment)
    payment = payments.create_payment(
        get_store(),
        get_settings(),
        call.tenant_id,
        wanted.package,
        call.now,
        redirect_url=wanted.redirect_url,
        idempotency_key=call.idempotency_key,
    )
    where = {"Location": f"/v1/billing/payments/{payment.payment_id}"}
    return _payment(payment, 201, where)


def _payment(payment: Payment, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    return Answer(PaymentView.parse(payment.model_dump()), status, headers or {})


def _notice(call: Call) -> Answer:
    payments.handle_mollie_notice(get_store(), get_settings(), payment_id_of(call.raw), call.now)
    return Answer(Noticed())
