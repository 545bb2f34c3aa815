"""Generate texts as bags of words: film reviews with a sentiment, newswires with a topic.

A text is a sequence of word ranks (1 is the commonest word), as in the files that Keras loads.
Words follow Zipf's law. Some carry meaning: a review draws its sentiment words mostly from one
side, a newswire draws some words from its topic's own vocabulary. A share of the texts reads like
another class, as real ones do; no classifier can win those.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

__all__ = ["NEWSWIRES", "REVIEWS", "Newswires", "Reviews", "newswires", "reviews", "word_index"]

TOPICS = 46

# Newswires per topic in the real set, 11,228 in all: two topics hold more than half of them.
TOPIC_SIZES = (
    67, 537, 94, 3972, 2423, 22, 62, 19, 177, 126, 154, 473, 62, 209, 28, 29, 543, 51, 86, 682,
    339, 127, 22, 53, 81, 123, 32, 19, 58, 23, 57, 52, 42, 16, 57, 16, 60, 21, 22, 29, 46, 38,
    16, 27, 17, 19,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Reviews:
    """How film reviews are drawn."""

    train: int
    """Number of training reviews."""
    test: int
    """Number of test reviews."""
    vocabulary: int
    """Number of different words."""
    length: int
    """Median number of words in a review."""
    meaningful: float
    """Share of the vocabulary with a sentiment, half of it on either side."""
    lean: tuple[float, float]
    """Lowest and highest share of a review's sentiment words that take its side."""
    contrary: float
    """Share of reviews that read like the other side."""


@dataclass(frozen=True, kw_only=True)
class Newswires:
    """How newswires are drawn."""

    train: int
    """Newswires that Keras's loader puts into the training set."""
    test: int
    """Newswires that it puts into the test set."""
    vocabulary: int
    """Number of different words."""
    length: int
    """Median number of words in a newswire."""
    topic_words: int
    """Number of words in a topic's own vocabulary."""
    share: tuple[float, float]
    """Lowest and highest share of a newswire's words that come from that vocabulary."""
    misfiled: float
    """Share of newswires that read like a related topic."""


# Chosen by measurement: the chapter's models reach figures near the book's in every edition. The
# small sets have fewer rows to learn from, so their texts say more clearly what they mean.
REVIEWS = {
    "full": Reviews(
        train=25_000, test=25_000, vocabulary=88_584, length=175,
        meaningful=0.2, lean=(0.61, 0.86), contrary=0.06,
    ),
    "small": Reviews(
        train=12_000, test=2_000, vocabulary=20_000, length=120,
        meaningful=0.3, lean=(0.62, 0.9), contrary=0.09,
    ),
}  # fmt: skip

NEWSWIRES = {
    "full": Newswires(
        train=8_982, test=2_246, vocabulary=30_979, length=95,
        topic_words=200, share=(0.2, 0.5), misfiled=0.15,
    ),
    "small": Newswires(
        train=1_800, test=450, vocabulary=20_000, length=180,
        topic_words=200, share=(0.8, 0.95), misfiled=0.19,
    ),
}  # fmt: skip


def reviews(how: Reviews, rng: np.random.Generator) -> tuple[Array, Array, Array, Array]:
    """Draw training and test reviews with their labels, half of them positive.

    Args:
        how: The sizes and shares to draw with.
        rng: The random stream.

    Returns:
        ``x_train, y_train, x_test, y_test``: object arrays of lists of word ranks, and int64
        labels, 1 for positive.
    """
    common = zipf(how.vocabulary)
    kind = rng.random(how.vocabulary)
    positive = np.where(kind < how.meaningful / 2, common, 0.0)
    negative = np.where(kind > 1 - how.meaningful / 2, common, 0.0)
    neutral = common - positive - negative
    tables = [neutral, negative, positive]

    def draw(samples: int) -> tuple[Array, Array]:
        labels = np.arange(samples, dtype="int64") % 2  # (samples,)
        side = np.where(rng.random(samples) < how.contrary, 1 - labels, labels)
        lean = between(*how.lean, rng.random(samples))
        towards_positive = np.where(side == 1, lean, 1 - lean)
        lengths = text_lengths(how.length, samples, rng)
        chance = np.repeat(towards_positive, lengths)  # (words,)
        emotional = rng.random(chance.size) < positive.sum() + negative.sum()
        table = emotional * (1 + (rng.random(chance.size) < chance))
        return as_lists(draw_words(tables, table, rng), lengths), labels

    return *draw(how.train), *draw(how.test)


