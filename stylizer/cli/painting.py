"""Paints for the command line: one picture, a board or folders, all with the same painter."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING

from stylizer.cli.inputs import Inputs, StyleFile
from stylizer.cli.measured import remember
from stylizer.colors_only import recolor
from stylizer.events import Event, Finished, PictureFormat
from stylizer.open_painter import open_painter
from stylizer.recipe import Recipe
from stylizer.timelapse import DEFAULT_GIF_LIMIT_BYTES

if TYPE_CHECKING:
    from stylizer.painter import Painter


class CommandPainter:
    """Opens a painter for the first painting that needs one, and remembers what each painting has measured."""

    def __init__(self, *, precision: str, deterministic: bool, weights: str, spare_faces: bool = False) -> None:
        self._precision = precision
        self._deterministic = deterministic
        self._weights = weights
        self._spare_faces = spare_faces
        self._painter: Painter | None = None

    def open_for(self, recipe: Recipe) -> Painter | None:
        """Warm up the painter, the first time; None if the recipe paints nothing. Raises what `open_painter` raises."""
        if not recipe.is_painted:
            return None
        # Only now: importing TensorFlow takes seconds, so whatever can be refused should be refused before.
        self._painter = self._painter or open_painter(
            precision=self._precision,
            deterministic=self._deterministic,
            weights=self._weights,
            with_faces=self._spare_faces,
        )
        return self._painter

    def paint(
        self,
        inputs: Inputs,
        styles: Sequence[StyleFile],
        *,
        recipe: Recipe,
        seed: int,
        picture_format: PictureFormat = "png",
        gif_limit_bytes: int = DEFAULT_GIF_LIMIT_BYTES,
    ) -> Generator[Event, None, None]:
        """Yield the events of a painting; `styles` has the weights. Raises what `Painter.paint` raises."""
        pictures = (inputs.content, *inputs.styles)
        weights = [style.weight for style in styles]
        painter = self.open_for(recipe)
        if painter is None:
            yield from recolor(
                *pictures,
                weights=weights,
                recipe=recipe,
                seed=seed,
                picture_format=picture_format,
                gif_limit_bytes=gif_limit_bytes,
            )
            return
        for event in painter.paint(
            *pictures,
            weights=weights,
            start=inputs.start,
            mask=inputs.mask,
            spare_faces=self._spare_faces,
            recipe=recipe,
            seed=seed,
            picture_format=picture_format,
            gif_limit_bytes=gif_limit_bytes,
        ):
            if isinstance(event, Finished):
                remember(painter, recipe.name, precision=self._precision, deterministic=self._deterministic)
            yield event


def describe_faces(faces: int | None) -> str:
    """How many faces were spared, to follow a list of results; empty if none were to be."""
    return {None: "", 0: ", no face found", 1: ", 1 face spared"}.get(faces, f", {faces} faces spared")
