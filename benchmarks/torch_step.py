"""Evaluate a step in plain PyTorch, once per line on standard input: `python benchmarks/torch_step.py NUMBERS`.

`benchmarks.speed --steps --torch` runs this file with any Python that has PyTorch; it needs nothing else. NUMBERS is a
JSON object with the numbers of the recipe and the canvas. The network, losses and gradient are those of a recipe with
`target` normalization, maximum pooling and `replicate` padding, in channels-last memory. The weights and pictures are
random, because times don't depend on them. The optimizer is left out, to PyTorch's advantage, and so are eigenvalues:
all Gram matrices are compared by squared differences.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections.abc import Collection
from typing import Any

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # about missing numpy, which isn't needed here
    import torch
    from torch.nn import functional

CHANNELS = (64, 128, 256, 512, 512)
CONVOLUTIONS = (2, 2, 3, 3, 3)
_FEWEST = 1e-6


class Network:
    """VGG16's convolutions with random weights."""

    def __init__(self, dtype: torch.dtype, device: str) -> None:
        self._layers = {}
        channels_in = 3
        for block, (channels, count) in enumerate(zip(CHANNELS, CONVOLUTIONS, strict=True), start=1):
            for number in range(1, count + 1):
                kernel = torch.randn(channels, channels_in, 3, 3, device=device) * (2 / (9 * channels_in)) ** 0.5
                kernel = kernel.to(dtype).contiguous(memory_format=torch.channels_last)
                self._layers[f"block{block}_conv{number}"] = kernel, torch.zeros(channels, device=device, dtype=dtype)
                channels_in = channels
        self._dtype = dtype

    def features(self, picture: torch.Tensor, layers: Collection[str]) -> dict[str, torch.Tensor]:
        """The features of each of these layers; the picture is (1, 3, height, width)."""
        found: dict[str, torch.Tensor] = {}
        hidden = functional.pad(picture.to(self._dtype), (1, 1, 1, 1), mode="replicate")
        for name, (kernel, bias) in self._layers.items():
            if name.endswith("conv1") and not name.startswith("block1"):
                hidden = functional.max_pool2d(hidden, 2, ceil_mode=True)
            padding = 0 if name == "block1_conv1" else 1
            hidden = functional.relu(functional.conv2d(hidden, kernel, bias, padding=padding))
            if name in layers:
                found[name] = hidden
                if len(found) == len(layers):
                    break
        return found


def gram_matrix(features: torch.Tensor) -> torch.Tensor:
    """(channels, channels) float32, the mean over positions."""
    rows = features.permute(0, 2, 3, 1).reshape(-1, features.shape[1]).float()
    return rows.T @ rows / rows.shape[0]


def relative(distance: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """The squared distance, relative to the target."""
    return distance.square().sum() / target.square().sum().clamp(min=_FEWEST)


class Step:
    """A canvas of noise, and its targets."""

    def __init__(self, numbers: dict[str, Any]) -> None:
        device = "cuda" if torch.cuda.is_available() else "cpu"
        dtype = getattr(torch, numbers["precision"])
        shape = (1, 3, numbers["side_px"], numbers["side_px"])
        content, style = (
            torch.rand(shape, device=device).contiguous(memory_format=torch.channels_last) for _ in range(2)
        )
        self._numbers = numbers
        self._network = Network(dtype, device)
        self._layers = {*numbers["content_layers"], *numbers["style_layers"]}
        with torch.no_grad():
            found = self._network.features(content, self._layers)
            self._content = {layer: found[layer].float() for layer in numbers["content_layers"]}
            found = self._network.features(style, self._layers)
            self._grams = {layer: gram_matrix(found[layer]) for layer in numbers["style_layers"]}
        self._picture = style.clone().requires_grad_()

    def evaluate(self) -> float:
        """Compute the objective and its gradient; return the seconds."""
        began = time.perf_counter()
        numbers = self._numbers
        found = self._network.features(self._picture, self._layers)
        content = sum(relative(found[layer].float() - target, target) for layer, target in self._content.items())
        style = sum(
            share * relative(gram_matrix(found[layer]) - self._grams[layer], self._grams[layer])
            for layer, share in numbers["style_layers"].items()
        )
        differences = (self._picture.diff(dim=axis).square().sum() for axis in (2, 3))
        variation = sum(differences) / self._picture.numel()
        total = numbers["content_weight"] * content + numbers["style_weight"] * style
        total = total + numbers["total_variation_weight"] * variation
        (gradient,) = torch.autograd.grad(total, self._picture)
        gradient[0, 0, 0, 0].item()  # waits for the GPU to finish
        return time.perf_counter() - began


def main() -> None:
    """Evaluate once per line, and print the seconds."""
    numbers = json.loads(sys.argv[1])
    torch.set_num_threads(numbers["threads"])
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    step = Step(numbers)
    print("ready", flush=True)
    for _ in sys.stdin:
        print(step.evaluate(), flush=True)


if __name__ == "__main__":
    main()
