"""The API's description as one page to read: no script, nothing fetched from elsewhere."""

import json
import re
from collections.abc import Iterator
from functools import cache
from html import escape
from string import Template
from typing import Any

from opal.api.openapi import openapi
from opal.documents import Json

_ANYWHERE = ("401", "403", "413", "429", "500", "503")
"""Failures that any operation may have; they stand at the page's head."""
_PAGE = Template("""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>OPAL API</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
:root { --ink: #1c2024; --soft: #60646c; --line: #e0e1e6; --tint: #f6f7f9; --blue: #0b62c4; }
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; color: var(--ink); }
nav { position: fixed; inset: 0 auto 0 0; width: 270px; overflow: auto; padding: 24px 20px;
      background: var(--tint); border-right: 1px solid var(--line); font-size: 14px; }
nav a { display: block; color: inherit; text-decoration: none; padding: 2px 0; }
nav a:hover { color: var(--blue); }
nav h2 { font-size: 12px; letter-spacing: .06em; text-transform: uppercase; color: var(--soft);
         margin: 18px 0 4px; }
main { margin-left: 270px; padding: 32px 48px; max-width: 1000px; }
section { border-top: 1px solid var(--line); padding: 24px 0; }
h1 { margin: 0 0 8px; } h3 { margin: 0; font-size: 18px; }
code, pre { font: 13px/1.5 ui-monospace, monospace; }
pre { background: var(--tint); border: 1px solid var(--line); border-radius: 6px; padding: 12px;
      overflow: auto; }
table { border-collapse: collapse; width: 100%; font-size: 14px; margin: 8px 0 16px; }
th { text-align: left; font-weight: 600; color: var(--soft); }
td, th { padding: 5px 12px 5px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
.method { display: inline-block; min-width: 60px; font-weight: 700; color: var(--blue); }
.soft { color: var(--soft); }
@media (max-width: 800px) { nav { position: static; width: auto; }
                             main { margin: 0; padding: 20px; } }
</style></head><body>
<nav><strong>OPAL API</strong> <span class="soft">$version</span>
<a href="#documents">Documents</a><a href="#errors">Errors</a>
<a href="/openapi.json">openapi.json</a>$index</nav>
<main><h1>OPAL API</h1><p>$description</p>
<p>Send the key as <code>X-API-Key</code> or <code>Authorization: Bearer</code>. Every answer has
an <code>X-Request-Id</code> and an <code>X-Trace-Id</code>; every error is a problem document
with a stable <code>code</code>. The operator makes keys with
<code>python -m opal keys create --tenant …</code>.</p>
<p>Any operation may also answer 401 <code>key_invalid</code>, 403
<code>role_insufficient</code> or <code>tenant_mismatch</code>, 413 <code>request_too_large</code>,
429 <code>rate_limited</code>, 500 <code>internal_error</code>, 503
<code>dependency_unavailable</code>.</p>
<pre>curl -H "X-API-Key: $$OPAL_API_KEY" -H "Idempotency-Key: spring-1" \\
     -H "Content-Type: application/json" \\
     -d '{"items": [{"filename": "mug.jpg"}], "options": {"exports": ["amazon_main"]}}' \\
     $$OPAL_URL/v1/jobs</pre>
$operations
<section id="documents"><h3>Documents</h3>$documents</section>
<section id="errors"><h3>Errors</h3><p>All codes, also at <a href="/v1/errors">/v1/errors</a>.</p>
$errors</section></main></body></html>
""")


