"""Everything that can go wrong in the painter.

    StylizerError
    ├── PictureError            a picture that can't be used
    │   ├── EmptyPicture
    │   ├── NotAPicture
    │   ├── UnreadablePicture
    │   ├── UnsupportedCompression
    │   ├── IncompletePicture
    │   ├── PictureTooLarge
    │   ├── PictureTooSmall
    │   ├── PictureTooNarrow
    │   ├── PictureTooHeavy
    │   ├── PictureTooSlow
    │   ├── StartTooLarge
    │   ├── StartOfAnotherShape
    │   ├── MaskOfAnotherShape
    │   ├── MaskNotFlat
    │   ├── MaskColorsTooSimilar
    │   ├── MaskColorsTooSmall
    │   ├── EmptyMask
    │   └── WrongNumberOfMaskColors
    ├── RecipeError             a recipe or an override that makes no sense
    │   ├── UnknownRecipe
    │   └── InvalidRecipe
    ├── BlendError              styles that can't be blended
    │   ├── WrongNumberOfStyles
    │   ├── InvalidStyleWeight
    │   ├── NoStyleWeight
    │   ├── RepeatedStyle
    │   └── WeightsInRegions
    ├── WeightsError            VGG16 weights that don't fit
    │   ├── WeightsNotFound
    │   ├── UnreadableWeights
    │   └── WrongWeights
    ├── UnknownPrecision
    ├── UnusableUser            a user that the workers can't run as
    └── PoolError               the worker failed, not the picture
        ├── WorkerDied
        ├── WorkerFailed
        ├── WorkerNotReady
        ├── OutOfMemory
        ├── NoRoomForPainter
        ├── PaintingTooSlow
        └── EngineClosed

Every error is a frozen dataclass of plain, typed fields: a worker sends its error to the engine as a name and field
values, and the bot's catalogs put them into other languages. The English sentence is here, because the command line
prints it: it says what is wrong, then what to do.
"""

from __future__ import annotations

import signal
from typing import Literal, NamedTuple, TypeAlias, get_args

from stylizer.frozen import FrozenError

READABLE = "JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF or HEIC"
"""The formats that can be read, as a list in a sentence."""

PictureRole: TypeAlias = Literal[
    "content", "style", "style 1", "style 2", "style 3", "style 4", "style 5", "start", "mask"
]
"""What a picture is in a painting. Styles are numbered if there are several; `start` is a painting to continue, `mask`
says where to paint."""

MAX_BLENDED_STYLES = 5
"""How many styles one painting can blend."""

FileKind: TypeAlias = Literal[
    "7z",
    "executable",
    "font",
    "gimp",
    "gzip",
    "html",
    "icon",
    "jpeg-2000",
    "jpeg-xl",
    "pdf",
    "photoshop",
    "postscript",
    "rar",
    "script",
    "sound",
    "svg",
    "text",
    "unknown",
    "video",
    "xml",
    "zip",
]
"""What a file that isn't a picture is instead."""

_KINDS: dict[FileKind, str] = {
    "7z": "is a 7z archive, not an image",
    "executable": "is a program, not an image",
    "font": "is a font, not an image",
    "gimp": "is a GIMP project",
    "gzip": "is a gzip archive, not an image",
    "html": "is a web page, not an image",
    "icon": "is an icon file",
    "jpeg-2000": "is a JPEG 2000 file",
    "jpeg-xl": "is a JPEG XL file",
    "pdf": "is a PDF, not an image",
    "photoshop": "is a Photoshop document",
    "postscript": "is a PostScript file, not an image",
    "rar": "is a RAR archive, not an image",
    "script": "is a script, not an image",
    "sound": "is a sound file, not an image",
    "svg": "is an SVG drawing",
    "text": "is a text file, not an image",
    "unknown": "isn't an image",
    "video": "is a video, not an image",
    "xml": "is an XML file, not an image",
    "zip": "is a ZIP archive, not an image",
}


class PictureName(NamedTuple):
    """What a picture is called in an error: `CONTENT`, or `PictureName(filename="photo.jpg")`."""

    role: PictureRole | None = None
    filename: str | None = None

    def __str__(self) -> str:
        if self.filename is not None:
            return self.filename
        match self.role:
            case None:
                return "The picture"
            case "start":
                return "The painting to continue"
            case "mask":
                return "The mask"
            case "content" | "style":
                return f"The {self.role} picture"
        return self.role.capitalize()


