"""The same numbers as transformers' CLIPTokenizer, from either kind of file."""

import json

import pytest
from transformers import CLIPTokenizer

from benchmarks.diffusion_models import tiny_tokenizer, tiny_vocabulary
from models.entries import ModelError
from models.place.diffusion.tokenizer import ClipTokenizer

TEXTS = [
    "",
    " ",
    "a marble table",
    "A Wooden TABLE, with soft light!",
    "it's the photographer's; we'll see: they've 123 tables",
    "Straße, Café, naïve, ÅÄÖ, œuvre",
    "e\u0301le\u0301gant",
    "日本語の写真 и кириллица",
    "\ttabs\n and   many spaces \u00a0 here ",
    "😀 on the table 👩‍👩‍👧",
    "a<|endoftext|>b <|startoftext|> c <|ENDOFTEXT|>",
    "!!! wow! (a) [b] {c} #d $9.99 50% x_y -- 4k",
    "İstanbul ẞ Σίσυφος",
    "the " * 90,
    "word" * 100,
    "\x00\x07 control",
]


@pytest.fixture(params=["tokenizer.json", "vocab.json and merges.txt"])
def folder(request, tmp_path):
    tiny_tokenizer().save_pretrained(tmp_path)
    if request.param != "tokenizer.json":
        (tmp_path / "tokenizer.json").unlink()
        vocabulary, merges = tiny_vocabulary()
        (tmp_path / "vocab.json").write_text(json.dumps(vocabulary), "utf-8")
        lines = ["#version: 0.2", *(" ".join(each) for each in merges)]
        (tmp_path / "merges.txt").write_text("\n".join(lines) + "\n", "utf-8")
    return tmp_path


def configure(folder, **values):
    path = folder / "tokenizer_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


@pytest.mark.parametrize(
    "pad",
    [
        "<|endoftext|>",
        "!",
        {"__type": "AddedToken", "content": "!", "lstrip": False, "normalized": False},
    ],
    ids=str,
)
def test_texts_become_the_numbers_that_transformers_gives(folder, pad):
    configure(folder, pad_token=pad)
    theirs = CLIPTokenizer.from_pretrained(folder)
    expected = theirs(TEXTS, padding="max_length", max_length=77, truncation=True)["input_ids"]
    found, _ = ClipTokenizer(folder).encode(TEXTS)
    for text, row, wanted in zip(TEXTS, found.tolist(), expected, strict=True):
        assert row == wanted, text


def test_what_is_longer_than_75_tokens_is_cut_and_counted(folder):
    rows, cut = ClipTokenizer(folder).encode(["the " * 75, "the " * 76, "the " * 90, "a"])
    assert cut == [0, 1, 15, 0]
    assert (rows[0] == rows[2]).all() and rows.shape == (4, 77)


def test_the_padding_of_the_folder_is_used(folder):
    configure(folder, pad_token="!")
    assert ClipTokenizer(folder).encode(["a"])[0][0, 3:].tolist() == [0] * 74


def test_a_folder_without_configuration_is_taken_for_clips_own(folder):
    (folder / "tokenizer_config.json").unlink()
    rows, _ = ClipTokenizer(folder).encode(["a"])
    vocabulary, _ = tiny_vocabulary()
    start, end = vocabulary["<|startoftext|>"], vocabulary["<|endoftext|>"]
    assert rows[0].tolist() == [start, vocabulary["a</w>"], *[end] * 75]


@pytest.mark.parametrize(
    ("file", "content"),
    [("tokenizer.json", "{}"), ("tokenizer_config.json", "{"), ("special_tokens_map.json", "[")],
)
def test_a_file_that_can_not_be_read_is_named(folder, file, content):
    (folder / file).write_text(content)
    with pytest.raises(ModelError, match=file):
        ClipTokenizer(folder)
