"""The correct solutions and the mistakes of each task; written without a look at the detectors."""

# ruff: noqa: E501 - a table reads better with one line a row

from __future__ import annotations

from tests.mutations.recipes import FINAL, FOLDS, HELD_OUT, Recipe, mistake
from tests.mutations.styles import Compiled

VECTORS = """
def vectors(sequences, size=10000):
    table = np.zeros((len(sequences), size), dtype="float32")
    for row, sequence in enumerate(sequences):
        table[row, sequence] = 1.0
    return table


$x = vectors($tr)
$xt = vectors($te)
"""
ON_TEST = HELD_OUT.replace(
    "$x[part:], $y[part:]", "$x, $y"
).replace("validation_data=($x[:part], $y[:part])", "validation_data=($xt, $yt)")  # fmt: skip
INSIDE = HELD_OUT.replace("$x[part:], $y[part:]", "$x, $y")
GOES_ON = "\nmodel = $first\nmodel.fit($x, $y, epochs=$epochs, batch_size=$batch, verbose=0)\n"
STAYS = "\nmodel = $first\n"
WITH_TEST = FINAL.replace("$x, $y,", "np.concatenate([$x, $xt]), np.concatenate([$y, $yt]),")
MISSES_TEST = "\nprint(model.evaluate($x, $y, verbose=0))\n"

RECIPES = {
    "imdb": Recipe(
        assignment="imdb",
        load="from keras.datasets import imdb\n($tr, $ytr), ($te, $yte) = imdb.load_data(num_words=10000)",
        prepare=VECTORS + '$y = np.asarray($ytr).astype("float32")\n$yt = np.asarray($yte).astype("float32")\n',
        layers=((16, "relu"), (16, "relu"), (1, "sigmoid")),
        width=10000,
        compiled=Compiled(loss="binary_crossentropy", metric="accuracy"),
        figures={"watch": 10, "epochs": 4, "batch": 512},
    ),
    "reuters": Recipe(
        assignment="reuters",
        load="from keras.datasets import reuters\n($tr, $ytr), ($te, $yte) = reuters.load_data(num_words=10000)",
        prepare=VECTORS + "$y = keras.utils.to_categorical($ytr)\n$yt = keras.utils.to_categorical($yte)\n",
        layers=((64, "relu"), (64, "relu"), (46, "softmax")),
        width=10000,
        compiled=Compiled(loss="categorical_crossentropy", metric="accuracy"),
        figures={"watch": 20, "epochs": 9, "batch": 512},
    ),
    "california-housing": Recipe(
        assignment="california-housing",
        load=(
            "from keras.datasets import california_housing\n"
            '($tr, $ytr), ($te, $yte) = california_housing.load_data(version="small")'
        ),
        prepare="""
mean, std = $tr.mean(axis=0), $tr.std(axis=0)
$x = ($tr - mean) / std
$xt = ($te - mean) / std
$y = $ytr / 100000
$yt = $yte / 100000
""",
        layers=((64, "relu"), (64, "relu"), (1, None)),
        width=8,
        compiled=Compiled(loss="mean_squared_error", metric="mae"),
        validate=FOLDS,
        figures={"watch": 40, "epochs": 130, "batch": 16},
    ),
    "breast-cancer": Recipe(
        assignment="breast-cancer",
        load=(
            "from sklearn.datasets import load_breast_cancer\n"
            "from sklearn.model_selection import train_test_split\n"
            "$tr, $te, $ytr, $yte = train_test_split(*load_breast_cancer(return_X_y=True), test_size=0.2,\n"
            "                                        random_state=42, stratify=load_breast_cancer().target)"
        ),
        prepare="""
low, high = $tr.min(axis=0), $tr.max(axis=0)
$x = ($tr - low) / (high - low)
$xt = ($te - low) / (high - low)
$y, $yt = $ytr, $yte
""",
        layers=((30, "relu"), (15, "relu"), (1, "sigmoid")),
        width=30,
        compiled=Compiled(loss="binary_crossentropy", metric="accuracy"),
        validate="""
part = len($x) // 4
smaller = keras.Sequential([keras.layers.Dense(15, activation="relu"), keras.layers.Dense(1, activation="sigmoid")])
smaller.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
smaller.fit($x[part:], $y[part:], epochs=$watch, batch_size=$batch, verbose=0, validation_data=($x[:part], $y[:part]))
""" + HELD_OUT,
        figures={"watch": 60, "epochs": 100, "batch": 64},
    ),
}  # fmt: skip

