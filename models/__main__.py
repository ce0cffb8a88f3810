"""`python -m models list | pull | check | seal`: the model files, seen and fetched by hand."""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from models.entries import Entry, ModelError
from models.fetch import pull
from models.place.diffusion.folder import find_folder
from models.place.diffusion.model import DiffusionModel
from models.registry import find_file, folders, load_registry, resolve
from models.sealing import seal
from models.sessions import Session
from models.settings import get_runtime
from models.signature import probe

_DIFFUSION = "diffusion="


def main(arguments: Sequence[str]) -> int:
    """Run a command. Returns 0, or 1 when a model is wrong or missing, 130 when interrupted."""
    parsed = _parser().parse_args(arguments)
    try:
        return int(parsed.run(parsed))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted. What was received is kept; the same command goes on.", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m models", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    listing = commands.add_parser("list", help="every model of the registry, and where it lies")
    listing.set_defaults(run=_list)
    pulling = commands.add_parser("pull", help="download models from their public addresses")
    pulling.add_argument("names", nargs="+", metavar="name")
    pulling.add_argument("--to", type=Path, help=f"folder to put them in (now {folders()[0]})")
    pulling.set_defaults(run=_pull)
    checking = commands.add_parser("check", help="load models and run each once")
    checking.add_argument(
        "names",
        nargs="*",
        metavar="name or family=/path",
        help="default: all, and the folder of OPAL_DIFFUSION_MODEL; diffusion=/path for another",
    )
    checking.set_defaults(run=_check)
    sealing = commands.add_parser("seal", help="write digests of bundled files to the registry")
    sealing.set_defaults(run=_seal)
    return parser


def _list(parsed: argparse.Namespace) -> int:
    for entry in load_registry().models.values():
        size = f"{entry.bytes / 1e6:.1f} MB" if entry.bytes else ""
        print(
            f"{entry.name:22}{entry.task:9}{entry.family:10}{size:>10}  {entry.licence:14}", end=""
        )
        print(_whereabouts(entry))
    return 0


def _whereabouts(entry: Entry) -> str:
    path = find_file(entry)
    if path is not None:
        return str(path)
    if entry.bundled:
        return "missing"
    return "not here; pull it" if entry.source else "not here; export it"


def _pull(parsed: argparse.Namespace) -> int:
    models = load_registry().models
    unknown = [name for name in parsed.names if name not in models]
    if unknown:
        raise ModelError(f"There is no model {', '.join(unknown)}; use one of {', '.join(models)}")
    return _each(parsed.names, lambda name: str(pull(models[name], parsed.to or folders()[0])))


def _check(parsed: argparse.Namespace) -> int:
    present = [entry.name for entry in load_registry().models.values() if find_file(entry)]
    if folder := get_runtime().diffusion_model:
        present.append(f"{_DIFFUSION}{folder}")
    return _each(parsed.names or present, _checked)


def _checked(name: str) -> str:
    """Load a model as the endpoint would, run it, and describe it in a line."""
    if name.startswith(_DIFFUSION):
        return _checked_folder(name.removeprefix(_DIFFUSION))
    models, families = load_registry().models, load_registry().families
    known = models.get(name) or families.get(name.partition("=")[0])
    entry, path = resolve(known.task if known else "segment", name)
    start = time.perf_counter()
    session = Session(entry, path, get_runtime())
    loaded = time.perf_counter()
    planes = probe(session.entry)
    output = session.run(planes)
    took = 1000 * (time.perf_counter() - loaded)
    return (
        f"ok  {list(planes.shape)} to {list(output.shape)}  loaded in"
        f" {1000 * (loaded - start):.0f} ms, run in {took:.0f} ms"
        f"  on {', '.join(session.providers)}  sha256 {session.model.sha256}  {path}"
    )


def _checked_folder(setting: str) -> str:
    start = time.perf_counter()
    path = find_folder(setting)
    model = DiffusionModel(path, get_runtime())
    took = 1000 * (time.perf_counter() - start)
    shapes = model.shapes
    return (
        f"ok  {shapes.unet_inputs} channels at {shapes.side} px, {model.sampler.kind}  loaded and"
        f" painted once in {took:.0f} ms  on {', '.join(model.providers)}  sha256"
        f" {model.model.sha256}  {path}"
    )


def _seal(parsed: argparse.Namespace) -> int:
    for line in seal():
        print(line)
    return 0


def _each(names: Sequence[str], work: Callable[[str], str]) -> int:
    """Do the work for every name; a failure is told and does not keep the others from theirs."""
    failed = 0
    for name in names:
        try:
            print(f"{name}: {work(name)}")
        except ModelError as error:
            failed = 1
            print(f"{name}: {error}", file=sys.stderr)
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
