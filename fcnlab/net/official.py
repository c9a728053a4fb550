"""The official score of the Follow-Me project (Udacity RoboND): what it counts and how it is made."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final

DETECTION_PIXELS: Final = 3
"""A target is there, and is found, with more than this many pixels."""
SIZE_EDGES: Final = (20, 60, 200, 1000)
"""Upper ends (inclusive) of the bins of sizes by which recall is told, in pixels; the last bin has no upper end."""

FOLLOWING, PATROL_WITHOUT, PATROL_WITH = "following_images", "patrol_non_targ", "patrol_with_targ"
OFFICIAL_SETS: Final = (FOLLOWING, PATROL_WITHOUT, PATROL_WITH)


@dataclass(frozen=True)
class SetScore:
    """The official figures of one evaluation set for one target class.

    Attributes:
        iou: Mean over all images of the image's IoU; an image whose union is empty counts as 0.
        tp: Images with a target in which it was detected.
        fp: Images without a target in which one was detected.
        fn: Images with a target in which it was missed.
        images: All images of the set; those without a target and without a detection are in no other count.
    """

    iou: float
    tp: int
    fp: int
    fn: int
    images: int

    def to_json(self) -> dict[str, float | int]:
        """The fields as a plain dictionary."""
        return asdict(self)


@dataclass(frozen=True)
class FinalScore:
    """The official Follow-Me score: `final` = `weight` × `iou`, each from 0 to 1."""

    final: float
    weight: float
    iou: float


def final_score(sets: Mapping[str, SetScore]) -> FinalScore | None:
    """The official Follow-Me score (Udacity RoboND deep learning project).

    weight = ΣTP / (ΣTP + ΣFP + ΣFN) over the three sets, 0 where nothing is to be found and nothing was;
    iou = mean of the set IoUs of `following_images` and `patrol_with_targ`; final = weight × iou.

    Args:
        sets: Scores by name of the set; other names than the three official ones are not looked at.

    Returns:
        The score, or None where one of the three sets is missing.
    """
    if any(name not in sets for name in OFFICIAL_SETS):
        return None
    scores = [sets[name] for name in OFFICIAL_SETS]
    found = sum(score.tp for score in scores)
    judged = found + sum(score.fp + score.fn for score in scores)
    weight = found / judged if judged else 0.0
    iou = (sets[FOLLOWING].iou + sets[PATROL_WITH].iou) / 2
    return FinalScore(final=weight * iou, weight=weight, iou=iou)
