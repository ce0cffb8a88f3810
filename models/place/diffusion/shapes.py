"""The sizes that the parts of a Stable Diffusion model must have in common."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Configs = Mapping[str, Mapping[str, Any]]

TOKENS = 77
_TIME_IDS = 6  # original height and width, crop's top and left, target height and width
_DOWN_AT_LEAST = 8


@dataclass(frozen=True)
class Shapes:
    """`latents`: channels of the latents. `unet_inputs`: 2 x latents + 1 where the net was trained
    for inpainting, else as many as latents. `text_widths`: of each text encoder; `pooled_width`:
    of SDXL's second one, else 0. `factor`: pixels per latent. `side`: the short side, in pixels,
    that the model was trained for. `multiple`: what sides in pixels must be multiples of.
    `scaling`: what latents are multiplied by. `hidden_layers`: of each text encoder.
    `guided_width`: of the guidance's own embedding, which nets distilled for few steps may have,
    else 0.
    """

    latents: int
    unet_inputs: int
    text_widths: tuple[int, ...]
    pooled_width: int
    factor: int
    side: int
    multiple: int
    scaling: float
    hidden_layers: tuple[int, ...]
    guided_width: int

    @property
    def text_width(self) -> int:
        """Of all text encoders together."""
        return sum(self.text_widths)

    @property
    def inpainting(self) -> bool:
        """Whether the net sees the mask and the picture that it paints around."""
        return self.unet_inputs != self.latents


def read_shapes(configs: Configs) -> tuple[Shapes | None, list[str]]:
    """The shapes by the parts' config.json, and every problem, beginning with the file's name."""
    missing = [
        f"{part}/config.json: {name} is missing or not {wanted}"
        for part, name, fits, wanted in _needed(configs)
        if not fits(configs[part].get(name))
    ]
    if missing:
        return None, missing
    unet, vae = configs["unet"], configs["vae_decoder"]
    encoders = [configs[part] for part in configs if part.startswith("text_encoder")]
    factor = 2 ** (len(vae["block_out_channels"]) - 1)
    down = 2 ** (len(unet["block_out_channels"]) - 1)
    sdxl = unet.get("addition_embed_type") == "text_time"
    shapes = Shapes(
        latents=vae["latent_channels"],
        unet_inputs=unet["in_channels"],
        text_widths=tuple(each["hidden_size"] for each in encoders),
        pooled_width=int(encoders[-1].get("projection_dim") or 0) if sdxl else 0,
        factor=factor,
        side=unet["sample_size"] * factor,
        multiple=max(_DOWN_AT_LEAST, factor * down),
        scaling=float(vae.get("scaling_factor") or 0.18215),
        hidden_layers=tuple(each["num_hidden_layers"] for each in encoders),
        guided_width=int(unet.get("time_cond_proj_dim") or 0),
    )
    return shapes, [*_unet_problems(shapes, unet, len(encoders)), *_vae_problems(configs)]


def _needed(configs: Configs) -> list[tuple[str, str, Any, str]]:
    def whole(value: Any) -> bool:
        return type(value) is int and value > 0

    def widths(value: Any) -> bool:
        return isinstance(value, list) and bool(value)

    number, channels = "a whole number above 0", "a list"
    needed = [
        *(("unet", name, whole, number) for name in ("in_channels", "out_channels", "sample_size")),
        ("unet", "cross_attention_dim", whole, number),
        ("unet", "block_out_channels", widths, channels),
    ]
    for part in ("vae_encoder", "vae_decoder"):
        needed.append((part, "latent_channels", whole, number))
        needed.append((part, "block_out_channels", widths, channels))
    for part in configs:
        if part.startswith("text_encoder"):
            needed += [(part, n, whole, number) for n in ("hidden_size", "num_hidden_layers")]
    return needed


def _unet_problems(shapes: Shapes, unet: Mapping[str, Any], encoders: int) -> list[str]:
    name, latents = "unet/config.json", shapes.latents
    found = []
    if shapes.unet_inputs not in (latents, 2 * latents + 1):
        found.append(
            f"{name}: in_channels is {shapes.unet_inputs}, but {2 * latents + 1} (inpainting) or"
            f" {latents} is needed with {latents} latent channels"
        )
    if unet["out_channels"] != latents:
        found.append(f"{name}: out_channels is {unet['out_channels']}, but {latents} is needed")
    if unet["cross_attention_dim"] != shapes.text_width:
        found.append(
            f"{name}: cross_attention_dim is {unet['cross_attention_dim']}, but the text encoders"
            f" have hidden_size {shapes.text_width} together"
        )
    kind = unet.get("addition_embed_type")
    if kind not in (None, "text_time"):
        found.append(f"{name}: addition_embed_type is {kind!r}, which is not supported")
    if (kind == "text_time") != (encoders == 2):
        wanted = "two text encoders" if kind else "one text encoder"
        found.append(f"{name}: this net needs {wanted}, but model_index.json names {encoders}")
    return found + (_time_problems(shapes, unet) if kind == "text_time" else [])


def _time_problems(shapes: Shapes, unet: Mapping[str, Any]) -> list[str]:
    if not shapes.pooled_width:
        return ["text_encoder_2/config.json: projection_dim is missing"]
    has = unet.get("projection_class_embeddings_input_dim")
    wanted = _TIME_IDS * int(unet.get("addition_time_embed_dim") or 0) + shapes.pooled_width
    if has != wanted:
        return [
            f"unet/config.json: projection_class_embeddings_input_dim is {has}, but {wanted} is"
            " needed; nets that want an aesthetic score (SDXL's refiner) are not supported"
        ]
    return []


def _vae_problems(configs: Configs) -> list[str]:
    encoder, decoder = configs["vae_encoder"], configs["vae_decoder"]
    found = [
        f"vae_encoder/config.json: {name} is {encoder.get(name)}, but vae_decoder/config.json has"
        f" {decoder.get(name)}"
        for name in ("latent_channels", "block_out_channels", "scaling_factor")
        if encoder.get(name) != decoder.get(name)
    ]
    return found + [
        f"vae_decoder/config.json: {name} is set, which is not supported"
        for name in ("shift_factor", "latents_mean", "latents_std")
        if decoder.get(name)
    ]
