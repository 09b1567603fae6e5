"""Engines: whoever paints jobs. The contract in `engine.py`, its implementations beside it."""

from stylizer.errors import (
    EmptyPicture,
    EngineClosed,
    IncompletePicture,
    InvalidRecipe,
    NotAPicture,
    OutOfMemory,
    PaintingTooSlow,
    PictureError,
    PictureTooHeavy,
    PictureTooLarge,
    PictureTooNarrow,
    PictureTooSlow,
    PictureTooSmall,
    PoolError,
    RecipeError,
    StylizerError,
    UnknownRecipe,
    UnreadablePicture,
    UnusableUser,
    WorkerDied,
    WorkerFailed,
    WorkerNotReady,
)
from stylizer.gif import retell_gif
from stylizer.images import recognize_picture, refuse_if_too_narrow
from stylizer.isolation import WorkerUser, can_read_code, forbid_inspection, worker_user
from stylizer.memory import default_memory_limit_bytes
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
    "IncompletePicture",
    "InvalidRecipe",
    "LocalEngine",
    "NotAPicture",
    "OutOfMemory",
    "PaintingJob",
    "PaintingTooSlow",
    "PictureError",
    "PictureTooHeavy",
    "PictureTooLarge",
    "PictureTooNarrow",
    "PictureTooSlow",
    "PictureTooSmall",
    "PoolError",
    "RecipeError",
    "StepGate",
    "StylizerError",
    "UnknownRecipe",
    "UnreadablePicture",
    "UnusableUser",
    "WorkerDied",
    "WorkerFailed",
    "WorkerNotReady",
    "WorkerUser",
    "can_read_code",
    "default_devices",
    "default_memory_limit_bytes",
    "forbid_inspection",
    "open_vgg16_painter",
    "recognize_picture",
    "refuse_if_too_narrow",
    "retell_gif",
    "worker_user",
]
