"""`python -m tests.cosmos_server --port 8081 --path state.sqlite [--key KEY]`."""

import argparse
import contextlib

from tests.cosmos_server.server import CosmosServer


def main() -> None:
    """Serve until Ctrl-C; without a key, one is made and shown."""
    parser = argparse.ArgumentParser(prog="python -m tests.cosmos_server")
    parser.add_argument("--port", type=int, default=8081)
    parser.add_argument("--path", default=":memory:", help="the SQLite file; default: memory")
    parser.add_argument("--key", help="the master key, base64; default: a new one")
    arguments = parser.parse_args()
    server = CosmosServer(arguments.path, arguments.port, arguments.key)
    print(f"endpoint {server.url}", flush=True)
    if arguments.key is None:
        print(f"key      {server.key}", flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        server.serve()


if __name__ == "__main__":
    main()
