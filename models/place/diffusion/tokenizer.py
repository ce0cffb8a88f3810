"""CLIP's tokenizer: a text as 77 numbers (Radford et al. 2021), over the `tokenizers` package."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers

from models.entries import ModelError
from models.place.diffusion.shapes import TOKENS

Ids = npt.NDArray[np.int64]

_START, _END = "<|startoftext|>", "<|endoftext|>"
_WORDS = (
    r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
)


class ClipTokenizer:
    """The tokenizer of a folder; the same numbers as transformers' CLIPTokenizer."""

    def __init__(self, folder: Path) -> None:
        """Read tokenizer.json, else vocab.json and merges.txt, and tokenizer_config.json.

        Raises ModelError that names the file that can't be read or lacks a token.
        """
        self._tokenizer = _open(folder)
        special = {"bos_token": _START, "eos_token": _END, "pad_token": _END, **_special(folder)}
        self._tokenizer.add_special_tokens(list(special.values()))
        ids = {name: self._tokenizer.token_to_id(str(each)) for name, each in special.items()}
        missing = [str(special[name]) for name, each in ids.items() if each is None]
        if missing:
            raise ModelError(f"{folder}: its vocabulary lacks {', '.join(missing)}")
        self._start, self._end, self._pad = (
            int(ids[f"{each}_token"] or 0) for each in ("bos", "eos", "pad")
        )

    def encode(self, texts: Sequence[str]) -> tuple[Ids, list[int]]:
        """The texts as int64, texts x 77, and how many tokens of each were cut off at the end.

        A text longer than 75 tokens is cut; a shorter one is filled up with the padding token.
        """
        rows = np.full((len(texts), TOKENS), self._pad, np.int64)
        cut = []
        for row, text in zip(rows, texts, strict=True):
            ids = self._tokenizer.encode(text, add_special_tokens=False).ids
            kept = [self._start, *ids[: TOKENS - 2], self._end]
            row[: len(kept)] = kept
            cut.append(max(0, len(ids) - TOKENS + 2))
        return rows, cut


def _open(folder: Path) -> Tokenizer:
    whole = folder / "tokenizer.json"
    try:
        if not whole.is_file():
            return _from_vocabulary(folder)
        tokenizer = Tokenizer.from_file(str(whole))
    except Exception as error:  # the package raises plain Exception
        name = whole if whole.is_file() else folder / "vocab.json and merges.txt"
        raise ModelError(f"{name}: can't be read as a tokenizer ({str(error)[:200]})") from error
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def _from_vocabulary(folder: Path) -> Tokenizer:
    files = str(folder / "vocab.json"), str(folder / "merges.txt")
    pieces = models.BPE.from_file(
        *files, unk_token=_END, end_of_word_suffix="</w>", continuing_subword_prefix=""
    )
    tokenizer = Tokenizer(pieces)
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_WORDS), behavior="removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    return tokenizer


def _special(folder: Path) -> dict[str, AddedToken]:
    """The special tokens that the folder's configuration names, of start, end and padding."""
    found: dict[str, AddedToken] = {}
    for file in ("special_tokens_map.json", "tokenizer_config.json"):
        try:
            document = json.loads((folder / file).read_text("utf-8"))
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as error:
            problem = f"can't be read as JSON ({type(error).__name__})"
            raise ModelError(f"{folder / file}: {problem}") from error
        for name in ("bos_token", "eos_token", "pad_token"):
            if document.get(name):
                found[name] = _token(document[name])
    return found


def _token(given: Any) -> AddedToken:
    """A token as text, or as an object that says how it is looked for."""
    if isinstance(given, str):
        return AddedToken(given, special=True, normalized=False)
    flags = {name: bool(given.get(name)) for name in ("lstrip", "rstrip", "normalized")}
    return AddedToken(str(given.get("content")), special=True, **flags)