UNNAMED = PictureName()
CONTENT = PictureName("content")
STYLE = PictureName("style")
START = PictureName("start")
MASK = PictureName("mask")
_NUMBERED_STYLES = tuple(PictureName(role) for role in get_args(PictureRole) if role.startswith("style "))


def style_names(count: int) -> tuple[PictureName, ...]:
    """What the styles of a painting are called: `STYLE` if there is one, else `style 1` and so on.

    Raises `WrongNumberOfStyles` unless there are 1 to `MAX_BLENDED_STYLES`.
    """
    if not 1 <= count <= MAX_BLENDED_STYLES:
        raise WrongNumberOfStyles(count, MAX_BLENDED_STYLES)
    return (STYLE,) if count == 1 else _NUMBERED_STYLES[:count]


class StylizerError(FrozenError):
    """The root of the painter's errors."""


class PictureError(StylizerError):
    """A picture that can't be used. The fields of a `PictureName` come first."""

    role: PictureRole | None
    filename: str | None
    """If known, the sentence begins with it; otherwise with the role."""

    @property
    def picture(self) -> PictureName:
        """What the picture is called."""
        return PictureName(self.role, self.filename)


class EmptyPicture(PictureError):
    def __str__(self) -> str:
        return f"{self.picture} is empty (0 bytes). Use a {READABLE} file."


class NotAPicture(PictureError):
    kind: FileKind = "unknown"

    def __str__(self) -> str:
        return f"{self.picture} {_KINDS[self.kind]}. Use a {READABLE} file."


class UnreadablePicture(PictureError):
    def __str__(self) -> str:
        return f"{self.picture} is damaged or incomplete. Re-save it and try again."


class UnsupportedCompression(PictureError):
    compression: str
    """Its name in the format's specification."""

    def __str__(self) -> str:
        return (
            f"{self.picture} uses a compression that can't be read ({self.compression}). "
            "Save it as PNG or JPEG and try again."
        )


class IncompletePicture(PictureError):
    """The file ends early."""

    percent: int | None
    """About how much of the picture is there, in steps of 10; None if all of it is, but only coarsely."""

    def __str__(self) -> str:
        if self.percent is None:
            arrived = "a coarse version of it"
        else:
            arrived = f"about {self.percent}% of it" if self.percent > 0 else "the beginning of it"
        return f"{self.picture} is incomplete: only {arrived} arrived. Download or export it again and use that copy."


class PictureTooLarge(PictureError):
    width_px: int
    height_px: int
    limit_megapixels: int
    """Of its format."""

    def __str__(self) -> str:
        return (
            f"{self.picture} is {self.width_px} × {self.height_px} px; the limit for its file format is "
            f"{self.limit_megapixels} megapixels. Use a smaller copy."
        )


class PictureTooSmall(PictureError):
    width_px: int
    height_px: int
    limit_px: int
    """Of each side."""

    def __str__(self) -> str:
        return (
            f"{self.picture} is {self.width_px} × {self.height_px} px; the minimum is {self.limit_px} × "
            f"{self.limit_px}. Use a larger one."
        )


class PictureTooNarrow(PictureError):
    """A content picture so long and narrow that almost nothing of it would be visible in the painting."""

    width_px: int
    height_px: int
    longest_side_px: int
    """Of the painting."""
    short_side_px: int
    """Of the painting."""
    limit_px: int
    """The minimum of a painting's short side."""
    crop_to_px: int
    """What the picture's long side can be cropped to."""
    needed_px: int | None
    """The longest side at which a painting's short side is long enough; None if paintings can't be that large."""

    def __str__(self) -> str:
        size = "Crop" if self.needed_px is None else f"Choose a size of {self.needed_px} px or more, or crop"
        return (
            f"{self.picture} is {self.width_px} × {self.height_px} px. Painted at {self.longest_side_px} px, its short "
            f"side would be only {self.short_side_px} px; the minimum is {self.limit_px}. "
            f"{size} its long side to {self.crop_to_px} px."
        )


