"""Prompts as the numbers that the net is led by."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from imaging.pixels import Floats
from models.place.diffusion.folder import Folder
from models.place.diffusion.graph import INTEGERS, Graph, Port
from models.place.diffusion.shapes import TOKENS
from models.place.diffusion.tokenizer import ClipTokenizer
from models.settings import Runtime


@dataclass(frozen=True)
class Embedding:
    """`states`: float32, texts x 77 x width. `pooled`: texts x pooled width, SDXL alone.

    `cut`: how many tokens of each text were left out.
    """

    states: Floats
    pooled: Floats | None
    cut: list[int]

    def pick(self, rows: Sequence[int]) -> "Embedding":
        chosen = list(rows)
        pooled = None if self.pooled is None else self.pooled[chosen]
        return Embedding(self.states[chosen], pooled, [self.cut[row] for row in chosen])


class TextEncoders:
    """One CLIP text encoder, or SDXL's two.

    SD 1.5 and 2.x use the last layer that the export has (2.x is exported without its final layer,
    which makes that the penultimate one), normalised. SDXL uses the last but one of both, not
    normalised, side by side, and the second one's pooled projection.
    """

    def __init__(self, folder: Folder, runtime: Runtime) -> None:
        """Load them. Raises ModelError that names the file at fault."""
        self._zero_empty = folder.zero_empty
        self._sdxl = len(folder.encoders) > 1
        self._tokenizers = [ClipTokenizer(folder.tokenizer(each)) for each in folder.encoders]
        self.graphs = [Graph(folder.graph(each), runtime) for each in folder.encoders]
        self._states = [
            f"hidden_states.{layers - 1}" if self._sdxl else "last_hidden_state"
            for layers in folder.shapes.hidden_layers
        ]
        self._widths = folder.shapes.text_widths
        self._pooled_width = folder.shapes.pooled_width

    def problems(self) -> list[str]:
        found = []
        for at, (graph, name) in enumerate(zip(self.graphs, self._states, strict=True)):
            outputs = [Port(name, None)]
            if self._sdxl and at == len(self.graphs) - 1:
                outputs.append(Port("text_embeds", (None, self._pooled_width)))
            found += graph.problems([Port("input_ids", (None, TOKENS), INTEGERS)], outputs)
        return found

    def encode(self, texts: Sequence[str], negative: bool = False) -> Embedding:
        """Embed the texts, each only once. `negative`: an empty text may stand for nothing at all,
        which some models want as zeros."""
        unique = list(dict.fromkeys(texts))
        states, pooled, cuts = [], None, []
        for tokenizer, graph, name, width in zip(
            self._tokenizers, self.graphs, self._states, self._widths, strict=True
        ):
            ids, cut = tokenizer.encode(unique)
            last = self._sdxl and graph is self.graphs[-1]
            outputs = graph.run({"input_ids": ids}, [name, "text_embeds"] if last else [name])
            graph.expect(outputs[0], (*ids.shape, width))
            states.append(outputs[0])
            cuts.append(cut)
            pooled = outputs[1] if last else None
        found = Embedding(
            np.concatenate(states, axis=-1), pooled, [max(each) for each in zip(*cuts, strict=True)]
        )
        if negative and self._zero_empty and "" in unique:
            found.states[unique.index("")] = 0
            if found.pooled is not None:
                found.pooled[unique.index("")] = 0
        return found.pick([unique.index(text) for text in texts])
