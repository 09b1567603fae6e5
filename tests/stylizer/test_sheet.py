"""Sheets of several pictures."""

from __future__ import annotations

import io

from PIL import Image

from stylizer.sheet import GAP_PX, compose_sheet


def thirds(size: tuple[int, int]) -> bytes:
    """A picture whose left, middle and right third are red, green and blue."""
    picture = Image.new("RGB", size, "green")
    picture.paste("red", (0, 0, size[0] // 3, size[1]))
    picture.paste("blue", (size[0] - size[0] // 3, 0, *size))
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def test_a_picture_of_another_shape_is_cropped_instead_of_distorted() -> None:
    sheet = compose_sheet([thirds((300, 100))], columns=1, cell_px=(90, 90))

    with Image.open(io.BytesIO(sheet)) as shown:
        row = [shown.convert("RGB").getpixel((GAP_PX + x, GAP_PX + 60)) for x in (3, 45, 86)]
    for pixel in row:
        assert isinstance(pixel, tuple)
        assert pixel[1] > 100 > max(pixel[0], pixel[2])