class PictureTooHeavy(PictureError):
    """Decoding it needs more memory than there is."""

    def __str__(self) -> str:
        return f"{self.picture} needs more memory to open than is available. Use a smaller copy."


class PictureTooSlow(PictureError):
    """Decoding it takes too long."""

    limit_seconds: float

    def __str__(self) -> str:
        return f"{self.picture} took longer than {self.limit_seconds:g} seconds to open. Re-save it and try again."


class StartTooLarge(PictureError):
    """A painting can't be continued at this size, because it is larger than that."""

    width_px: int
    height_px: int
    longest_side_px: int
    """Of the painting that was asked for."""

    def __str__(self) -> str:
        return (
            f"{self.picture} is {self.width_px} × {self.height_px} px, so it can't be continued at "
            f"{self.longest_side_px} px. Choose a larger size."
        )


class StartOfAnotherShape(PictureError):
    """A painting of another content picture can't be continued with this one."""

    width_px: int
    height_px: int
    needed_width_px: int
    """What a painting of this content picture with the same longest side has."""
    needed_height_px: int

    def __str__(self) -> str:
        return (
            f"{self.picture} is {self.width_px} × {self.height_px} px; a painting of this content picture would be "
            f"{self.needed_width_px} × {self.needed_height_px}. Continue a painting of the same picture."
        )


class MaskOfAnotherShape(PictureError):
    """A mask doesn't have the aspect ratio of the content picture."""

    needed_width_px: int
    """Of the painting, or any other size of that aspect ratio."""
    needed_height_px: int

    def __str__(self) -> str:
        return (
            f"{self.picture} doesn't have the shape of the content picture, such as {self.needed_width_px} × "
            f"{self.needed_height_px} px. Draw it on a copy of the content picture."
        )


class MaskNotFlat(PictureError):
    """A mask with more colors than a painting can have styles, such as a photograph."""

    def __str__(self) -> str:
        return (
            f"{self.picture} has too many colors. Make what should be painted white, or one flat color for each style, "
            "and the rest black."
        )


class MaskColorsTooSimilar(PictureError):
    """A mask with two flat colors that hardly differ."""

    def __str__(self) -> str:
        return (
            f"{self.picture} has colors that are too similar. Use clearly different ones, such as red, green and blue."
        )


class MaskColorsTooSmall(PictureError):
    """A mask whose colors are only specks or thin lines."""

    def __str__(self) -> str:
        return (
            f"{self.picture} has only specks or thin lines of color. Fill what should be painted with one flat color."
        )


class EmptyMask(PictureError):
    """A mask that leaves nothing to paint."""

    def __str__(self) -> str:
        return f"{self.picture} is black everywhere, so there is nothing to paint. Make what should be painted white."


class WrongNumberOfMaskColors(PictureError):
    """A mask whose colors are neither one for all styles together nor one for each."""

    colors: int
    """Not counting black."""
    styles: int

    def __str__(self) -> str:
        if self.styles == 1:
            return (
                f"{self.picture} has {self.colors} colors, but there is only one style. Use only white and black, or "
                f"give {self.colors} styles."
            )
        return (
            f"{self.picture} has {self.colors} colors for {self.styles} styles. Use one color for each style, or only "
            "white to blend them."
        )


class RecipeError(StylizerError):
    """A recipe or an override that makes no sense."""


class UnknownRecipe(RecipeError):
    recipe: str
    known: tuple[str, ...]

    def __str__(self) -> str:
        return f"There's no recipe {self.recipe!r}. Choose one of: {', '.join(self.known)}."


class InvalidRecipe(RecipeError):
    recipe: str
    field: str
    problem: str
    """In English, as it follows the field: `must be from 64 to 2048, not 3`."""

    def __str__(self) -> str:
        return f"Recipe {self.recipe!r}: {self.field} {self.problem}."


class BlendError(StylizerError):
    """Styles that can't be blended."""


class WrongNumberOfStyles(BlendError):
    number: int
    limit: int

    def __str__(self) -> str:
        return f"A painting takes 1 to {self.limit} styles; you chose {self.number}."


class InvalidStyleWeight(BlendError):
    number: int
    """Which style it is of: 1 is the first."""
    weight: str
    """As it was given."""

    def __str__(self) -> str:
        return f"Style {self.number} can't have the weight {self.weight}. A weight is a number above 0, such as 0.5."


