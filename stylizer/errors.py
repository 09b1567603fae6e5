"""Everything that can go wrong in the painter, each with its own sentence.

    StylizerError
    ├── PictureError            a picture that cannot be used
    │   ├── EmptyPicture
    │   ├── NotAPicture
    │   ├── UnreadablePicture
    │   ├── IncompletePicture
    │   ├── PictureTooLarge
    │   ├── PictureTooSmall
    │   ├── PictureTooNarrow
    │   ├── PictureTooHeavy
    │   └── PictureTooSlow
    ├── RecipeError             a recipe or an override that makes no sense
    │   ├── UnknownRecipe
    │   └── InvalidRecipe
    ├── WeightsError            VGG16 weights that do not fit
    │   ├── WeightsNotFound
    │   ├── UnreadableWeights
    │   └── WrongWeights
    ├── PrecisionUnknown
    ├── UnusableUser            who the workers cannot run as
    └── PoolError               the worker failed, not the picture
        ├── WorkerDied
        ├── WorkerFailed
        ├── WorkerNotReady
        ├── OutOfMemory
        ├── NoRoomForPainter
        ├── PaintingTooSlow
        └── EngineClosed

Every error takes plain, typed arguments, keeps them as `args` (a worker sends its error to the engine as a name and
arguments) and builds a sentence that says what is wrong and what would be right. A `PictureError` starts with the
picture's `name`, for example "The content picture".
"""

from __future__ import annotations

import math
import signal

READABLE = "JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF or HEIC"
"""The formats that can be read, as they end a sentence."""


class StylizerError(Exception):
    """The root of the painter's errors."""


class PictureError(StylizerError):
    """A picture that cannot be used."""


class EmptyPicture(PictureError):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f"{self.name} is empty (0 bytes). Send a {READABLE} file."


class NotAPicture(PictureError):
    def __init__(self, name: str, looks_like: str | None = None) -> None:
        super().__init__(name, looks_like)
        self.name = name
        self.looks_like = looks_like

    def __str__(self) -> str:
        what = f"is {self.looks_like}, not a picture that can be read" if self.looks_like else "is not a picture"
        return f"{self.name} {what}. Send a {READABLE} file."


class UnreadablePicture(PictureError):
    def __init__(self, name: str, compression: str | None = None) -> None:
        super().__init__(name, compression)
        self.name = name
        self.compression = compression

    def __str__(self) -> str:
        if self.compression is not None:
            how = f"is compressed in a way that cannot be read ({self.compression})"
            return f"{self.name} {how}. Save it as PNG or JPEG and send that copy."
        return f"{self.name} is damaged or cut off. Open it, save it anew and send that copy."


class IncompletePicture(PictureError):
    """The file ends early. `share` is how much of the picture is there; None where all of it is, but coarse."""

    def __init__(self, name: str, share: float | None) -> None:
        super().__init__(name, share)
        self.name = name
        self.share = share

    def __str__(self) -> str:
        there = "only a coarse version of it" if self.share is None else _share_in_words(self.share)
        return f"{self.name} is incomplete: {there} arrived. Download or export it again, and send that copy."


class PictureTooLarge(PictureError):
    def __init__(self, name: str, width_px: int, height_px: int, limit_px: int) -> None:
        super().__init__(name, width_px, height_px, limit_px)
        self.name = name
        self.width_px = width_px
        self.height_px = height_px
        self.limit_px = limit_px

    def __str__(self) -> str:
        return (
            f"{self.name} is {self.width_px} × {self.height_px} px; at most {math.floor(self.limit_px / 1e6)} "
            "megapixels of its format can be read. Send a smaller copy."
        )


class PictureTooSmall(PictureError):
    def __init__(self, name: str, width_px: int, height_px: int, limit_px: int) -> None:
        super().__init__(name, width_px, height_px, limit_px)
        self.name = name
        self.width_px = width_px
        self.height_px = height_px
        self.limit_px = limit_px

    def __str__(self) -> str:
        return (
            f"{self.name} is {self.width_px} × {self.height_px} px; the minimum is {self.limit_px} × {self.limit_px}. "
            "Send a larger one."
        )


class PictureTooNarrow(PictureError):
    """A content so long that next to nothing of it would be seen at the painting's size."""

    def __init__(
        self, name: str, width_px: int, height_px: int, longest_side_px: int, limit_px: int, needed_px: int | None
    ) -> None:
        super().__init__(name, width_px, height_px, longest_side_px, limit_px, needed_px)
        self.name = name
        self.width_px = width_px
        self.height_px = height_px
        self.longest_side_px = longest_side_px
        self.limit_px = limit_px
        self.needed_px = needed_px
        """The size at which the short side has enough; None where there is no such size."""

    def __str__(self) -> str:
        short_px = min(self.width_px, self.height_px)
        painted_px = round(short_px * self.longest_side_px / max(self.width_px, self.height_px))
        cropped_px = short_px * self.longest_side_px // self.limit_px
        size = "Crop" if self.needed_px is None else f"Choose a size of {self.needed_px} px or more, or crop"
        return (
            f"{self.name} is {self.width_px} × {self.height_px} px: painted at {self.longest_side_px} px, its short "
            f"side would be only {painted_px} px; the minimum is {self.limit_px}. "
            f"{size} its long side to {cropped_px} px."
        )


class PictureTooHeavy(PictureError):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f"{self.name} takes more memory to read than there is. Send a smaller copy."


