"""The part of the table that is about NumPy, pandas, matplotlib, TensorFlow 1, Python 2 and data."""

from __future__ import annotations

from grader.modern.construct import Construct

NUMPY_RENAMED = (
    r"(?:float_|complex_|unicode_|string_|Inf|Infinity|NaN|NAN|product|cumproduct|alltrue|sometrue|in1d|trapz|row_stack"
    r"|round_|asscalar)"
)

LIBRARIES = (
    Construct(
        name="ragged-array", group="NumPy, pandas, matplotlib",
        old="np.array([[1, 2], [3]])", modern="np.array([[1, 2], [3]], dtype=object)",
        why="Rows of different length make no array of numbers; dtype=object makes an array of lists, as NumPy "
        "once did by itself.",
        error=r"ValueError: setting an array element with a sequence.*inhomogeneous shape",
        uses=r"(?:np|numpy)\.(?:array|asarray)", mapped=True,
        sure=False,
    ),
    Construct(
        name="numpy-types", group="NumPy, pandas, matplotlib",
        old="np.float, np.int, np.object", modern="float, int, object",
        why="These were only other names for Python's own types; write float, int, bool, object, str.",
        error=r"AttributeError: module 'numpy' has no attribute '(?:float|int|object|str|long|complex|unicode)'",
        uses=r"(?:np|numpy)\.(?:float|int|object|str|long|complex|unicode)", mapped=True,
    ),
    Construct(
        name="numpy-renamed", group="NumPy, pandas, matplotlib",
        old="np.Inf, np.product(a), np.in1d(a, b)", modern="np.inf, np.prod(a), np.isin(a, b)",
        why="NumPy 2 has one name for each thing: inf, nan, float64, prod, all, any, isin, trapezoid, vstack, round.",
        error=rf"AttributeError: (?:`np\.{NUMPY_RENAMED}` was removed"
        rf"|module 'numpy' has no attribute '{NUMPY_RENAMED}')",
        uses=rf"(?:np|numpy)\.{NUMPY_RENAMED}", mapped=True,
    ),
    Construct(
        name="load-pickled", group="NumPy, pandas, matplotlib",
        old="np.load('lists.npy')", modern="np.load('lists.npy', allow_pickle=True)",
        why="NumPy reads files that hold Python objects only when you say so, and you should only for files of "
        "your own.",
        error=r"ValueError: Object arrays cannot be loaded when allow_pickle=False", uses=r"(?:np|numpy)\.load",
        sure=False,
    ),
    Construct(
        name="patched-load", group="NumPy, pandas, matplotlib",
        old="np.load = lambda *a, **k: old(*a, allow_pickle=True, **k)", modern="",
        why="Keras reads its data sets without this trick now, and np.load can't be given allow_pickle twice.",
        error=r"TypeError: .*load\(\) got multiple values for keyword argument 'allow_pickle'",
        uses=r"(?:np|numpy)\.load",
        sure=False,
    ),
    Construct(
        name="frame-drop", group="NumPy, pandas, matplotlib",
        old="data.drop('price', 1)", modern="data.drop(columns='price')",
        why="drop takes the axis by name only; columns= says it best.",
        error=r"TypeError: (?:DataFrame|Series)\.drop\(\) takes .*positional arguments? but 3", uses="drop",
        mapped=True,
        sure=False,
    ),
    Construct(
        name="frame-append", group="NumPy, pandas, matplotlib",
        old="data.append(more)", modern="pd.concat([data, more])",
        why="Tables and columns have no append any more; pd.concat joins a list of them.",
        error=r"AttributeError: '(?:DataFrame|Series)' object has no attribute 'append'", uses="append", mapped=True,
        sure=False,
    ),
    Construct(
        name="frame-values", group="NumPy, pandas, matplotlib",
        old="data.as_matrix()", modern="data.to_numpy()",
        why="A table's values as an array are given by to_numpy.",
        error=r"AttributeError: '(?:DataFrame|Series)' object has no attribute 'as_matrix'", uses="as_matrix",
        mapped=True,
    ),
    Construct(
        name="frame-ix", group="NumPy, pandas, matplotlib",
        old="data.ix[0]", modern="data.loc[0]",
        why="Rows are chosen by loc (labels) or iloc (positions); ix guessed which of the two you meant.",
        error=r"AttributeError: '(?:DataFrame|Series)' object has no attribute 'ix'", uses="ix",
    ),
    Construct(
        name="seaborn-style", group="NumPy, pandas, matplotlib",
        old="plt.style.use('seaborn-white')", modern="plt.style.use('seaborn-v0_8-white')",
        why="matplotlib calls these styles seaborn-v0_8 now, after the version they were copied from.",
        error=r"OSError: 'seaborn[\w-]*' is not a valid package style", value=r"seaborn[\w-]*", mapped=True,
    ),
    Construct(
        name="tf-seed", group="TensorFlow 1",
        old="tf.set_random_seed(1)", modern="tf.random.set_seed(1)",
        why="TensorFlow 2 has the seed in tf.random; keras.utils.set_random_seed(1) sets all seeds together.",
        error=r"AttributeError: module 'tensorflow' has no attribute 'set_random_seed'", uses=r"tf\.set_random_seed",
        mapped=True,
    ),
    Construct(
        name="tf-session", group="TensorFlow 1",
        old="K.set_session(tf.Session(config=tf.ConfigProto()))", modern="",
        why="TensorFlow 2 has no sessions: everything is computed at once, and nothing has to be configured for it.",
        error=r"\w+: .*(?:module 'tensorflow' has no attribute '(?:Session|InteractiveSession|ConfigProto|GPUOptions)'"
        r"|'set_session'|keras\.backend\.tensorflow_backend)",
        uses=r"tf\.(?:Session|InteractiveSession|ConfigProto|GPUOptions)|(?:K|backend)\.set_session"
        r"|backend\.tensorflow_backend(?:\.\w+)?|set_session",
        mapped=True,
    ),
    Construct(
        name="tf-logging", group="TensorFlow 1",
        old="tf.logging.set_verbosity(tf.logging.ERROR)", modern="tf.get_logger().setLevel('ERROR')",
        why="TensorFlow 2 uses Python's own logging.",
        error=r"AttributeError: module 'tensorflow' has no attribute 'logging'", uses=r"tf\.logging(?:\.\w+)?",
        mapped=True,
    ),
    Construct(
        name="tf-graph", group="TensorFlow 1",
        old="tf.placeholder(...), K.get_session()", modern="a Keras model with compile and fit",
        why="Placeholders, sessions and graphs belong to TensorFlow 1; TensorFlow 2 computes at once.",
        error=r"\w+: .*(?:module 'tensorflow' has no attribute '(?:placeholder|global_variables_initializer|contrib"
        r"|layers|get_default_graph|reset_default_graph|random_normal|truncated_normal|app|flags)'"
        r"|no attribute 'get_session')",
        uses=r"tf\.(?:placeholder|global_variables_initializer|contrib|layers|get_default_graph|reset_default_graph"
        r"|random_normal|truncated_normal|app|flags)(?:\.\w+)*|(?:K|backend)\.get_session",
    ),
    Construct(
        name="load-boston", group="Python and data",
        old="from sklearn.datasets import load_boston",
        modern="(x_train, y_train), (x_test, y_test) = keras.datasets.boston_housing.load_data()",
        why="scikit-learn took this data set out, because one of its columns is about people's skin colour; "
        "Keras still has it.",
        error=r"ImportError:(?:\s*$|.*load_boston)", uses=r"load_boston",
    ),
    Construct(
        name="cross-validation", group="Python and data",
        old="from sklearn.cross_validation import train_test_split",
        modern="from sklearn.model_selection import train_test_split",
        why="Splits and cross-validation of scikit-learn are in sklearn.model_selection.",
        error=r"ModuleNotFoundError: No module named 'sklearn\.(?:cross_validation|grid_search)'",
        uses=r"sklearn\.(?:cross_validation|grid_search)(?:\.\w+)?",
    ),
    Construct(
        name="python2-print", group="Python and data",
        old="print loss", modern="print(loss)",
        why="This is Python 2, in which print was a statement; in Python 3 it is a function.",
        error=r"SyntaxError: Missing parentheses in call to 'print'", text=r"\s*print\s+[^\s(=].*",
    ),
    Construct(
        name="python2-names", group="Python and data",
        old="xrange(10), raw_input(), unicode(a)", modern="range(10), input(), str(a)",
        why="These are names of Python 2.",
        error=r"NameError: name '(?:xrange|raw_input|unicode|unichr)' is not defined",
        uses="xrange|raw_input|unicode|unichr",
    ),
    Construct(
        name="version-assert", group="Python and data",
        old="assert tf.__version__.startswith('1')", modern="",
        why="Your work is run with the versions listed below, and this line allows only other ones.",
        error=r"AssertionError", text=r"\s*assert\b.*__version__.*",
    ),
)  # fmt: skip
