"""Are the inputs encoded as the assignment asks: word vectors, or columns of comparable range."""

from __future__ import annotations

import numpy as np

from grader.checks.base import Answer, Facts, Question, about_graded_model, failed, passed
from grader.checks.words import shape
from grader.errors import GradingFailed
from grader.fed import fed, normalises, scaling_layer, unknown_layers
from grader.recognise import Encoding
from grader.recognise.numbers import scaling
from grader.runs import TaskCapture, TrainingRun

UNEVEN = 20.0  # widest column range over the narrowest, beyond which the scaling did not help


def multi_hot(*, words: int | None = None) -> Question:
    """Ask whether each text became a vector of 0s and 1s, one place per word.

    Accepts any number type, any way of making it, a CategoryEncoding layer in the model included. Another width,
    counts, or word indices lose it.

    Args:
        words: number of words, and so of columns, where the assignment fixes it; by default the reference's.
    """

    def ask(run: TrainingRun, submitted: TaskCapture, reference: Facts) -> Answer:
        wanted = words or reference.input_shape[-1]
        encoding = fed(run)
        found = f"{_handed(run)} of shape {shape(run.input_shape)}"
        loaded = submitted.raw.arguments.get("num_words")
        if loaded is not None and loaded < wanted:
            return _few_words(found, loaded, wanted)
        if encoding.kind == "multi_hot" and encoding.width == wanted:
            inside = "" if encoding is run.inputs else " inside the model"
            return passed(
                f"{found}: each text is a vector of 0s and 1s{inside}, one place for each of {wanted:,} words."
            )
        refuse_unknown(run)
        return failed(
            f"{found}, which holds {_text(encoding)}. Expected: multi-hot vectors, "
            f"shape {shape((run.input_shape[0], wanted))}, with a 1 for each word that occurs. A Dense layer needs "
            "vectors of one fixed length in which every place means the same word.",
            help=_text_help(encoding, wanted),
        )

    return about_graded_model(ask)


def _handed(run: TrainingRun) -> str:
    return "Your model was trained on an array" if run.observed else "Your model was used on an array of test rows"


def refuse_unknown(run: TrainingRun) -> None:
    """Raise GradingFailed where the model itself changes its inputs in a way that isn't recognised."""
    unknown = unknown_layers(run.structure)
    if unknown:
        message = (
            f"the model's own first layers ({', '.join(unknown[:3])}) change the inputs in a way that is not recognised"
        )
        raise GradingFailed(message)


def _few_words(found: str, loaded: int, wanted: int) -> Answer:
    return failed(
        f"{found}, but you loaded only the {loaded:,} most frequent words. Expected: {wanted:,}. All rarer words were "
        "replaced by one and the same number, so the model can't tell them apart.",
        help=f"Load the data with num_words={wanted}.",
    )


def _text(encoding: Encoding) -> str:
    return {
        "multi_hot": f"multi-hot vectors of {encoding.width:,} words" if encoding.width else "",
        "counts": "how often each word occurs (counts) instead of whether it does",
        "word_weights": "other numbers than 0 and 1 for the words of each text",
        "lists": "lists of word indices, each of another length",
        "padded": f"word indices, cut or padded to {encoding.width} places",
    }.get(encoding.kind, "something that could not be recognised")


def _text_help(encoding: Encoding, words: int) -> str:
    return {
        "multi_hot": f"Use num_words={words:_} in load_data and vectors of {words:,} places.",
        "counts": "Set places to 1 instead of adding 1 for each occurrence.",
    }.get(
        encoding.kind,
        f"Make zeros of shape (texts, {words}) and set row i to 1 at the word indices of text i.",
    )


