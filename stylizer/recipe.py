"""A recipe: every number of a painting. The named recipes are data, in `config/recipes.toml`."""

from __future__ import annotations

import dataclasses
import math
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Annotated, Any, Literal, NamedTuple, get_args, get_origin, get_type_hints

from stylizer.errors import InvalidRecipe, UnknownRecipe

DEFAULT_RECIPE = "painterly"
MIN_SIZE_PX = 64
MAX_SIZE_PX = 2048
MAX_STYLE_STRENGTH = 2.0
MAX_MORE_STEPS = 1000
_MAX_WEIGHT = 1e12
STRENGTH_STOPS = (1.25, 1.5, 1.75, 2.0)
"""The strengths over 1 for which a recipe has a number; between them it is interpolated."""
Pooling = Literal["max", "average"]
Padding = Literal["zero", "replicate"]
Normalization = Literal["plain", "target"]
StyleDistance = Literal["wasserstein", "angle"]
Start = Literal["content", "noise"]
Colors = Literal["style", "content", "matched", "only"]

LAYERS = tuple(
    f"block{block}_conv{conv}" for block, convs in enumerate((2, 2, 3, 3, 3), start=1) for conv in range(1, convs + 1)
)
"""VGG16's convolution layers, in order. A layer's features are taken after its ReLU."""
SHALLOW_LAYERS = LAYERS[: LAYERS.index("block3_conv1")]
"""Blocks 1 and 2, whose features take most of the memory: they have a position for each pixel, or for every fourth."""


class _Range(NamedTuple):
    """The range of a number, including both ends."""

    lowest: float
    highest: float


@dataclass(frozen=True, slots=True)
class Scale:
    """One canvas on the way from coarse to fine: its size, and its number of optimizer steps."""

    fraction: float
    """Of the painting's longest side: 0 < fraction <= 1; the last scale's is 1. Larger paintings begin coarser."""
    steps: int
    content_weight: float | None = None
    """This and the rest replace the recipe's own numbers: a large canvas needs only what smaller ones can't show."""
    content_layers: tuple[str, ...] | None = None
    style_layers: Mapping[str, float] | None = None

    def has_settings_of(self, other: Scale) -> bool:
        """Whether both differ at most in their size and in their steps."""
        return dataclasses.replace(other, fraction=self.fraction, steps=self.steps) == self


@dataclass(frozen=True, slots=True)
class ScalingSettings:
    """How the scales of a recipe follow the painting's size."""

    smallest_px: Annotated[int, _Range(32, MAX_SIZE_PX)]
    """No scale's longest side is shorter: below, the deepest features have only a few positions."""
    narrowest_px: Annotated[int, _Range(16, MAX_SIZE_PX)]
    """No scale's short side is shorter: the content of a long and narrow picture would dissolve."""
    coarsest_px: Annotated[int, _Range(32, MAX_SIZE_PX)]
    """At about this size strokes are large, and the content is just visible. A painting of several scales begins with a
    longest side of less than twice as much."""


@dataclass(frozen=True, slots=True)
class LbfgsSettings:
    """L-BFGS (Nocedal & Wright 2006, algorithm 7.4). Steps are root mean squares over pixels from 0 to 1."""

    history: Annotated[int, _Range(1, 100)]
    """Pairs that are remembered."""
    longest_step: Annotated[float, _Range(1e-6, 1)]
    """A line search that stays where the model holds nearly always needs one evaluation per step."""
    first_step: Annotated[float, _Range(1e-6, 1)]
    """The length of a step without any pairs: steepest descent."""
    neighborhood_px: Annotated[int, _Range(1, 255)]
    """Side of the square around each pixel in which the curvature is taken to be the same."""
    max_unevenness: Annotated[float, _Range(1, 1000)]
    """How many times a neighborhood's curvature may differ from the whole picture's."""
    shortest_step_levels: Annotated[float, _Range(0, 255)]
    """In gray levels of 255: if not even such a step goes down, the picture has settled."""
    settled_decrease: Annotated[float, _Range(0, 1)]
    """Of the objective, relative to itself: a step that decreases it by less changes nothing visible."""
    settled_steps: Annotated[int, _Range(1, 1000)]
    """After so many such steps in a row, the picture has settled, too. A single one may be a bad direction."""
    max_backtracks: Annotated[int, _Range(1, 50)]
    """How many lengths a line search tries, the full one included."""
    backtrack_factor: Annotated[float, _Range(0.01, 0.99)]
    """The length of a trial relative to the one before."""
    sufficient_decrease: Annotated[float, _Range(0, 1)]
    """Of Armijo's condition, Nocedal & Wright 2006, eq. 3.4."""
    min_curvature: Annotated[float, _Range(0, 1)]
    """Cosine between a step and the gradient's change under which a pair is forgotten, so that the approximation stays
    positive definite."""


