"""The losses: content, style and total variation. They know tensors and nothing else."""

from stylizer.losses.content import ContentLoss
from stylizer.losses.gram_distance import AngleDistance, GramDistance, SquaredDistance, WassersteinDistance
from stylizer.losses.region_style import RegionStyleLoss
from stylizer.losses.style import StyleLoss, gram_matrix, gram_sum
from stylizer.losses.total_variation import TotalVariationLoss

__all__ = [
    "AngleDistance",
    "ContentLoss",
    "GramDistance",
    "RegionStyleLoss",
    "SquaredDistance",
    "StyleLoss",
    "TotalVariationLoss",
    "WassersteinDistance",
    "gram_matrix",
    "gram_sum",
]