def scaled_columns() -> Question:
    """Ask whether every column was brought to a comparable range by a factor and a shift of its own.

    Accepts standardised (mean and standard deviation), min-max, and robust scaling alike, of whichever
    training rows; a column-wise scaling by other numbers is accepted when ranges became comparable. The model's own
    first layers may scale: Normalization, Rescaling, BatchNormalization.
    """

    def ask(run: TrainingRun, submitted: TaskCapture, reference: Facts) -> Answer:  # noqa: ARG001
        train = submitted.raw.x_train
        encoding = fed(run)
        if not isinstance(train, np.ndarray) or encoding.scale is None:
            return failed(
                "The columns of your inputs could not be recognised.",
                help="Keep the columns as loaded.",
            )
        spread = np.abs(encoding.scale) * train.std(axis=0)
        ratio = float(spread.max() / max(float(spread.min()), 1e-12))
        fitted = run.rows[(run.rows >= 0) & (run.rows < len(train))]
        what = scaling(encoding, {"train": train, "fit": train[fitted] if len(fitted) else train}).kind
        if what in NAMED or ratio <= UNEVEN:
            layer = None if encoding is run.inputs else scaling_layer(run.structure)
            return passed(_scaled_text(what, ratio, layer))
        if normalises(run.structure):
            return passed("Your model's layer BatchNormalization standardises each column, batch by batch.")
        refuse_unknown(run)
        start = "You trained on the raw features" if encoding.kind == "raw" else "Your features are scaled"
        return failed(
            f"{start}: the widest column spreads {ratio:,.0f} times as far as the narrowest (expected: at most "
            f"{UNEVEN:.0f} times). With ranges this different, training is slow and the largest feature drowns the "
            "others.",
            help="Subtract each column's mean and divide by its standard deviation, both from the training rows.",
        )

    return about_graded_model(ask)


NAMED = {
    "standardised": "each column was standardised with its mean and standard deviation",
    "min_max": "each column was scaled to its minimum and maximum",
    "robust": "each column was scaled by its median and quartiles",
}


def _scaled_text(kind: str, ratio: float, layer: str | None) -> str:
    how = NAMED.get(kind, "each column was scaled") + ("" if layer is None else f" by your model's layer {layer}")
    return f"Your features have comparable ranges: {how} (widest spread over narrowest: {ratio:.1f})."


def scaled_pixels(*, widest: float = 10.0) -> Question:
    """Ask whether pixels, 0 to 255 as loaded, were brought near the size of 1.

    Accepts any factor and shift (divided by 255, -1 to 1, standardised), images flat or not, and a model whose
    first layers scale: Rescaling, Normalization, BatchNormalization.

    Args:
        widest: largest range of the scaled values that still counts as near 1.
    """

    def ask(run: TrainingRun, submitted: TaskCapture, reference: Facts) -> Answer:  # noqa: ARG001
        encoding = run.inputs
        inside = fed(run)
        found = f"{_handed(run)} of shape {shape(run.input_shape)}"
        if encoding.kind not in {"raw", "pixels"} or encoding.scale is None or encoding.shift is None:
            return failed(
                f"{found}, whose rows could not be recognised as the images of this data set. Expected: each image's "
                "own pixels, all multiplied by one factor.",
                help="Divide the arrays from load_data by 255, and leave the order of the pixels as it is.",
            )
        (low, high), (least, most) = _range(encoding), _range(inside)
        layer = scaling_layer(run.structure)
        if abs(high - low) <= widest:
            return passed(f"{found}: pixels from {low:.3g} to {high:.3g}.")
        if layer is not None and (inside is encoding or abs(most - least) <= widest or normalises(run.structure)):
            return passed(
                f"{found}: pixels from {low:.3g} to {high:.3g}, which the layer {layer} of your model scales."
            )
        refuse_unknown(run)
        return failed(
            f"{found}: pixels from {low:.3g} to {high:.3g}, expected values near 1. A network starts with small "
            "weights; inputs in the hundreds make its first steps far too large.",
            help="Divide the images by 255.0 before you train, and the test images too.",
        )

    return about_graded_model(ask)


def _range(encoding: Encoding) -> tuple[float, float]:
    """Return what the darkest and the brightest pixel become; where each has a scale of its own, the middle one's."""
    if encoding.scale is None or encoding.shift is None:
        return 0.0, 0.0
    scale, shift = float(np.median(encoding.scale)), float(np.median(encoding.shift))
    return shift, shift + 255 * scale