@dataclass(frozen=True, slots=True)
class AdamSettings:
    """Adam (Kingma & Ba 2015, arXiv 1412.6980, algorithm 1)."""

    learning_rate: Annotated[float, _Range(1e-6, 1)]
    """For pixels from 0 to 1: about the longest step of a value."""
    beta_1: Annotated[float, _Range(0, 0.9999)]
    """How slowly the mean of the gradients decays."""
    beta_2: Annotated[float, _Range(0, 0.999999)]
    """How slowly the mean of their squares decays."""
    epsilon: Annotated[float, _Range(1e-12, 1e12)]
    """Added to the root of the squares' mean."""
    epsilon_unit: Literal["one", "first gradient"]
    """`one`, as in the paper: epsilon is in the objective's unit. `first gradient`: in root mean squares of the first
    gradient, regardless of the objective's unit."""


@dataclass(frozen=True, slots=True)
class StartSettings:
    """Where a painting begins; `stylizer/start.py`."""

    picture: Start
    """`noise`: blots in the style's colors instead of the content picture."""
    seed_noise: Annotated[float, _Range(0, 1)]
    """Standard deviation of the blots that a seed other than 0 adds, in pixels from 0 to 1."""
    wavelengths: tuple[float, ...]
    """Of the blots, relative to the longest side: from those that change the composition down to those that a first
    stroke can grow from. None is as fine as a pixel, which would be painted as grain."""
    shortest_wave_px: Annotated[float, _Range(1, 1024)]
    plain_noise: Annotated[float, _Range(0, 1)]
    """Standard deviation of the blots where the content is plain, so that strokes have something to grow from."""
    plain_deviation: Annotated[float, _Range(1e-4, 1)]
    """A place is plain where the content varies less."""
    plain_cells: Annotated[int, _Range(1, 1024)]
    """Places along the longest side."""
    plain_share: Annotated[float, _Range(0, 1)]
    """The share of a picture's places that must show something for the content to keep its full weight."""
    pale_deviation: Annotated[float, _Range(0, 1)]
    """A content picture with less contrast gets this much."""
    detail: Annotated[float, _Range(0, 2)]
    """The share of the content's detail that a canvas gets when it is enlarged for the next scale."""
    enlargement_blur_px: Annotated[float, _Range(0.1, 2)]
    """Standard deviation of a blur of the enlarged canvas, in pixels of the smaller one; against a weave."""
    max_contrast_gain: Annotated[float, _Range(1, 100)]
    """More would paint its compression."""


@dataclass(frozen=True, slots=True)
class StylePictureSettings:
    """Which part of a style picture is style, and which part a seed looks at; `stylizer/style.py`."""

    scale: Annotated[float, _Range(0.1, 4)]
    """Its longest side relative to the canvas's; it is never enlarged."""
    grain_px: Annotated[float, _Range(0, 10)]
    """Standard deviation of a blur against grain, in pixels of the file; `stylizer/grain.py`."""
    finest_contrast: Annotated[float, _Range(0.1, 100)]
    """The most contrast that details of 2 to 4 px may have, relative to those twice as large; a sharper picture is
    blurred more. Paintings and photographs have less, unless they were sharpened."""
    border_tolerance_levels: Annotated[float, _Range(0, 255)]
    """How much a border may differ from its color, in levels of 255: as much as JPEG's noise does."""
    border_specks: Annotated[float, _Range(0, 1)]
    """The share of a border's row that may differ more."""
    edge_tolerance_levels: Annotated[float, _Range(0, 255)]
    """The same next to a border's edge, where JPEG is noisier."""
    edge_px: Annotated[int, _Range(1, 1024)]
    """How far that noise reaches at most: one block."""
    edge_share: Annotated[float, _Range(0, 1)]
    """And at most this share of a side: in a small picture, a block would be half a figure."""
    min_kept_share: Annotated[float, _Range(0, 1)]
    """Of each side: a wider border is the picture itself."""
    min_kept_px: Annotated[int, _Range(1, 1024)]
    min_inside_share: Annotated[float, _Range(0, 1)]
    """The share of the row just inside a frame that differs from it. A figure on plain ground begins with less."""
    max_frames: Annotated[int, _Range(0, 100)]
    """How many nested frames are removed."""
    narrowest_ratio: Annotated[int, _Range(1, 100)]
    """A strip longer than this many times its width is reflected: its textures would be those of its edges."""
    max_reflections: Annotated[int, _Range(1, 100)]
    smallest_part: Annotated[float, _Range(0.01, 1)]
    """The least share of each side that a seed other than 0 looks at: little enough to change strokes and colors, but
    enough to stay the same style. It isn't mirrored, because strokes have a direction."""
    farthest: Annotated[float, _Range(0.1, 1)]
    """The least enlargement at which such a seed sees it."""
    closest: Annotated[float, _Range(1, 10)]
    """The largest enlargement."""


