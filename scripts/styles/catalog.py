"""Every style of the gallery, by its key: the function that paints it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from scripts.styles.agate import agate
from scripts.styles.art_deco import art_deco
from scripts.styles.batik import batik
from scripts.styles.blueprint import blueprint
from scripts.styles.charcoal_study import charcoal_study
from scripts.styles.cubist_planes import cubist_planes
from scripts.styles.drip_painting import drip_painting
from scripts.styles.fields import Field
from scripts.styles.glass_suns import glass_suns
from scripts.styles.golden_tree import golden_tree
from scripts.styles.halftone_comic import halftone_comic
from scripts.styles.ink_garden import ink_garden
from scripts.styles.ink_mountains import ink_mountains
from scripts.styles.low_poly import low_poly
from scripts.styles.marbled_paper import marbled_paper
from scripts.styles.mosaic_shore import mosaic_shore
from scripts.styles.neon_city import neon_city
from scripts.styles.night_wind import night_wind
from scripts.styles.palette_knife import palette_knife
from scripts.styles.paper_cut import paper_cut
from scripts.styles.pastel_meadow import pastel_meadow
from scripts.styles.pointillist_shore import pointillist_shore
from scripts.styles.woodcut_waves import woodcut_waves

Painter = Callable[[np.random.Generator, int], Field]
"""Paints a square of so many pixels a side: (size, size, 3) from 0 to 1."""

STYLES: Mapping[str, Painter] = MappingProxyType(
    {
        painter.__name__: painter
        for painter in (
            agate,
            art_deco,
            batik,
            blueprint,
            charcoal_study,
            cubist_planes,
            drip_painting,
            glass_suns,
            golden_tree,
            halftone_comic,
            ink_garden,
            ink_mountains,
            low_poly,
            marbled_paper,
            mosaic_shore,
            neon_city,
            night_wind,
            palette_knife,
            paper_cut,
            pastel_meadow,
            pointillist_shore,
            woodcut_waves,
        )
    }
)
