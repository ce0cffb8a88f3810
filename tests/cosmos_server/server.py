"""The server: checks who asks, lets faults happen, and does what is asked."""

import base64
import json
import os
import threading
import time

from tests.cosmos_server import account, batches, items, plans, queries
from tests.cosmos_server.answers import Answer, Refusal
from tests.cosmos_server.auth import check_signature
from tests.cosmos_server.faults import Fault, Faults
from tests.cosmos_server.http_handler import Dropped, Handler
from tests.cosmos_server.partitions import split_at
from tests.cosmos_server.routing import Request, Route, route_of
from tests.cosmos_server.storage import Storage
from tests.quiet_server import QuietServer

_MAX_REQUEST_BYTES = 2 * 1024 * 1024


class CosmosServer:
    """A server on the loopback interface; `port` 0 takes a free one, and `key` None a new key."""

    def __init__(self, path: str = ":memory:", port: int = 0, key: str | None = None) -> None:
        self.key = key or base64.b64encode(os.urandom(64)).decode()
        self.faults = Faults()
        self.consistency = "Strong"
        self._stopped = False
        self._storage = Storage(path)
        handler = type("Handler", (Handler,), {"answer": staticmethod(self.answer)})
        self._http = QuietServer(("127.0.0.1", port), handler)
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}/"

    def start(self) -> None:
        """Serve in a thread of its own."""
        threading.Thread(target=self.serve, name="cosmos-server", daemon=True).start()

    def serve(self) -> None:
        """Serve until `stop`."""
        self._http.serve_forever(poll_interval=0.1)

    def stop(self) -> None:
        """End a server that was started, and close its file; open connections are dropped."""
        self._stopped = True
        self._http.shutdown()
        self._http.server_close()
        self._storage.close()

    def split(self, database: str, container: str, place: str) -> None:
        """Divide the physical partition that holds a place, as the service does when it grows."""
        with self._storage.transaction():
            row = self._storage.container(database, container)
            self._storage.set_ranges(row, split_at(row.ranges, place))

    def answer(self, request: Request) -> Answer:
        """Answer a request; raises `Dropped` when there is to be no answer."""
        if self._stopped:
            raise Dropped
        try:
            route = route_of(request)
            check_signature(self.key, request, route)
            fault = self.faults.take(request, route)
            if fault is not None:
                _befall(fault)
            answer = self._done(request, route, fault)
        except Refusal as refusal:
            return refusal.answer()
        if fault is not None and fault.drop == "after":
            raise Dropped
        return answer

    def _done(self, request: Request, route: Route, fault: Fault | None) -> Answer:
        if route.operation == "account":
            return account.describe(self.url, self.consistency)
        if route.operation == "faults":
            self.faults.inject(Fault(**request.json))
            return Answer(204)
        with self._storage.transaction():
            if route.operation in account.ABOUT:
                return account.ABOUT[route.operation](self._storage, request, route)
            return self._done_in_container(request, route, fault)

    def _done_in_container(self, request: Request, route: Route, fault: Fault | None) -> Answer:
        container = self._storage.container(route.database, route.container)
        if len(request.body) > _MAX_REQUEST_BYTES:
            raise Refusal(413, "Request size is too large.")
        if route.operation == "query":
            return queries.run_query(self._storage, container, request)
        if route.operation == "plan":
            return plans.plan(request)
        key = _key_of(request)
        if route.operation == "batch":
            return batches.run_batch(self._storage, container, key, request.json, fault)
        body = request.json if request.body else None
        if_match = request.header("if-match")
        operation = items.Operation(route.operation, key, route.id, body, if_match)
        return items.apply(self._storage, container, operation)


def _befall(fault: Fault) -> None:
    """What happens before a request is applied; raises `Refusal` or `Dropped`."""
    time.sleep(fault.delay_s)
    if fault.drop == "before":
        raise Dropped
    if fault.status is not None and not fault.inside:
        wait = fault.retry_after_ms
        headers = {} if wait is None else {"x-ms-retry-after-ms": str(wait)}
        raise Refusal(
            fault.status, "An injected fault.", substatus=fault.substatus, headers=headers
        )


def _key_of(request: Request) -> str:
    """The partition key that a request names, in one spelling; raises `Refusal`."""
    try:
        values = json.loads(request.header("x-ms-documentdb-partitionkey"))
    except ValueError:
        values = None
    if not isinstance(values, list):
        raise Refusal(400, "The partition key is missing.")
    return json.dumps(values)
