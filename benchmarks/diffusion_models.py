"""Stable Diffusion models with random weights, of the usual size and of a tiny one for tests.

Development only: needs torch, diffusers and transformers.
"""

import string
from dataclasses import dataclass, field
from typing import Any

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

SCHEDULER = {
    "_class_name": "PNDMScheduler",
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "beta_start": 0.00085,
    "num_train_timesteps": 1000,
    "prediction_type": "epsilon",
    "set_alpha_to_one": False,
    "skip_prk_steps": True,
    "steps_offset": 1,
}


@dataclass
class Parts:
    """The modules of a pipeline, in float32 on the CPU until moved."""

    unet: Any
    vae: Any
    encoders: list[Any]
    tokenizers: list[Any]
    scheduler: dict[str, Any] = field(default_factory=lambda: dict(SCHEDULER))

    @property
    def sdxl(self) -> bool:
        return len(self.encoders) > 1

    def to(self, device: str, kind: torch.dtype) -> "Parts":
        for part in (self.unet, self.vae, *self.encoders):
            part.to(device, kind)
        return self


def sd15_parts(seed: int = 0) -> Parts:
    """As stable-diffusion-inpainting 1.5, with random weights: 860 million in the net."""
    torch.manual_seed(seed)
    unet = UNet2DConditionModel(
        sample_size=64, in_channels=9, cross_attention_dim=768, attention_head_dim=8
    )
    vae = AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        block_out_channels=(128, 256, 512, 512),
        layers_per_block=2,
        sample_size=512,
    )
    text = CLIPTextModel(
        CLIPTextConfig(hidden_size=768, intermediate_size=3072, num_attention_heads=12)
    )
    return Parts(unet.eval(), vae.eval(), [text.eval()], [tiny_tokenizer()])


def tiny_parts(kind: str = "sd", channels: int = 9, seed: int = 0, **unet: Any) -> Parts:
    """A model of some hundred thousand weights at 64 pixels; `kind` "sd" or "sdxl"; `unet`: what
    its net's configuration has beside."""
    torch.manual_seed(seed)
    tokenizers = [tiny_tokenizer(), tiny_tokenizer("!")][: 2 if kind == "sdxl" else 1]
    encoders = [CLIPTextModel(_text_config(tokenizers[0], 16))]
    if kind == "sdxl":
        encoders.append(CLIPTextModelWithProjection(_text_config(tokenizers[1], 24)))
        unet = {
            "addition_embed_type": "text_time",
            "addition_time_embed_dim": 8,
            "projection_class_embeddings_input_dim": 6 * 8 + 12,
            **unet,
        }
    net = UNet2DConditionModel(
        sample_size=8,
        in_channels=channels,
        block_out_channels=(16, 32),
        layers_per_block=1,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        cross_attention_dim=sum(each.config.hidden_size for each in encoders),
        attention_head_dim=4,
        norm_num_groups=8,
        **unet,
    )
    vae = AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        block_out_channels=(8, 8, 16, 16),
        layers_per_block=1,
        norm_num_groups=4,
        sample_size=64,
        scaling_factor=0.13025 if kind == "sdxl" else 0.18215,
    )
    for part in (net, vae, *encoders):
        part.eval()
    return Parts(net, vae, encoders, tokenizers)


def _text_config(tokenizer: Any, width: int) -> CLIPTextConfig:
    return CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=width,
        intermediate_size=32,
        projection_dim=12,
        num_hidden_layers=3,
        num_attention_heads=4,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )


def tiny_tokenizer(pad: str = "<|endoftext|>") -> Any:
    """CLIP's tokenizer with all bytes and the pieces of some words."""
    vocabulary, merges = tiny_vocabulary()
    return CLIPTokenizer(vocabulary, merges, pad_token=pad, model_max_length=77)


def tiny_vocabulary() -> tuple[dict[str, int], list[tuple[str, str]]]:
    """Pieces by number, in CLIP's order, and the merges that make the longer ones."""
    visible = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = {byte: chr(byte) for byte in visible}
    for byte in range(256):
        letters.setdefault(byte, chr(256 + len(letters) - len(visible)))
    single = [letters[byte] for byte in [*visible, *sorted(set(letters) - set(visible))]]
    merges: list[tuple[str, str]] = []
    for word in (f"a the on of with table marble wooden light soft photo {string.digits}").split():
        pieces = [*word[:-1], f"{word[-1]}</w>"]
        while len(pieces) > 1:
            if (pair := (pieces[0], pieces[1])) not in merges:
                merges.append(pair)
            pieces[:2] = ["".join(pair)]
    pieces = [*single, *(f"{each}</w>" for each in single), *map("".join, merges)]
    names = [*dict.fromkeys(pieces), "<|startoftext|>", "<|endoftext|>"]
    return {name: at for at, name in enumerate(names)}, merges
