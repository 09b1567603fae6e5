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
from stylizer.pool.engine import DEFAULT_GIF_LIMIT_BYTES, Engine, PaintingJob

__all__ = [
    "DEFAULT_GIF_LIMIT_BYTES",
    "EmptyPicture",
    "Engine",
    "EngineClosed",
    "InvalidRecipe",
    "NotAPicture",
    "OutOfMemory",
    "PaintingJob",
    "PictureError",
    "PictureTooLarge",
    "PictureTooSmall",
    "PoolError",
    "RecipeError",
    "StylizerError",
    "UnknownRecipe",
    "UnreadablePicture",
    "WorkerDied",
    "WorkerFailed",
    "WorkerNotReady",
]
