"""The part of the table that is about modules and names that Keras has no more."""

from __future__ import annotations

from grader.modern.construct import Construct

OLD_LAYER_MODULES = (
    r"(?:core|embeddings|convolutional|pooling|recurrent|normalization|advanced_activations|merge|wrappers|noise|local)"
)
TENSOR_FUNCTIONS = (
    r"(?:abs|argmax|batch_dot|cast|clip|concatenate|equal|eval|exp|expand_dims|flatten|get_value|log|max"
    r"|maximum|mean|min"
    r"|not_equal|ones_like|pow|round|set_value|sqrt|square|sum|variable|zeros_like)"
)

KERAS_NAMES = (
    Construct(
        name="np-utils", group="Keras",
        old="from keras.utils import np_utils", modern="from keras.utils import to_categorical",
        why="keras.utils.np_utils is gone; its functions are in keras.utils.",
        error=r"\w+: .*\bnp_utils\b", uses="np_utils|np_utils\\.\\w+", mapped=True,
    ),
    Construct(
        name="tensorflow-python-keras", group="Keras",
        old="from tensorflow.python.keras import layers", modern="from tensorflow.keras import layers",
        why="tensorflow.python holds internals of TensorFlow: what is left of an old Keras there doesn't work "
        "any more.",
        error=r"\w+: .*(?:tensorflow\.python\.keras|DistributedDatasetInterface)",
        uses=r"tensorflow\.python(?:\.keras(?:\.\w+)*)?", mapped=True,
    ),
    Construct(
        name="engine", group="Keras",
        old="from keras.engine.topology import Layer", modern="from keras.layers import Layer",
        why="keras.engine is gone; Layer is in keras.layers, and Model is in keras.models.",
        error=r"ModuleNotFoundError: No module named '(?:tensorflow\.)?keras\.engine",
        uses=r"keras\.engine(?:\.\w+)*", mapped=True,
    ),
    Construct(
        name="layer-modules", group="Keras",
        old="from keras.layers.core import Dense", modern="from keras.layers import Dense",
        why="All layers are in keras.layers; the modules inside it are gone.",
        error=rf"\w+: .*keras\.layers(?:\.|' has no attribute '){OLD_LAYER_MODULES}'",
        uses=rf"layers\.{OLD_LAYER_MODULES}(?:\.\w+)?", mapped=True,
    ),
    Construct(
        name="utils-modules", group="Keras",
        old="from keras.utils.vis_utils import plot_model", modern="from keras.utils import plot_model",
        why="These modules are gone; what is left of their functions is in keras.utils.",
        error=r"ModuleNotFoundError: No module named '(?:tensorflow\.)?keras\.utils\.(?:vis|generic|layer|data"
        r"|io)_utils'",
        uses=r"utils\.(?:vis|generic|layer|data|io)_utils(?:\.\w+)?", mapped=True,
    ),
    Construct(
        name="preprocessing-text", group="Keras",
        old="from keras.preprocessing.text import Tokenizer",
        modern="from tensorflow.keras.preprocessing.text import Tokenizer",
        why="Keras 3 has left the Tokenizer out; it is still found in tensorflow.keras.",
        error=r"\w+: (?:No module named 'keras\.preprocessing\.text'"
        r"|cannot import name 'text' from 'keras\.preprocessing')",
        uses=r"keras\.preprocessing\.text(?:\.\w+)?", mapped=True,
    ),
    Construct(
        name="optimizer-lowercase", group="Keras",
        old="optimizers.rmsprop(...)", modern="optimizers.RMSprop(...)",
        why="Optimizers are classes, and their names begin with a capital letter.",
        error=r"\w+: .*(?:no attribute|cannot import name) '(?:sgd|rmsprop|adam|adagrad|adadelta|adamax|nadam)'",
        uses=r"optimizers\.(?:sgd|rmsprop|adam|adagrad|adadelta|adamax|nadam)", mapped=True,
    ),
    Construct(
        name="optimizers-legacy", group="Keras",
        old="keras.optimizers.legacy.Adam()", modern="keras.optimizers.Adam()",
        why="The optimizers of Keras 2 are gone; those in keras.optimizers take their place.",
        error=r"\w+: .*keras\.optimizers(?:\.legacy\b|\.\w+_v2\b|' has no attribute 'experimental')",
        uses=r"optimizers\.(?:legacy|experimental|\w+_v2)(?:\.\w+)?", mapped=True,
    ),
    Construct(
        name="short-losses", group="Keras",
        old="keras.losses.mse", modern="keras.losses.mean_squared_error",
        why="Losses and metrics given as functions have their full names.",
        error=r"\w+: .*(?:no attribute|cannot import name) '(?:mse|MSE|mae|MAE|mape|MAPE|msle|MSLE)'",
        uses=r"(?:losses|metrics)\.(?:mse|MSE|mae|MAE|mape|MAPE|msle|MSLE)", mapped=True,
    ),
    Construct(
        name="objectives", group="Keras",
        old="from keras import objectives", modern="from keras import losses",
        why="keras.objectives is called keras.losses.",
        error=r"\w+: .*\bobjectives'", uses=r"keras\.objectives(?:\.\w+)?", mapped=True,
    ),
    Construct(
        name="sklearn-wrapper", group="Keras",
        old="from keras.wrappers.scikit_learn import KerasRegressor",
        modern="from keras.wrappers import SKLearnRegressor",
        why="The wrappers for scikit-learn were written anew, and take a model instead of build_fn.",
        error=r"ModuleNotFoundError: No module named '(?:tensorflow\.)?keras\.wrappers\.scikit_learn'",
        uses=r"keras\.wrappers\.scikit_learn(?:\.\w+)?",
    ),
    Construct(
        name="image-dim-ordering", group="Keras",
        old="K.image_dim_ordering()", modern="K.image_data_format()",
        why="Where the channels of an image are is told by image_data_format, as 'channels_last' or 'channels_first'.",
        error=r"AttributeError: .*no attribute '(?:set_)?image_dim_ordering'", uses="(?:set_)?image_dim_ordering",
        mapped=True,
    ),
    Construct(
        name="backend-functions", group="Keras",
        old="K.mean(K.square(a - b))", modern="keras.ops.mean(keras.ops.square(a - b))",
        why="The functions of keras.backend that compute with tensors are in keras.ops now.",
        error=rf"AttributeError: module 'keras\.backend' has no attribute '{TENSOR_FUNCTIONS}'",
        uses=rf"(?:K|backend)\.{TENSOR_FUNCTIONS}", mapped=True,
    ),
)  # fmt: skip