@cache
def page() -> str:
    """The page, as HTML."""
    from opal.error_codes import error_codes

    described = openapi()
    found = list(_operations(described))
    tags = list(dict.fromkeys(operation["tags"][0] for _, _, operation in found))
    index = "".join(
        f"<h2>{escape(tag)}</h2>"
        + "".join(
            f'<a href="#{operation["operationId"]}">{_marked(operation["summary"])}</a>'
            for _, _, operation in found
            if operation["tags"][0] == tag
        )
        for tag in tags
    )
    errors = [
        (f"<code>{e.code}</code>", e.status or "", "yes" if e.retryable else "", escape(e.meaning))
        for e in error_codes().values()
    ]
    return _PAGE.substitute(
        version=described["info"]["version"],
        description=escape(described["info"]["description"]),
        index=index,
        operations="".join(
            _section(method, path, operation, described) for method, path, operation in found
        ),
        documents=_documents(described),
        errors=_table(("code", "HTTP", "retryable", "meaning"), errors),
    )


def _operations(described: Json) -> Iterator[tuple[str, str, Json]]:
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def _section(method: str, path: str, operation: Json, described: Json) -> str:
    parameters = [
        (f"<code>{p['name']}</code>", p["in"], _type(p["schema"]), escape(p.get("description", "")))
        for p in operation["parameters"]
    ]
    parts = [
        f'<section id="{operation["operationId"]}"><h3><span class="method">{method}</span>'
        f" <code>{escape(path)}</code></h3><p>{_marked(operation['summary'])}. "
        f'<span class="soft">{_marked(operation.get("description", "Open to all."))}</span></p>'
    ]
    if parameters:
        parts.append(_table(("parameter", "in", "type", ""), parameters))
    if "requestBody" in operation:
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        parts.append(_fields("field of the body", schema, described))
    for status, answer in operation["responses"].items():
        if int(status) < 300 and "application/json" in answer.get("content", {}):
            schema = answer["content"]["application/json"]["schema"]
            parts.append(_fields(f"field of the answer ({status})", schema, described))
    failures = [
        (status, "<br>".join(map(_marked, answer["description"].split("\n"))))
        for status, answer in operation["responses"].items()
        if status > "3" and status not in _ANYWHERE
    ]
    parts.append(_table(("failure", ""), failures))
    return "".join(parts) + "</section>"


def _fields(title: str, schema: Json, described: Json) -> str:
    if "$ref" not in schema:
        return ""
    document = described["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
    needed = document.get("required", [])
    rows = [
        (f"<code>{name}</code>", _type(field), "required" if name in needed else "")
        for name, field in document.get("properties", {}).items()
    ]
    note = document.get("description", "").replace("\n", " ")
    return f'<p class="soft">{_marked(note)}</p>' + _table((title, "type", ""), rows)


def _documents(described: Json) -> str:
    """Every document that another one holds."""
    return "".join(
        f'<h4 id="{name}">{name}</h4>' + _fields("field", {"$ref": f"/{name}"}, described)
        for name, schema in described["components"]["schemas"].items()
        if "properties" in schema
    )


def _marked(text: str) -> str:
    """The text as HTML, with what stands between backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def _type(schema: Json) -> str:
    if "$ref" in schema:
        return _linked(schema["$ref"].rsplit("/", 1)[-1])
    if "anyOf" in schema:
        return " or ".join(_type(choice) for choice in schema["anyOf"])
    if "enum" in schema:
        return escape(", ".join(map(str, schema["enum"])))
    if "const" in schema:
        return escape(json.dumps(schema["const"]))
    kind = str(schema.get("type", "any"))
    if kind == "array" and "items" in schema:
        return f"list of {_type(schema['items'])}"
    limits = [
        f"{word} {schema[key]}"
        for key, word in (("minimum", "at least"), ("maximum", "at most"))
        if key in schema
    ]
    form = schema.get("format") or schema.get("pattern")
    shown = f" <code>{escape(str(form))}</code>" if form else ""
    return escape(" ".join([kind, *limits])) + shown


def _linked(name: str) -> str:
    document = openapi()["components"]["schemas"][name]
    if "properties" in document:
        return f'<a href="#{name}"><code>{name}</code></a>'
    return _type(document)


def _table(head: tuple[str, ...], rows: list[tuple[Any, ...]]) -> str:
    titles = "".join(f"<th>{escape(title)}</th>" for title in head)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{titles}</tr>{body}</table>" if rows else ""
