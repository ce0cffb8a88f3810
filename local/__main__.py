"""`python -m local up|host|demo`: the stack, its host process, and the demonstration."""

import argparse
import logging
import os
import signal
import sys
import time
from pathlib import Path

from local.config import ROOT, ConfigError, read_config
from local.key import ensure_local_key, key_file
from local.process import PortTaken
from local.stack import StackError, running_stack


def main() -> int:
    """Run a command; answers the exit status."""
    parser = argparse.ArgumentParser(prog="python -m local")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("up", help="run the whole stack until Ctrl-C")
    host = commands.add_parser("host", help="serve the function app only")
    host.add_argument("--port", type=int, required=True)
    demo = commands.add_parser("demo", help="run photos through the stack and show the results")
    demo.add_argument("--photos", type=Path, default=ROOT / "samples")
    demo.add_argument("--out", type=Path, default=ROOT / "out")
    arguments = parser.parse_args()
    try:
        if arguments.command == "host":
            return _host(arguments.port)
        if arguments.command == "demo":
            from local.demo import run_demo

            return run_demo(read_config(), arguments.photos, arguments.out)
        return _up()
    except (ConfigError, PortTaken, StackError) as error:
        print(f"\n{error}\n", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _host(port: int) -> int:
    import asyncio

    from local.logs import configure_logs
    from local.metrics import metric_reader
    from opal.telemetry import start_telemetry

    # One process answers the API and makes the pictures: let threads give way five times as often.
    sys.setswitchinterval(0.001)
    configure_logs(os.environ)
    # Before the app is loaded, which would start it without the reader.
    start_telemetry(os.environ, [metric_reader()])
    import function_app
    from local.host import serve

    asyncio.run(serve(function_app.app, ROOT, port))
    return 0


def _interrupt(*_: object) -> None:
    """As Ctrl-C does, also where a script that runs this in the background had it disabled."""
    raise KeyboardInterrupt


def _up() -> int:
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, _interrupt)
    config = read_config()
    print("Starting Azurite, the model endpoint and the function host …", flush=True)
    with running_stack(config) as stack:
        ensure_local_key(config)
        print(
            f"""
OPAL is up.
  API        {config.host_url}/v1/jobs, described at {config.host_url}/docs
  Key        in {key_file(config)}, for the header X-API-Key
  Drop       put photos into the container raw, as <tenant>/<folder>/<file>
  Results    appear in the container outputs, as <tenant>/<folder>/<item>/<scene>/<preset>
  Storage    {config.storage_connection}
  State      {config.folder} (kept; logs in logs/)
Ctrl-C stops everything.
""",
            flush=True,
        )
        try:
            while True:
                time.sleep(1)
                stack.revive()
        except KeyboardInterrupt:
            print("\nStopping …", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
