"""Engines: whoever paints jobs. The contract in `engine.py`, its implementations beside it."""

from stylizer.errors import (
    EmptyPicture,
    EngineClosed,
    InvalidRecipe,
    NotAPicture,
    OutOfMemory,
    PictureError,
    PictureTooLarge,
    PictureTooSmall,
    PoolError,
    RecipeError,
    StylizerError,
    UnknownRecipe,
    UnreadablePicture,
    WorkerDied,
    WorkerFailed,
    WorkerNotReady,
)
from stylizer.images import recognize_picture
from stylizer.pool.devices import default_devices
from stylizer.pool.engine import DEFAULT_GIF_LIMIT_BYTES, Engine, PaintingJob
from stylizer.pool.fake import FakeEngine, StepGate
from stylizer.pool.local import LocalEngine
from stylizer.pool.worker import open_vgg16_painter

__all__ = [
    "DEFAULT_GIF_LIMIT_BYTES",
    "EmptyPicture",
    "Engine",
    "EngineClosed",
    "FakeEngine",
    "InvalidRecipe",
    "LocalEngine",
    "NotAPicture",
    "OutOfMemory",
    "PaintingJob",
    "PictureError",
    "PictureTooLarge",
    "PictureTooSmall",
    "PoolError",
    "RecipeError",
    "StepGate",
    "StylizerError",
    "UnknownRecipe",
    "UnreadablePicture",
    "WorkerDied",
    "WorkerFailed",
    "WorkerNotReady",
    "default_devices",
    "open_vgg16_painter",
    "recognize_picture",
]
