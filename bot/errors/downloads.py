"""Pictures that can't be downloaded."""

from __future__ import annotations

from bot.errors.base import AtelierError
from bot.words.values import PictureCalled
from stylizer.pool import PictureName, PictureRole


class DownloadError(AtelierError):
    """A picture that can't be downloaded."""

    picture: PictureRole

    def sentence_fields(self) -> dict[str, object]:
        """The picture by its role or the name of its file."""
        return {**self.fields(), "picture": PictureCalled(PictureName(self.picture))}


class ForeignHost(DownloadError):
    """A link to a host other than Discord's."""


class AttachmentGone(DownloadError):
    status: int
    """Discord's HTTP status."""


class DownloadFailed(DownloadError):
    """Discord or the network failed, which may pass."""
