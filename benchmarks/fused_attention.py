"""Exports a net's attention as ONNX Runtime's one fused node, which is what makes it fast on a GPU.

ONNX has no such operator in the opsets that all runtimes read, so an exporter writes it as two
matrix products with a softmax between, whose table of weights is slow to fill and to read.
"""

import contextlib
from collections.abc import Iterator
from typing import Any

import torch
from torch.nn import functional


@contextlib.contextmanager
def fused_attention(unet: Any) -> Iterator[None]:
    """Within it, `torch.onnx.export` writes com.microsoft.MultiHeadAttention for this net."""
    usual = unet.attn_processors
    unet.set_attn_processor(_Fused())
    try:
        yield
    finally:
        unet.set_attn_processor(usual)


class _Fused:
    """Takes the place of diffusers' AttnProcessor2_0 in a transformer block without a mask."""

    def __call__(
        self, attention: Any, states: Any, encoder_hidden_states: Any = None, **_: Any
    ) -> Any:
        source = states if encoder_hidden_states is None else encoder_hidden_states
        query, key, value = attention.to_q(states), attention.to_k(source), attention.to_v(source)
        found = _Attend.apply(query, key, value, attention.heads)
        return attention.to_out[1](attention.to_out[0](found))


class _Attend(torch.autograd.Function):  # type: ignore[misc]
    """`query`, `key`, `value` and the result: batch x length x channels of all heads."""

    @staticmethod
    def forward(context: Any, query: Any, key: Any, value: Any, heads: int) -> Any:
        parted = [each.unflatten(-1, (heads, -1)).transpose(1, 2) for each in (query, key, value)]
        found = functional.scaled_dot_product_attention(*parted)
        return found.transpose(1, 2).flatten(2)

    @staticmethod
    def symbolic(graph: Any, query: Any, key: Any, value: Any, heads: int) -> Any:
        node = graph.op("com.microsoft::MultiHeadAttention", query, key, value, num_heads_i=heads)
        return node.setType(query.type())