@dataclass(frozen=True, slots=True)
class StrengthSettings:
    """What a style strength over 1 changes; `stylizer/strength.py`.

    Weights alone change almost nothing where those of the style already outweigh the content's many times, so the start
    fades as well. Yeh et al. 2019 (arXiv 1910.09447).
    """

    most_faded: Annotated[float, _Range(0, 1)]
    """How much of the content picture is gone at the start, at the most strength."""
    least_content: Annotated[float, _Range(0, 1)]
    """The share of the content's weight that is left at the most strength."""
    boosts: tuple[float, ...]
    """How much of both changes is made at each of `STRENGTH_STOPS`, from 0 to 1, so that equal steps look equal."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Every number of a painting. `load_recipe` makes it; making an invalid one raises `InvalidRecipe`."""

    name: str
    title: str
    """For people, in a list of choices."""
    description: str
    """One line for people who have never heard of losses."""
    longest_side_px: Annotated[int, _Range(MIN_SIZE_PX, MAX_SIZE_PX)]
    scales: tuple[Scale, ...]
    content_weight: Annotated[float, _Range(0, _MAX_WEIGHT)]
    content_layers: tuple[str, ...]
    style_weight: Annotated[float, _Range(0, _MAX_WEIGHT)]
    style_layers: Mapping[str, float]
    """The share of each layer; the shares are used as they are."""
    total_variation_weight: Annotated[float, _Range(0, _MAX_WEIGHT)]
    normalization: Normalization
    """`plain`: squared distances as Gatys et al. write them; `target`: relative to the target's own magnitude."""
    pooling: Pooling
    padding: Padding
    """Of the first convolution; `replicate` leaves no dark edges."""
    scaling: ScalingSettings
    start: StartSettings
    style_picture: StylePictureSettings
    strength: StrengthSettings
    more_steps: Annotated[int, _Range(1, MAX_MORE_STEPS)]
    """Steps that a finished painting gets if it is continued at its own size, unless it settles before."""
    lbfgs: LbfgsSettings | None = None
    adam: AdamSettings | None = None
    """A recipe has exactly one of the two, its optimizer."""
    style_distances: Mapping[str, StyleDistance] = dataclasses.field(default_factory=dict)
    """How Gram matrices are compared at style layers where it isn't by their squared differences; see
    `losses/gram_distance.py`. A Wasserstein distance takes eigenvalues at every step, so at deep layers it is slow."""
    style_strength: Annotated[float, _Range(0, MAX_STYLE_STRENGTH)] = 1.0
    """The dial for people: 0 leaves the content as it is, 1 paints what the other numbers say, 2 is the most."""
    colors: Colors = "style"
    """Whose colors it has: the style's; the content's, where only the luminance is painted; `matched`: the style's,
    moved to the content's mean and covariance before painting; or `only`: the content picture gets the style's colors,
    and no strokes are painted."""

    def __post_init__(self) -> None:
        for field, problem in _problems(self):
            raise InvalidRecipe(self.name, field, problem)

    @property
    def is_painted(self) -> bool:
        """Whether a canvas is painted at all: not for the colors alone, nor for a photograph left as it is."""
        return self.style_strength != 0 and self.colors != "only"

    @property
    def steps(self) -> int:
        """Optimizer steps over all scales."""
        return sum(scale.steps for scale in self.scales)

    def at(self, scale: Scale) -> Recipe:
        """The recipe with a scale's own numbers."""
        return self.with_overrides(
            content_weight=scale.content_weight, content_layers=scale.content_layers, style_layers=scale.style_layers
        )

    def with_overrides(self, **overrides: Any) -> Recipe:
        """Change some numbers; None leaves a number as it is. Raises `InvalidRecipe`.

        A mapping changes some numbers of a group: `with_overrides(lbfgs={"history": 3})`.
        """
        names = {f.name for f in dataclasses.fields(self)}
        changes = {}
        for name, value in overrides.items():
            if name not in names:
                raise InvalidRecipe(self.name, name, "isn't a field of a recipe")
            if name in _GROUPS and isinstance(value, Mapping):
                group = getattr(self, name)
                numbers = {} if group is None else dataclasses.asdict(group)
                changes[name] = _group(self.name, name, {**numbers, **value})
            elif value is not None:
                changes[name] = value
        return dataclasses.replace(self, **changes)


