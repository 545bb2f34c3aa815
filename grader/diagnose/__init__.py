"""Named misconceptions, recognised from what a submission did: they inform, and never give or take points."""

from grader.diagnose import code, encodings, labels, layers, outputs_and_losses, rows, training
from grader.diagnose.base import Case, Detector, Diagnosed, Found, Topic, Weight, detectors_of, diagnose

DETECTORS: tuple[Detector, ...] = tuple(
    detectors_of((rows, labels, encodings, outputs_and_losses, layers, training, code))
)

__all__ = ["DETECTORS", "Case", "Detector", "Diagnosed", "Found", "Topic", "Weight", "diagnose"]
