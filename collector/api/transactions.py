"""Transactions. Rows 1 and 2 of contracts/synerise-events-api.md."""

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from collector.api.count_refusals import count_refusal
from collector.api.operation import ApiRequest, Operation, W
from collector.api.send import send
from collector.wire.synerise.transactions import (
    Transaction,
    Transactions,
    read_transaction,
    read_transactions,
)


async def create(asked: ApiRequest) -> Response:
    """Keep a transaction.charge and a product.buy for each product, or write over those of its salt."""
    raw = await run_in_threadpool(read_transaction, asked.raw)
    await send(asked, [raw])
    return Response(status_code=202)


async def create_many(asked: ApiRequest) -> Response:
    """The same for an array: all are taken, or none."""
    raws = await run_in_threadpool(read_transactions, asked.raw)
    await send(asked, raws, batch=True)
    return Response(status_code=202)


_ONE = """Keeps one event `transaction.charge` and an event `product.buy` for each of `products`.

All amounts are in one currency. Sending an `orderId` again makes a second transaction, unless both carry
the same `eventSalt`, `recordedAt` and profile: then the later one takes the place of the earlier, params
and products (by their places in the list) alike. A key that it leaves out, or sends as null, is gone from
the transaction. The `product.buy` of a place that it does not fill any more stays as it was."""

OPERATIONS = (
    Operation(
        id="createTransaction",
        row="events 1",
        method="POST",
        paths=("/v4/transactions",),
        summary="Create a transaction",
        group="Transactions",
        who=frozenset({W}),
        permission="API_TRANSACTION_CREATE",
        body=Transaction,
        own_body=True,
        description=_ONE,
        handler=create,
        on_refusal=count_refusal,
    ),
    Operation(
        id="createTransactions",
        row="events 2",
        method="POST",
        paths=("/v4/transactions/batch",),
        summary="Batch add or update transactions",
        group="Transactions",
        who=frozenset({W}),
        permission="API_BATCH_TRANSACTION_CREATE",
        body=Transactions,
        own_body=True,
        description="As many transactions at once. All are taken, or none where one is at fault.",
        handler=create_many,
        on_refusal=count_refusal,
    ),
)
