"""What a transparent picture looks like."""

from __future__ import annotations

from PIL import Image

from stylizer.images.color import to_eight_bits


def on_white(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """(colours as L, RGB, CMYK or LAB, alpha or None); colours composed on white."""
    if image.mode.startswith(("I", "F")):
        image = to_eight_bits(image)
    if image.mode in ("L", "RGB", "CMYK", "LAB") and "transparency" not in image.info:
        return image, None
    if not image.has_transparency_data:
        return image.convert("L" if image.mode == "1" else "RGB"), None
    if image.mode not in ("LA", "RGBA"):
        image = image.convert("RGBA")
    alpha = image.getchannel("A")
    lowest, highest = alpha.getextrema()
    if lowest == 255 or highest == 0:
        # An alpha that hides everything was never meant: some programs leave it at zero.
        return image.convert(image.mode.removesuffix("A")), None
    canvas = Image.new(image.mode.removesuffix("A"), image.size, "white")
    canvas.paste(image, mask=alpha)
    return canvas, alpha
