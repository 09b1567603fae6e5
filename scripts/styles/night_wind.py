"""Wind and stars over hills, in oil."""

from __future__ import annotations

import numpy as np

from scripts.styles.brushwork import Canvas, follow, scattered
from scripts.styles.fields import Field, palette, ramp, smooth_noise, streaked


def night_wind(rng: np.random.Generator, size_px: int) -> Field:
    """Wind and stars over dark hills: thick, curved strokes on a swirling flow, blue against gold."""
    y, x = np.mgrid[0:size_px, 0:size_px].astype(np.float32) / size_px
    whirls = ((0.36, 0.38, 0.20, 1.0), (0.66, 0.50, 0.13, -1.0), (0.88, 0.22, 0.15, 1.0), (0.10, 0.14, 0.13, -1.0))
    stars = ((0.62, 0.14, 0.050), (0.17, 0.42, 0.040), (0.88, 0.50, 0.036), (0.44, 0.07, 0.030), (0.84, 0.20, 0.078))
    sway = smooth_noise(rng, size_px, cell_px=size_px / 4)
    flow = np.stack([np.ones_like(x), 0.9 * (sway - 0.5) + 0.35 * np.sin(x * 7 + 1)], axis=-1)
    for center_x, center_y, radius, turn in whirls:
        dx, dy = x - center_x, y - center_y
        distance = np.hypot(dx, dy) + 1e-6
        pull = 3.2 * np.exp(-((distance / radius) ** 2))
        flow += (pull / distance * turn)[..., None] * np.stack([-dy + 0.18 * dx, dx + 0.18 * dy], axis=-1)
    halo = np.zeros_like(x)
    for center_x, center_y, radius in stars:
        dx, dy = x - center_x, y - center_y
        distance = np.hypot(dx, dy) + 1e-6
        near = np.exp(-((distance / (1.7 * radius)) ** 2))
        flow = flow * (1 - near)[..., None] + (3 * near / distance)[..., None] * np.stack([-dy, dx], axis=-1)
        halo = np.maximum(halo, np.exp(-((distance / (1.25 * radius)) ** 2)))
    ridge = 0.74 + 0.05 * np.sin(x * 5.2 + 0.6) + 0.03 * np.sin(x * 13 + 2) - 0.07 * np.exp(-(((x - 0.9) / 0.2) ** 2))
    nearer = ridge + 0.11 + 0.04 * np.sin(x * 4 + 3.5)
    for edge, lean in ((ridge, 1.0), (nearer, 1.6)):
        slope = np.gradient(edge, axis=1) * size_px
        below = np.clip((y - edge) * 30 + 0.5, 0, 1)[..., None]
        along = np.stack([np.ones_like(x), slope + lean * 0.45 * np.sin(x * 11 + y * 17)], axis=-1)
        flow = flow * (1 - below) + along * below
    flow = (flow / (np.hypot(flow[..., 0], flow[..., 1])[..., None] + 1e-6)).astype(np.float32)

    wind = streaked(smooth_noise(rng, size_px, cell_px=size_px / 26), flow, length_px=size_px // 9)
    wind = 0.5 + (wind - wind.mean()) / (4.2 * wind.std())
    sky = palette("0b1437", "14246b", "1d3f9c", "2563b8", "3f8fd0", "7cc0dc", "c9e3d8", "f3eebd")
    gold = palette("3d7fc4", "8fc3c9", "e8dc8b", "f8c93c", "f5a31f", "fff3b8")
    land = palette("0a1230", "10264a", "17425a", "1f5f57", "3f7f4c", "8a9a3f", "c9a845")
    position = np.clip(wind * (0.98 - 0.22 * y) - 0.04, 0, 1)
    tone = ramp(sky, position)
    tone = np.where((halo > 0.1)[..., None], ramp(gold, np.clip(halo * 1.06 + (wind - 0.5) * 0.35, 0, 1)), tone)
    hills = ramp(land, np.clip(wind * 0.75 + 0.05 * np.sin(x * 40), 0, 1))
    front = ramp(land, np.clip(wind * 0.55 - 0.05, 0, 1))
    tone = np.where((y > ridge)[..., None], hills, tone)
    tone = np.where((y > nearer)[..., None], front, tone).astype(np.float32)

    canvas = Canvas(tone * 0.55)
    unit = size_px / 1536
    for spacing, width, length, jitter in ((30, 34, 190, 0.05), (21, 22, 130, 0.07), (24, 15, 100, 0.10)):
        for start in scattered(rng, size_px, spacing_px=spacing * unit):
            path = follow(flow, start, length_px=length * unit * rng.uniform(0.6, 1.25), step_px=7 * unit)
            column, row = np.clip(path[len(path) // 2], 0, size_px - 1).astype(np.int32)
            color = tone[row, column] * (1 + rng.normal(0, jitter)) + rng.normal(0, jitter * 0.4, 3)
            if width < 20:
                # The last, thin layer picks out what the light catches and what it leaves.
                color = np.clip(color, 0, 1) ** rng.choice([0.62, 0.75, 1.25, 1.55])
            canvas.stroke(
                path,
                width_px=width * unit * rng.uniform(0.75, 1.2),
                color=np.clip(color, 0, 1),
                rng=rng,
                thickness=rng.uniform(0.6, 1.3),
            )
    return canvas.lit(strength=0.55, gloss=0.5)