class PictureTooSlow(PictureError):
    def __init__(self, name: str, limit_seconds: float) -> None:
        super().__init__(name, limit_seconds)
        self.name = name
        self.limit_seconds = limit_seconds

    def __str__(self) -> str:
        return (
            f"{self.name} could not be read within {self.limit_seconds:g} seconds. "
            "Open it, save it anew and send that copy."
        )


class RecipeError(StylizerError):
    """A recipe or an override that makes no sense."""


class UnknownRecipe(RecipeError):
    def __init__(self, recipe: str, known: tuple[str, ...]) -> None:
        super().__init__(recipe, known)
        self.recipe = recipe
        self.known = known

    def __str__(self) -> str:
        return f"There is no recipe {self.recipe!r}. Choose one of: {', '.join(self.known)}."


class InvalidRecipe(RecipeError):
    def __init__(self, recipe: str, field: str, problem: str) -> None:
        super().__init__(recipe, field, problem)
        self.recipe = recipe
        self.field = field
        self.problem = problem

    def __str__(self) -> str:
        return f"Recipe {self.recipe!r}: {self.field} {self.problem}."


class WeightsError(StylizerError):
    """VGG16 weights that do not fit."""


class WeightsNotFound(WeightsError):
    def __init__(self, source: str, hint: str) -> None:
        super().__init__(source, hint)
        self.source = source
        self.hint = hint

    def __str__(self) -> str:
        return f"The VGG16 weights {self.source} cannot be had: {self.hint}."


class UnreadableWeights(WeightsError):
    def __init__(self, source: str) -> None:
        super().__init__(source)
        self.source = source

    def __str__(self) -> str:
        return f"{self.source} is damaged, or not a Keras .h5/.weights.h5 or an .npz file of VGG16 weights."


class WrongWeights(WeightsError):
    def __init__(self, source: str, layer: str, problem: str) -> None:
        super().__init__(source, layer, problem)
        self.source = source
        self.layer = layer
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.source} does not hold VGG16: layer {self.layer} {self.problem}."


class PrecisionUnknown(StylizerError):
    def __init__(self, precision: str) -> None:
        super().__init__(precision)
        self.precision = precision

    def __str__(self) -> str:
        return f"There is no precision {self.precision!r}. Choose auto, float32 or bfloat16."


class UnusableUser(StylizerError):
    def __init__(self, user: str, problem: str) -> None:
        super().__init__(user, problem)
        self.user = user
        self.problem = problem

    def __str__(self) -> str:
        return f"The painter's workers can't run as {self.user}: {self.problem}."


class PoolError(StylizerError):
    """The worker failed, not the picture."""


class WorkerDied(PoolError):
    def __init__(self, exit_code: int | None) -> None:
        super().__init__(exit_code)
        self.exit_code = exit_code

    def __str__(self) -> str:
        if self.exit_code in (-signal.SIGKILL, -signal.SIGABRT):
            # Nobody else kills a worker but the engine, which tells its own reason before; native code that is refused
            # memory gives up.
            return (
                f"The painter's process was killed in the middle of this painting (exit code {self.exit_code}), "
                "probably because there is too little memory. Ask for it again; a smaller size may help."
            )
        how = f" (exit code {self.exit_code})" if self.exit_code is not None else ""
        return f"The painter's process ended in the middle of this painting{how}. Ask for it again."


class WorkerFailed(PoolError):
    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        return f"The painter failed: {self.problem}. Ask for it again."


class WorkerNotReady(PoolError):
    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        return f"The painter could not start: {self.problem}"


class OutOfMemory(PoolError):
    def __init__(self, width_px: int, height_px: int, largest_px: int | None = None) -> None:
        """`largest_px` is the longest side that fits, where that is known; 0 where nothing does."""
        super().__init__(width_px, height_px, largest_px)
        self.width_px = width_px
        self.height_px = height_px
        self.largest_px = largest_px

    def __str__(self) -> str:
        if self.largest_px is None:
            what_to_do = "Choose a smaller size."
        elif self.largest_px == 0:
            what_to_do = "No size fits: free some memory first."
        else:
            what_to_do = f"Choose {self.largest_px} px or less."
        return f"There is not enough memory to paint {self.width_px} × {self.height_px} px. {what_to_do}"


class NoRoomForPainter(PoolError):
    def __init__(self, needed_bytes: int) -> None:
        super().__init__(needed_bytes)
        self.needed_bytes = needed_bytes

    def __str__(self) -> str:
        return (
            f"There is not enough memory for the painter itself, which takes about {self.needed_bytes / 1e6:.0f} MB. "
            "Raise the limit of its process (ulimit), or free some memory."
        )


class PaintingTooSlow(PoolError):
    def __init__(self, limit_seconds: float) -> None:
        super().__init__(limit_seconds)
        self.limit_seconds = limit_seconds

    def __str__(self) -> str:
        return (
            f"The painting was not done within {self.limit_seconds / 60:g} minutes. "
            "Choose a smaller size or a quicker recipe."
        )


class EngineClosed(PoolError):
    def __str__(self) -> str:
        return "The painter is shutting down. Ask again in a minute."


_SHARES = (
    (0.0, "almost nothing of it"),
    (0.1, "only about a tenth of it"),
    (0.25, "only about a quarter of it"),
    (0.33, "only about a third of it"),
    (0.5, "only about half of it"),
    (0.67, "only about two thirds of it"),
    (0.75, "only about three quarters of it"),
    (0.85, "only about 85 % of it"),
    (0.95, "only about 95 % of it"),
)


def _share_in_words(share: float) -> str:
    """How much of something is there, in the nearest words."""
    return min(_SHARES, key=lambda named: abs(named[0] - share))[1]
