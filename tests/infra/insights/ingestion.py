"""The ingestion of Application Insights, as far as an exporter sees it, and the rows it makes."""

import gzip
import json
import threading
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.quiet_server import QuietServer

Row = dict[str, Any]


class Ingestion:
    """An HTTP server that takes what exporters send, and keeps it."""

    def __init__(self) -> None:
        self._envelopes: list[Row] = []
        self._server = QuietServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def connection_string(self) -> str:
        """What makes an exporter send here."""
        address = f"http://127.0.0.1:{self._server.server_port}/"
        key = "00000000-0000-0000-0000-0000000000aa"
        return f"InstrumentationKey={key};IngestionEndpoint={address};LiveEndpoint={address}"

    @property
    def rows(self) -> list[Row]:
        """What was sent, as rows of the workspace's tables."""
        return [row for envelope in self._envelopes if (row := as_row(envelope)) is not None]

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        kept = self._envelopes

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                found = json.loads(body) if self.path.endswith("/track") else []
                kept.extend(found)
                counts = {"itemsReceived": len(found), "itemsAccepted": len(found), "errors": []}
                answer = json.dumps(counts).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: object) -> None:
                pass

        return Handler


def as_row(envelope: Row) -> Row | None:
    """The row that an envelope becomes in the workspace; None for what the app did not say."""
    data, tags = envelope["data"], envelope["tags"]
    make = _TABLES.get(data["baseType"])
    if make is None:
        return None
    row: Row = {
        "TimeGenerated": envelope["time"],
        "OperationId": tags.get("ai.operation.id", ""),
        "OperationName": tags.get("ai.operation.name", ""),
        "ParentId": tags.get("ai.operation.parentId", ""),
        "AppRoleName": tags.get("ai.cloud.role", ""),
        "AppRoleInstance": tags.get("ai.cloud.roleInstance", ""),
        "SDKVersion": tags.get("ai.internal.sdkVersion", ""),
        "Properties": data["baseData"].get("properties") or {},
    }
    return row | make(data["baseData"])


def _request(data: Row) -> Row:
    return {"Type": "AppRequests", "ResultCode": data["responseCode"], **_timed(data)}


def _dependency(data: Row) -> Row:
    named = {"DependencyType": data.get("type", ""), "Target": data.get("target", "")}
    return {"Type": "AppDependencies", "ResultCode": data["resultCode"], **named, **_timed(data)}


def _timed(data: Row) -> Row:
    named = {"Name": data["name"], "Id": data["id"], "Success": data["success"]}
    return {**named, "DurationMs": _milliseconds(data["duration"]), "ItemCount": 1}


def _milliseconds(duration: str) -> float:
    """Of a .NET time span, such as `0.00:00:01.250`."""
    days, clock = duration.split(".", 1)
    hours, minutes, seconds = clock.split(":")
    whole = int(days) * 86_400 + int(hours) * 3600 + int(minutes) * 60
    return (whole + float(seconds)) * 1000


def _trace(data: Row) -> Row:
    level = data.get("severityLevel")
    return {"Type": "AppTraces", "Message": data["message"], "SeverityLevel": level, "ItemCount": 1}


def _exception(data: Row) -> Row:
    [first, *_] = data["exceptions"]
    level = data.get("severityLevel")
    told = {"ExceptionType": first["typeName"], "OuterMessage": first["message"]}
    return {"Type": "AppExceptions", "SeverityLevel": level, "ItemCount": 1, **told}


def _metric(data: Row) -> Row:
    [point] = data["metrics"]
    value, count = point["value"], point.get("count") or 1
    low, high = point.get("min"), point.get("max")
    return {
        "Type": "AppMetrics",
        "Name": point["name"],
        "Sum": value,
        "ItemCount": count,
        "Min": value if low is None else low,
        "Max": value if high is None else high,
    }


_TABLES = {
    "RequestData": _request,
    "RemoteDependencyData": _dependency,
    "MessageData": _trace,
    "ExceptionData": _exception,
    "MetricData": _metric,
}