_GROUPS: dict[str, type] = {
    "scaling": ScalingSettings,
    "start": StartSettings,
    "style_picture": StylePictureSettings,
    "strength": StrengthSettings,
    "lbfgs": LbfgsSettings,
    "adam": AdamSettings,
}
_OPTIMIZERS = ("lbfgs", "adam")
_NOT_INHERITED = ("title", "description")
"""Fields that a recipe doesn't take from the one that it extends."""


def recipe_names() -> tuple[str, ...]:
    """Every named recipe, the default first."""
    names = tuple(_recipes())
    return (DEFAULT_RECIPE, *(name for name in names if name != DEFAULT_RECIPE))


def load_recipe(name: str = DEFAULT_RECIPE, **overrides: Any) -> Recipe:
    """Return the recipe of that name with overrides applied; None leaves a number as the recipe has it.

    Raises `UnknownRecipe` and `InvalidRecipe`.
    """
    recipes = _recipes()
    if name not in recipes:
        raise UnknownRecipe(name, recipe_names())
    return recipes[name].with_overrides(**overrides)


@cache
def _recipes() -> dict[str, Recipe]:
    return parse_recipes(resources.files("config").joinpath("recipes.toml").read_text(encoding="utf-8"))


def parse_recipes(text: str) -> dict[str, Recipe]:
    """The recipes of a TOML document, by name; each may extend another.

    Raises `InvalidRecipe` for an unknown, missing or out-of-range field, for an unknown parent, and for recipes that
    extend each other in a circle.
    """
    tables = tomllib.loads(text)
    return {name: _recipe(name, _inherited(name, tables)) for name in tables}


def _inherited(name: str, tables: Mapping[str, Any], heirs: tuple[str, ...] = ()) -> dict[str, Any]:
    """Merge a recipe's table into that of the recipe that it extends, which may extend another."""
    own = dict(tables[name])
    if own.get("lbfgs") is not None and own.get("adam") is not None:
        raise InvalidRecipe(name, "adam", "can't be there together with lbfgs: a recipe has one optimizer")
    parent = own.pop("extends", None)
    if parent is None:
        return own
    if parent not in tables:
        known = ", ".join(other for other in tables if other != name)
        raise InvalidRecipe(name, "extends", f"must be another recipe ({known}), not {parent!r}")
    path = (*heirs, name)
    if parent in path:
        raise InvalidRecipe(name, "extends", f"goes in a circle: {' extends '.join((*path, parent))}")
    inherited = {key: value for key, value in _inherited(parent, tables, path).items() if key not in _NOT_INHERITED}
    if any(optimizer in own for optimizer in _OPTIMIZERS):
        inherited = {key: value for key, value in inherited.items() if key not in _OPTIMIZERS or key in own}
    for key, value in own.items():
        is_part = key in _GROUPS and isinstance(value, Mapping) and isinstance(inherited.get(key), Mapping)
        inherited[key] = {**inherited[key], **value} if is_part else value
    return inherited


def _recipe(name: str, table: Mapping[str, Any]) -> Recipe:
    """Make a recipe from a complete table."""
    fields = {f.name: f for f in dataclasses.fields(Recipe) if f.name != "name"}
    for key in table:
        if key not in fields:
            raise InvalidRecipe(name, key, "isn't a field of a recipe")
    for key, field in fields.items():
        if key not in table and field.default is field.default_factory is dataclasses.MISSING:
            raise InvalidRecipe(name, key, "is missing")
    values = dict(table)
    try:
        values["scales"] = tuple(_scale(**scale) for scale in table["scales"])
    except TypeError as error:
        raise InvalidRecipe(name, "scales", "needs a list of {fraction, steps}") from error
    if "content_layers" in table:
        values["content_layers"] = tuple(table["content_layers"])
    values |= {key: _group(name, key, table[key]) for key in _GROUPS if key in table}
    return Recipe(name=name, **values)


def _scale(*, content_layers: list[str] | None = None, **numbers: Any) -> Scale:
    return Scale(content_layers=None if content_layers is None else tuple(content_layers), **numbers)


def _group(recipe: str, group: str, table: Any) -> Any:
    """Make the settings of a group from a table."""
    kind = _GROUPS[group]
    if not isinstance(table, Mapping):
        raise InvalidRecipe(recipe, group, "must be a table of numbers")
    names = [f.name for f in dataclasses.fields(kind)]
    for key in table:
        if key not in names:
            raise InvalidRecipe(recipe, f"{group}.{key}", f"isn't used; {group} has {', '.join(names)}")
    for key in names:
        if key not in table:
            raise InvalidRecipe(recipe, f"{group}.{key}", "is missing")
    return kind(**{key: tuple(value) if isinstance(value, list) else value for key, value in table.items()})


