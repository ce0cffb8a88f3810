"""Exports the parts of a Stable Diffusion model in the folder layout that optimum writes.

Development only: needs torch, diffusers and transformers.
"""

import contextlib
import json
import shutil
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import CLIPTextModelWithProjection

from benchmarks.diffusion_models import Parts

_BATCH = {0: "batch_size"}
_PLANES = {**_BATCH, 2: "height", 3: "width"}
_STATES = {**_BATCH, 1: "sequence_length"}
_OPSET = 17
_TRACED_SIDE = 16  # of the latents; the exported sizes are free


def export(parts: Parts, folder: Path, vae_from: Path | None = None) -> Path:
    """Write the parts, on the device and in the precision that they have now.

    Text encoders are written in float32: the exporter mixes precisions in their causal mask, and
    they run only once for a scene. `vae_from`: a folder whose exported autoencoder, of the same
    weights, is taken.
    """
    names = ["text_encoder", "text_encoder_2"][: len(parts.encoders)]
    index: dict[str, Any] = {"_class_name": "StableDiffusionInpaintPipeline"}
    if parts.sdxl:
        index = {
            "_class_name": "StableDiffusionXLInpaintPipeline",
            "force_zeros_for_empty_prompt": True,
        }
    for name, encoder, tokenizer in zip(names, parts.encoders, parts.tokenizers, strict=True):
        index[name] = ["transformers", type(encoder).__name__]
        tokenizer.save_pretrained(folder / name.replace("text_encoder", "tokenizer"))
        kind = encoder.dtype
        _export_text(encoder.float(), folder / name, all_layers=parts.sdxl)
        encoder.to(kind)
    export_unet(parts.unet, folder / "unet")
    if vae_from is None:
        _export_vae(parts.vae, folder)
    else:
        for name in ("vae_encoder", "vae_decoder"):
            shutil.copytree(vae_from / name, folder / name)
            _write(folder / name / "config.json", dict(parts.vae.config))
    _write(folder / "model_index.json", index)
    _write(folder / "scheduler" / "scheduler_config.json", parts.scheduler)
    return folder


def _write(path: Path, document: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    public = {key: document[key] for key in document if key == "_class_name" or key[0] != "_"}
    path.write_text(json.dumps(public, indent=2), "utf-8")


class _Called(nn.Module):  # type: ignore[misc]
    """A module whose forward is a function of positional tensors."""

    def __init__(self, module: nn.Module, call: Any) -> None:
        super().__init__()
        self.module, self._call = module, call

    def forward(self, *given: Any) -> Any:
        return self._call(self.module, *given)


def _export_text(encoder: Any, folder: Path, all_layers: bool) -> None:
    projected = isinstance(encoder, CLIPTextModelWithProjection)

    def call(module: Any, ids: Any) -> Any:
        found = module(ids, output_hidden_states=all_layers)
        first = (found.text_embeds,) if projected else ()
        rest = () if projected else (found.pooler_output,)
        return (*first, found.last_hidden_state, *rest, *(found.hidden_states or ()))

    outputs = ["last_hidden_state", "pooler_output"]
    if projected:
        outputs = ["text_embeds", "last_hidden_state"]
    if all_layers:
        outputs += [f"hidden_states.{at}" for at in range(encoder.config.num_hidden_layers + 1)]
    ids = torch.ones(1, 77, dtype=torch.int64, device=encoder.device)
    axes = {"input_ids": _STATES, **dict.fromkeys(outputs, _BATCH)}
    _save(_Called(encoder, call), {"input_ids": ids}, outputs, axes, folder, encoder.config)


def export_unet(unet: Any, folder: Path) -> None:
    """Write the net as unet/model.onnx with its config.json."""
    config, like = unet.config, {"device": unet.device, "dtype": unet.dtype}
    side = min(config.sample_size, _TRACED_SIDE)
    given = {
        "sample": torch.zeros(2, config.in_channels, side, side, **like),
        "timestep": torch.tensor(1, dtype=torch.int64, device=unet.device),
        "encoder_hidden_states": torch.zeros(2, 77, config.cross_attention_dim, **like),
    }
    axes = {"sample": _PLANES, "encoder_hidden_states": _STATES, "out_sample": _PLANES}
    if config.addition_embed_type == "text_time":
        pooled = config.projection_class_embeddings_input_dim - 6 * config.addition_time_embed_dim
        given["text_embeds"] = torch.zeros(2, pooled, **like)
        given["time_ids"] = torch.zeros(2, 6, **like)
    if config.time_cond_proj_dim:
        given["timestep_cond"] = torch.zeros(2, config.time_cond_proj_dim, **like)
    axes |= {name: _BATCH for name in ("text_embeds", "time_ids", "timestep_cond") if name in given}
    names = list(given)

    def call(module: Any, *values: Any) -> Any:
        named = dict(zip(names, values, strict=True))
        added = {name: named.pop(name) for name in ("text_embeds", "time_ids") if name in named}
        return module(**named, added_cond_kwargs=added or None, return_dict=False)[0]

    _save(_Called(unet, call), given, ["out_sample"], axes, folder, config)


def _export_vae(vae: Any, folder: Path) -> None:
    like = {"device": vae.device, "dtype": vae.dtype}
    side = 8 * 2 ** (len(vae.config.block_out_channels) - 1)
    pixels = torch.zeros(1, 3, side, side, **like)
    latents = torch.zeros(1, vae.config.latent_channels, 8, 8, **like)

    def encode(module: Any, planes: Any) -> Any:
        return module.encode(planes).latent_dist.parameters

    def decode(module: Any, planes: Any) -> Any:
        return module.decode(planes, return_dict=False)[0]

    for name, call, source, given, output in (
        ("vae_encoder", encode, "sample", pixels, "latent_parameters"),
        ("vae_decoder", decode, "latent_sample", latents, "sample"),
    ):
        axes = {source: _PLANES, output: _PLANES}
        _save(_Called(vae, call), {source: given}, [output], axes, folder / name, vae.config)


def _save(
    module: nn.Module,
    given: Mapping[str, Any],
    outputs: list[str],
    axes: Mapping[str, Mapping[int, str]],
    folder: Path,
    config: Any,
) -> None:
    document = config.to_dict() if hasattr(config, "to_dict") else dict(config)
    _write(folder / "config.json", document)
    with _quiet(), torch.no_grad():
        torch.onnx.export(
            module,
            tuple(given.values()),
            str(folder / "model.onnx"),
            input_names=list(given),
            output_names=outputs,
            dynamic_axes=dict(axes),
            opset_version=_OPSET,
            dynamo=False,
        )


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without the exporter's notes on constants and on its successor."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
