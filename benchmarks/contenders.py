"""The contenders of `benchmarks.quality`: recipes of this code or of a past commit, and a plain Gatys run."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple, Protocol

import click

from benchmarks.commits import environment_of
from benchmarks.rows import Row
from stylizer.errors import STYLE
from stylizer.events import Finished
from stylizer.images import open_picture
from stylizer.quiet import quiet_native_code
from stylizer.recipe import Recipe, Scale, load_recipe
from stylizer.style import open_style

if TYPE_CHECKING:
    from stylizer.painter import Painter

GATYS = "gatys"
GATYS_STEPS = 500
_GATYS_LAYERS = tuple(f"block{block}_conv1" for block in range(1, 6))
_GATYS_CONTENT_WEIGHT = 0.05
"""With losses relative to their targets, this keeps roughly the same amount of content that Painterly keeps."""


class Painted(NamedTuple):
    """A painting, and how long it took, without loading the network."""

    painting: bytes
    """PNG."""
    seconds: float


class Contender(Protocol):
    """One way to paint rows."""

    @property
    def name(self) -> str:
        """A name for folders and columns."""
        ...

    def paint(self, row: Row, *, size_px: int) -> Painted:
        """Paint a row; `size_px` is the longest side of the sheet's paintings."""
        ...


@dataclass(frozen=True, slots=True)
class OfThisCode:
    """A recipe painted by this code."""

    name: str
    recipe_for: Callable[[Row], Recipe]
    open_painter: Callable[[], Painter]

    def paint(self, row: Row, *, size_px: int) -> Painted:
        recipe = self.recipe_for(row).with_overrides(longest_side_px=row.longest_side_px(size_px))
        content = open_picture(row.pair.content, longest_side_px=recipe.longest_side_px)
        style = open_style(row.pair.style, name=STYLE, recipe=recipe)
        painter = self.open_painter()
        painter.warm_up(recipe)
        *_, finished = painter.paint(content, style, recipe=recipe, gif_limit_bytes=0)
        if not isinstance(finished, Finished):
            raise TypeError("a painting ends with Finished")
        return Painted(finished.painting, finished.seconds)


@dataclass(frozen=True, slots=True)
class OfCommit:
    """A recipe painted by the command line of a past commit."""

    commit: str
    tree: Path
    recipe: str
    precision: str = "auto"

    @property
    def name(self) -> str:
        return f"{self.recipe}-{self.commit}"

    def paint(self, row: Row, *, size_px: int) -> Painted:
        with TemporaryDirectory() as folder:
            content, style, painting = (Path(folder, name) for name in ("content", "style", "painting.png"))
            content.write_bytes(row.pair.content)
            style.write_bytes(row.pair.style)
            options = {
                "--output": painting,
                "--recipe": row.recipe or self.recipe,
                "--size": row.longest_side_px(size_px),
                "--precision": self.precision,
            }
            words = (str(word) for option in options.items() for word in option)
            finished = subprocess.run(
                (sys.executable, "-m", "stylizer", str(content), str(style), *words, "--json"),
                cwd=self.tree,
                env=environment_of(self.tree),
                capture_output=True,
                text=True,
                check=False,
            )
            if finished.returncode != 0:
                raise click.ClickException(f"{self.commit} can't paint {row.name}: {finished.stderr.strip()}")
            return Painted(painting.read_bytes(), json.loads(finished.stdout)["seconds"])


def of_recipe(name: str, open_painter: Callable[[], Painter]) -> OfThisCode:
    """A named recipe of this code."""
    return OfThisCode(name, lambda row: load_recipe(row.recipe or name), open_painter)


def rivals_of(
    recipes: Sequence[str], commit: str, theirs: str | None, *, tree: Path, precision: str
) -> dict[str, OfCommit]:
    """The commit's recipe to compare each recipe with: `theirs`, or the one with the same name."""
    return {name: OfCommit(commit, tree, theirs or name, precision) for name in recipes}


def of_gatys(open_painter: Callable[[], Painter]) -> OfThisCode:
    """A plain run of Gatys et al.'s method."""
    recipe = gatys_recipe()
    return OfThisCode(GATYS, lambda _: recipe, open_painter)


def gatys_recipe() -> Recipe:
    """Gatys, Ecker & Bethge 2016 (CVPR, section 3): L-BFGS from the content, at one size, no total variation.

    Style at relu1_1 to relu5_1 with equal shares, content at relu4_2, zero padding. Differences from the paper: maximum
    pooling, with which VGG16 was trained; losses relative to their targets, so that one weight suits every pair; and
    L-BFGS with this project's limits on a step.
    """
    return dataclasses.replace(
        load_recipe("classic"),
        name=GATYS,
        title="Gatys et al.",
        description="Gatys et al. 2016 with L-BFGS",
        scales=(Scale(1.0, GATYS_STEPS),),
        content_layers=("block4_conv2",),
        content_weight=_GATYS_CONTENT_WEIGHT,
        style_layers=dict.fromkeys(_GATYS_LAYERS, 1 / len(_GATYS_LAYERS)),
        style_weight=1.0,
        total_variation_weight=0.0,
        normalization="target",
        padding="zero",
        lbfgs=load_recipe("painterly").lbfgs,
        adam=None,
    )


def painter_opener(precision: str) -> Callable[[], Painter]:
    """Return a function that opens one painter when it is first needed."""
    painters: list[Painter] = []

    def open_painter() -> Painter:
        if not painters:
            with quiet_native_code():
                from stylizer.painter import Painter  # noqa: PLC0415 - TensorFlow is noisy while it is imported

                painters.append(Painter(precision=precision))
        return painters[0]

    return open_painter