def _problems(recipe: Recipe) -> Iterator[tuple[str, str]]:
    """Each (field, problem) of a recipe, worst first."""
    yield from _out_of_range(recipe)
    for name in _GROUPS:
        if (group := getattr(recipe, name)) is not None:
            yield from ((f"{name}.{field}", problem) for field, problem in _out_of_range(group))
    if (recipe.lbfgs is None) == (recipe.adam is None):
        yield "lbfgs", "or adam is needed, and not both: a recipe has one optimizer"
    waves = recipe.start.wavelengths
    if not waves or not all(isinstance(wave, int | float) and 0 < wave <= 1 for wave in waves):
        yield "start.wavelengths", "need at least one, each above 0 and at most 1"
    boosts = recipe.strength.boosts
    if not all(isinstance(boost, int | float) for boost in boosts) or len(boosts) != len(STRENGTH_STOPS):
        yield "strength.boosts", f"needs a number for each of {', '.join(f'{stop:g}' for stop in STRENGTH_STOPS)}"
    elif list(boosts) != sorted(boosts) or not 0 <= boosts[0] <= boosts[-1] <= 1:
        yield "strength.boosts", "must be from 0 to 1, and none lower than the one before"
    yield from _problems_of_scales(recipe.scales)
    yield from _problems_of_layers(recipe)
    yield from _unknown_layers("style_distances", recipe.style_distances)
    for distance in recipe.style_distances.values():
        if distance not in get_args(StyleDistance):
            yield "style_distances", f"must be one of {', '.join(get_args(StyleDistance))}, not {distance!r}"
    if recipe.style_distances and recipe.normalization == "plain":
        yield "style_distances", "need the normalization target: they are all relative"
    for scale in recipe.scales:
        yield from ((f"scales.{field}", problem) for field, problem in _problems_of_layers(scale))


def _problems_of_layers(numbers: Recipe | Scale) -> Iterator[tuple[str, str]]:
    for name in ("content_layers", "style_layers"):
        layers = getattr(numbers, name)
        if layers is not None and not layers:
            yield name, "needs at least one layer"
        yield from _unknown_layers(name, layers or ())
    for layer, share in (numbers.style_layers or {}).items():
        if not isinstance(share, int | float) or not share > 0:
            yield "style_layers", f"needs a share above 0 for {layer}"


def _unknown_layers(name: str, layers: Iterable[str]) -> Iterator[tuple[str, str]]:
    for layer in layers:
        if layer not in LAYERS:
            yield name, f"has {layer!r}, which VGG16 doesn't have"


def _problems_of_scales(scales: tuple[Scale, ...]) -> Iterator[tuple[str, str]]:
    if not scales:
        yield "scales", "needs at least one scale"
        return
    fractions = [scale.fraction for scale in scales]
    if not all(0 < fraction <= 1 for fraction in fractions):
        yield "scales", "need fractions above 0, and at most 1"
    if fractions != sorted(fractions):
        yield "scales", "must go from coarse to fine"
    if fractions[-1] != 1:
        yield "scales", "must end with fraction 1"
    if not all(isinstance(scale.steps, int) and scale.steps >= 1 for scale in scales):
        yield "scales", "need at least 1 step each"
    weights = [scale.content_weight for scale in scales if scale.content_weight is not None]
    if not all(isinstance(weight, int | float) and 0 <= weight <= _MAX_WEIGHT for weight in weights):
        yield "scales.content_weight", f"must be from 0 to {_MAX_WEIGHT:g}"


def _out_of_range(settings: Any) -> Iterator[tuple[str, str]]:
    """Each field that isn't one of its choices, or not in its range."""
    kind_of_settings: type = type(settings)
    for name, hint in _hints(kind_of_settings).items():
        value = getattr(settings, name)
        if get_origin(hint) is Literal and value not in get_args(hint):
            yield name, f"must be one of {', '.join(get_args(hint))}, not {value!r}"
        if get_origin(hint) is not Annotated:
            continue
        kind, allowed = get_args(hint)
        is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        if not is_number or not allowed.lowest <= value <= allowed.highest:
            yield name, f"must be from {allowed.lowest:g} to {allowed.highest:g}, not {value!r}"
        elif kind is int and not isinstance(value, int):
            yield name, f"must be a whole number, not {value!r}"


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind, include_extras=True)