class NoStyleWeight(BlendError):
    """All weights are 0."""

    def __str__(self) -> str:
        return "All styles have the weight 0. Give at least one of them a number above 0, such as 1."


class RepeatedStyle(BlendError):
    """Two styles that would be blended are the same picture."""

    first: int
    second: int
    """Which styles they are: 1 is the first."""

    def __str__(self) -> str:
        return (
            f"Styles {self.first} and {self.second} are the same picture. Leave one of them out. "
            "To make a style count more, raise its weight."
        )


class WeightsInRegions(BlendError):
    """Styles that each have their own color in the mask, and therefore aren't mixed, have different weights."""

    def __str__(self) -> str:
        return "Each style has its own color in the mask, so there is nothing to weigh. Leave out the weights."


class WeightsError(StylizerError):
    """VGG16 weights that don't fit."""


class WeightsNotFound(WeightsError):
    source: str
    problem: str

    def __str__(self) -> str:
        return f"Can't load the VGG16 weights {self.source}: {self.problem}."


class UnreadableWeights(WeightsError):
    source: str

    def __str__(self) -> str:
        return f"{self.source} is damaged, or isn't a Keras .h5/.weights.h5 or .npz file of VGG16 weights."


class WrongWeights(WeightsError):
    source: str
    layer: str
    problem: str

    def __str__(self) -> str:
        return f"{self.source} doesn't hold VGG16 weights: layer {self.layer} {self.problem}."


class UnknownPrecision(StylizerError):
    precision: str

    def __str__(self) -> str:
        return f"There's no precision {self.precision!r}. Choose auto, float32, bfloat16 or float16."


class UnusableUser(StylizerError):
    user: str
    problem: str

    def __str__(self) -> str:
        return f"The painter's workers can't run as {self.user}: {self.problem}."


class PoolError(StylizerError):
    """The worker failed, not the picture."""


class WorkerDied(PoolError):
    exit_code: int | None
    """If negative, minus the signal that ended it. None if unknown."""

    @property
    def is_out_of_memory(self) -> bool:
        """Whether memory probably ran out.

        Apart from the system, only the engine kills workers, and it gives its own reason first. Native code that is
        refused memory aborts.
        """
        return self.exit_code in {-signal.SIGKILL, -signal.SIGABRT}

    def __str__(self) -> str:
        how = "" if self.exit_code is None else f" (exit code {self.exit_code})"
        if self.is_out_of_memory:
            return (
                f"The painter was killed while it painted{how}, probably because memory ran out. "
                "Try again; a smaller size may help."
            )
        return f"The painter stopped unexpectedly{how}. Try again."


class WorkerFailed(PoolError):
    problem: str
    """For the log and the command line, in English; of no use to a member."""

    def __str__(self) -> str:
        return f"The painter failed: {self.problem}. Try again."


class WorkerNotReady(PoolError):
    problem: str
    """A sentence, for the log and the command line."""

    def __str__(self) -> str:
        return f"The painter couldn't start: {self.problem}"


class OutOfMemory(PoolError):
    width_px: int
    height_px: int
    largest_px: int | None = None
    """The longest side that fits; 0 if nothing fits, None if unknown."""

    def __str__(self) -> str:
        if self.largest_px is None:
            what_to_do = "Choose a smaller size."
        elif self.largest_px == 0:
            what_to_do = "No size fits: free some memory first."
        else:
            what_to_do = f"Choose {self.largest_px} px or less."
        return f"There isn't enough memory to paint {self.width_px} × {self.height_px} px. {what_to_do}"


class NoRoomForPainter(PoolError):
    """There is less memory than the painter takes before its first painting."""

    needed_megabytes: int

    def __str__(self) -> str:
        return (
            f"There isn't enough memory for the painter itself, which needs about {self.needed_megabytes} MB. "
            "Raise the limit of its process (ulimit), or free some memory."
        )


class PaintingTooSlow(PoolError):
    limit_minutes: float

    def __str__(self) -> str:
        return (
            f"The painting took longer than {self.limit_minutes:g} minutes. Choose a smaller size or a faster recipe."
        )


class EngineClosed(PoolError):
    def __str__(self) -> str:
        return "The painter is shutting down. Try again in a minute."