_PROCESS = (
    mistake(
        "validates on the test set", "test-set-as-validation", "validation", "retrained no-leakage", validate=ON_TEST
    ),
    mistake("validation rows are trained on", "validation-rows-in-training", "validation", validate=INSIDE),
    mistake("goes on with the validated model", "kept-training", "retrained", "accuracy", final=GOES_ON),
    mistake("trains on the test set too", "trained-on-test-rows", "no-leakage", "accuracy mae", final=WITH_TEST),
    mistake("never looks at the test set", "evaluated-on-training-rows", "", "accuracy retrained", test=MISSES_TEST),
)
MISTAKES = {
    "imdb": (
        *_PROCESS,
        mistake("softmax on one unit", "softmax-on-one-unit", "output", "accuracy", output=(1, "softmax")),
        mistake("linear output into crossentropy", "crossentropy-without-probabilities", "output", "accuracy loss", output=(1, None)),
        mistake("from_logits beside sigmoid", "from-logits-on-probabilities", "output", "accuracy", from_logits=True),
        mistake("relu output", "crossentropy-without-probabilities", "output", "accuracy", output=(1, "relu")),
        mistake(
            "categorical crossentropy on one unit", "sigmoid-with-categorical-crossentropy", "loss", "accuracy",
            loss="categorical_crossentropy",
        ),
        mistake(
            "counts words", "counts-instead-of-multi-hot", "inputs", "accuracy",
            was=("prepare", "table[row, sequence] = 1.0", "np.add.at(table[row], sequence, 1.0)"),
        ),
        mistake(
            "labels in another order", "labels-on-other-rows", "targets", "accuracy validation retrained",
            was=("prepare", "$y = np.asarray($ytr)", "$y = np.asarray(sorted($ytr))"),
        ),
        mistake("no activation in hidden layers", "linear-hidden-layers", "hidden", "accuracy",
                layers=((16, None), (16, None), (1, "sigmoid"))),
        mistake("no hidden layer", "no-hidden-layer", "hidden", "accuracy", layers=((1, "sigmoid"),)),
        mistake("trains for 20 epochs and keeps it", "trained-too-long", "retrained", "accuracy validation",
                final=STAYS, figures={"watch": 20, "epochs": 4, "batch": 512}),
    ),
    "reuters": (
        *_PROCESS,
        mistake("sigmoid output", "sigmoid-with-categorical-crossentropy", "output", "accuracy loss", output=(46, "sigmoid")),
        mistake("linear output into crossentropy", "crossentropy-without-probabilities", "output", "accuracy loss", output=(46, None)),
        mistake("from_logits beside softmax", "from-logits-on-probabilities", "output", "accuracy", from_logits=True),
        mistake("binary crossentropy", "binary-crossentropy-for-one-of-many", "loss", "accuracy", loss="binary_crossentropy"),
        mistake("squared error for classes", "distance-for-classes", "loss", "accuracy", loss="mean_squared_error"),
        mistake("four units before 46 classes", "information-bottleneck", "hidden", "accuracy",
                layers=((64, "relu"), (4, "relu"), (46, "softmax"))),
        mistake("no activation in hidden layers", "linear-hidden-layers", "hidden", "accuracy",
                layers=((64, None), (64, None), (46, "softmax"))),
        mistake("no hidden layer", "no-hidden-layer", "hidden", "accuracy", layers=((46, "softmax"),)),
        mistake(
            "sparse loss on one-hot labels", "one-hot-with-sparse-loss", "loss", "runs accuracy curves retrained validation",
            loss="sparse_categorical_crossentropy",
        ),
        mistake(
            "categorical loss on integer labels", "integers-with-categorical-loss", "loss",
            "runs accuracy curves retrained validation",
            was=("prepare", "$y = keras.utils.to_categorical($ytr)\n$yt = keras.utils.to_categorical($yte)",
                 "$y, $yt = np.array($ytr), np.array($yte)"),
        ),
        mistake(
            "test labels made of training labels", "test-labels-from-training", "", "accuracy",
            was=("prepare", "$yt = keras.utils.to_categorical($yte)", "$yt = keras.utils.to_categorical($ytr)[:len($te)]"),
        ),
    ),
    "california-housing": (
        mistake("never scales the features", "features-not-scaled", "inputs", "mae",
                was=("prepare", "$x = ($tr - mean) / std\n$xt = ($te - mean) / std", "$x, $xt = $tr, $te")),
        mistake("scales, then trains on the raw features", "scaled-copy-not-used", "inputs", "mae",
                was=("prepare", "$x = ($tr - mean) / std\n$xt = ($te - mean) / std",
                     "scaled = ($tr - mean) / std\nscaled_t = ($te - mean) / std\n$x, $xt = $tr, $te")),
        mistake("test set scaled by itself", "test-rows-scaled-by-themselves", "no-leakage", "mae",
                was=("prepare", "$xt = ($te - mean) / std", "$xt = ($te - $te.mean(axis=0)) / $te.std(axis=0)")),
        mistake("scaler fitted on everything", "scaled-with-all-rows", "no-leakage", "mae",
                was=("prepare", "mean, std = $tr.mean(axis=0), $tr.std(axis=0)",
                     "both = np.concatenate([$tr, $te])\nmean, std = both.mean(axis=0), both.std(axis=0)")),
        mistake("targets in dollars", "targets-not-scaled", "targets", "mae",
                was=("prepare", "$y = $ytr / 100000\n$yt = $yte / 100000", "$y, $yt = $ytr, $yte")),
        mistake("relu on the price", "activation-on-a-number", "output", "mae", output=(1, "relu")),
        mistake("sigmoid on the price", "activation-on-a-number", "output", "mae", output=(1, "sigmoid")),
        mistake("a classification loss", "crossentropy-for-a-number", "loss", "mae", loss="binary_crossentropy"),
        mistake("accuracy of prices", "accuracy-for-a-number", "", "mae", metric="accuracy",
                was=("validate", 'watched.history["val_mae"]', 'watched.history["val_accuracy"]')),
        mistake("one model for all folds", "one-model-for-all-folds", "k-fold", "mae retrained",
                validate=FOLDS.replace("    candidate = $new()\n", "").replace("found = []\n", "found = []\ncandidate = $new()\n")),
        mistake("goes on with the last fold's model", "kept-training", "retrained", "mae",
                final=GOES_ON.replace("$first", "candidate")),
        mistake("no activation in hidden layers", "linear-hidden-layers", "hidden", "mae",
                layers=((64, None), (64, None), (1, None))),
        mistake("no hidden layer", "no-hidden-layer", "hidden", "mae", layers=((1, None),)),
        mistake("trains on the test set too", "trained-on-test-rows", "no-leakage", "mae", final=WITH_TEST),
    ),
    "breast-cancer": (
        mistake("never scales the features", "features-not-scaled", "inputs", "accuracy",
                was=("prepare", "$x = ($tr - low) / (high - low)\n$xt = ($te - low) / (high - low)", "$x, $xt = $tr, $te")),
        mistake("test set scaled by itself", "test-rows-scaled-by-themselves", "no-leakage", "accuracy",
                was=("prepare", "$xt = ($te - low) / (high - low)",
                     "$xt = ($te - $te.min(axis=0)) / ($te.max(axis=0) - $te.min(axis=0))")),
        mistake("softmax on one unit", "softmax-on-one-unit", "output", "accuracy", output=(1, "softmax")),
        mistake("linear output into crossentropy", "crossentropy-without-probabilities", "output", "accuracy loss", output=(1, None)),
        mistake("squared error for classes", "distance-for-classes", "loss", "accuracy", loss="mean_squared_error"),
        mistake("no hidden layer", "no-hidden-layer", "hidden", "accuracy experiments", layers=((1, "sigmoid"),)),
        mistake("trains on the test set too", "trained-on-test-rows", "no-leakage", "accuracy", final=WITH_TEST),
    ),
}  # fmt: skip