def newswires(how: Newswires, rng: np.random.Generator) -> tuple[Array, Array]:
    """Draw newswires with their topics.

    Args:
        how: The sizes and shares to draw with.
        rng: The random stream.

    Returns:
        ``x, y``: an object array of lists of word ranks and int64 topics 0 to 45, laid out so
        that the loader's shuffle and cut give each topic its share of training and test set.
    """
    train, test = topic_labels(how.train), topic_labels(how.test)
    labels = np.concatenate([shuffled(train, rng), shuffled(test, rng)])
    labels[loader_order(labels.size)] = labels.copy()

    strays = rng.random(labels.size) < how.misfiled
    topics = np.where(strays, related(labels, rng), labels)
    lengths = text_lengths(how.length, labels.size, rng)
    share = np.repeat(between(*how.share, rng.random(labels.size)), lengths)  # (words,)
    table = np.where(rng.random(share.size) < share, 1 + np.repeat(topics, lengths), 0)
    tables = [zipf(how.vocabulary), *topic_tables(how, rng)]
    return as_lists(draw_words(tables, table, rng), lengths), labels


def topic_labels(samples: int) -> Array:
    """Share out ``samples`` over the topics as in the real set, at least 10 each if possible."""
    least = min(10, samples // (4 * TOPICS))
    sizes = np.array(TOPIC_SIZES)
    # The two large topics keep their real share; the others split what is left.
    large = sizes > sizes.sum() // 10
    counts = np.where(large, samples * sizes // sizes.sum(), least)
    left = samples - counts.sum()
    counts += np.where(large, 0, left * sizes // sizes[~large].sum())
    rounded_off = samples - counts.sum()  # fewer than there are topics
    counts[np.flatnonzero(~large)[:rounded_off]] += 1
    return np.repeat(np.arange(TOPICS, dtype="int64"), counts)


def loader_order(samples: int) -> Array:
    """Return the order in which Keras's loader reads the rows: its shuffle with seed 113."""
    indices = np.arange(samples)
    np.random.RandomState(113).shuffle(indices)
    return indices


def related(topics: Array, rng: np.random.Generator) -> Array:
    """Choose another topic for each of ``topics``, by how common the others are."""
    chances = np.cumsum(TOPIC_SIZES) / sum(TOPIC_SIZES)
    others = np.searchsorted(chances, rng.random(topics.size), side="right")
    return np.where(others == topics, (topics + 1) % TOPICS, others)


def topic_tables(how: Newswires, rng: np.random.Generator) -> list[Array]:
    """Give each topic its own vocabulary: words of middling rank, by Zipf's law again."""
    tables = []
    for _ in range(TOPICS):
        table = np.zeros(how.vocabulary)
        words = 50 + shuffled(np.arange(9_000), rng)[: how.topic_words]
        table[words] = zipf(how.topic_words)
        tables.append(table)
    return tables


def zipf(words: int) -> Array:
    """Return the chance of each word, commonest first; they sum to 1."""
    rank = np.arange(words)
    # Real vocabularies fall faster than Zipf's law after a few thousand words.
    chances = 1 / ((rank + 3.0) * (1 + rank / 3_000))
    return np.asarray(chances / chances.sum())


def text_lengths(median: int, samples: int, rng: np.random.Generator) -> Array:
    """Draw text lengths around a median; the longest are about twelve times as long."""
    # Three uniforms make a bell, which exp() skews to the right like real lengths.
    bell = rng.random((samples, 3)).sum(axis=1) - 1.5
    return np.asarray(np.maximum(10, (median * np.exp(1.6 * bell)).astype("int64")))


def draw_words(tables: list[Array], table: Array, rng: np.random.Generator) -> Array:
    """Draw one word rank per entry of ``table``, from the word chances that it points to."""
    ranks = np.empty(table.size, dtype="int64")
    for number, chances in enumerate(tables):
        places = np.flatnonzero(table == number)
        steps = np.cumsum(chances)
        found = np.searchsorted(steps, steps[-1] * rng.random(places.size), side="right")
        ranks[places] = 1 + np.minimum(found, chances.size - 1)
    return ranks


def as_lists(ranks: Array, lengths: Array) -> Array:
    """Cut one long row of ranks into an object array of lists of Python integers."""
    texts = np.empty(lengths.size, dtype=object)
    words = ranks.tolist()
    ends = np.cumsum(lengths).tolist()
    for row, (start, end) in enumerate(zip([0, *ends], ends, strict=False)):
        texts[row] = words[start:end]
    return texts


def shuffled(values: Array, rng: np.random.Generator) -> Array:
    """Return the values in random order."""
    return values[np.argsort(rng.random(values.size), kind="stable")]


def between(low: float, high: float, chance: Array) -> Array:
    """Map chances from 0 to 1 onto a range."""
    return low + (high - low) * chance


def word_index(words: int) -> dict[str, int]:
    """Name every word by syllables: ``{"ba": 1, "be": 2, ...}``, all different, pronounceable."""
    syllables = [c + v for c in "bdfgklmnprstvz" for v in "aeiou"]
    return {_spell(rank, syllables): rank for rank in range(1, words + 1)}


def _spell(rank: int, syllables: list[str]) -> str:
    # Bijective numeration in base 70: every rank has a spelling of its own.
    word = ""
    while rank:
        rank, digit = divmod(rank - 1, len(syllables))
        word = syllables[digit] + word
    return word
