"""The part of the table that is about how Keras is called, and what the history calls its metrics."""

from __future__ import annotations

from grader.modern.construct import Construct

OPTIMIZERS = r"(?:SGD|RMSprop|Adam|AdamW|Adagrad|Adadelta|Adamax|Nadam|sgd|rmsprop|adam)"
LAYERS = r"(?:Dense|Dropout|Embedding|LSTM|GRU|SimpleRNN)"
ACTIVATIONS = r"(?:softmax|relu|sigmoid|tanh|linear|elu|selu|softplus|softsign|exponential)"

KERAS_CALLS = (
    Construct(
        name="history-accuracy", group="Keras",
        old="history.history['acc']", modern="history.history['accuracy']",
        why="The history calls a metric what compile calls it: metrics=['accuracy'] gives 'accuracy' and "
        "'val_accuracy'.",
        error=r"KeyError: '(?:val_)?(?:acc|accuracy)'", key=r"(?:val_)?(?:acc|accuracy)",
        renamed=(("acc", "accuracy"), ("val_acc", "val_accuracy"), ("accuracy", "acc"), ("val_accuracy", "val_acc")),
        mapped=True,
        sure=False,
    ),
    Construct(
        name="history-error", group="Keras",
        old="history.history['val_mean_absolute_error']", modern="history.history['val_mae']",
        why="The history calls a metric what compile calls it: metrics=['mae'] gives 'mae' and 'val_mae'.",
        error=r"KeyError: '(?:val_)?(?:mean_(?:absolute|squared)_error|mae|mse)'",
        key=r"(?:val_)?(?:mean_(?:absolute|squared)_error|mae|mse)",
        renamed=tuple(
            (f"{when}{one}", f"{when}{other}")
            for short, full in (("mae", "mean_absolute_error"), ("mse", "mean_squared_error"))
            for one, other in ((full, short), (short, full))
            for when in ("", "val_")
        ),
        mapped=True,
        sure=False,
    ),
    Construct(
        name="history-rate", group="Keras",
        old="history.history['lr']", modern="history.history['learning_rate']",
        why="The learning rate that a callback writes into the history is called 'learning_rate' now.",
        error=r"KeyError: 'lr'", key="lr", renamed=(("lr", "learning_rate"),), mapped=True,
        sure=False,
    ),
    Construct(
        name="monitor", group="Keras",
        old="EarlyStopping(monitor='val_acc')", modern="EarlyStopping(monitor='val_accuracy')",
        why="A callback watches a metric by the name that compile gave it: metrics=['accuracy'] gives 'val_accuracy'.",
        error=r"ValueError: \w+ callback received monitor=(?:val_)?(?:acc|mean_absolute_error|mean_squared_error), ",
        value=r"(?:val_)?(?:acc|mean_absolute_error|mean_squared_error)",
        of=r"(?:EarlyStopping|ModelCheckpoint|ReduceLROnPlateau)", mapped=True,
    ),
    Construct(
        name="optimizer-lr", group="Keras",
        old="RMSprop(lr=0.001)", modern="RMSprop(learning_rate=0.001)",
        why="The learning rate of an optimizer is called learning_rate.",
        error=r"ValueError: Argument\(s\) not recognized: .*'lr'|AttributeError: '\w+' object has no attribute 'lr'",
        keyword="lr", of=OPTIMIZERS, uses=r"(?:optimizer|opt)\.lr", mapped=True,
    ),
    Construct(
        name="optimizer-decay", group="Keras",
        old="SGD(decay=1e-6)", modern="SGD(learning_rate=keras.optimizers.schedules.InverseTimeDecay(0.01, 1, 1e-6))",
        why="Keras ignores decay=, so your learning rate stays as it is; a schedule lets it fall.",
        keyword="decay", given=r"(?!0(?:\.0*)?$|None$).+", of=OPTIMIZERS, silent=True,
    ),
    Construct(
        name="optimizer-epsilon", group="Keras",
        old="Adam(epsilon=None)", modern="Adam()",
        why="epsilon=None meant the default; now the default is used when you leave epsilon out.",
        error=r"ValueError: (?:None values not supported|Attempt to convert a value \(None\))",
        keyword="epsilon", given="None", of=OPTIMIZERS, mapped=True,
    ),
    Construct(
        name="nb-epoch", group="Keras",
        old="model.fit(x, y, nb_epoch=10)", modern="model.fit(x, y, epochs=10)",
        why="The number of epochs is called epochs.",
        error=r"TypeError: .*unexpected keyword argument 'nb_epoch'", keyword="nb_epoch", mapped=True,
    ),
    Construct(
        name="nb-words", group="Keras",
        old="imdb.load_data(nb_words=10000)", modern="imdb.load_data(num_words=10000)",
        why="The number of words is called num_words; imdb.load_data ignores nb_words and gives you all 88,000 words.",
        error=r"TypeError: load_data\(\) got an unexpected keyword argument 'nb_words'",
        keyword="nb_words", of="load_data", silent=True, mapped=True,
    ),
    Construct(
        name="nb-classes", group="Keras",
        old="to_categorical(y, nb_classes=46)", modern="to_categorical(y, num_classes=46)",
        why="The number of classes is called num_classes.",
        error=r"TypeError: to_categorical\(\) got an unexpected keyword argument 'nb_classes'",
        keyword="nb_classes", of="to_categorical", mapped=True,
    ),
    Construct(
        name="predict-classes", group="Keras",
        old="model.predict_classes(x)", modern="model.predict(x).argmax(axis=-1), or model.predict(x) > 0.5",
        why="predict returns probabilities: argmax gives the class of several output units, > 0.5 that of one.",
        error=r"AttributeError: '\w+' object has no attribute 'predict_classes'", uses="predict_classes", mapped=True,
    ),
    Construct(
        name="predict-proba", group="Keras",
        old="model.predict_proba(x)", modern="model.predict(x)",
        why="predict returns the probabilities.",
        error=r"AttributeError: '(?:Sequential|Functional|Model)' object has no attribute 'predict_proba'",
        uses="predict_proba", mapped=True,
    ),
    Construct(
        name="queue-arguments", group="Keras",
        old="model.fit(x, y, workers=4, use_multiprocessing=True)", modern="model.fit(x, y)",
        why="fit, evaluate and predict have no arguments for parallel loading; leave them out.",
        error=r"\w+: .*(?:unexpected keyword argument '(?:use_multiprocessing|workers|max_queue_size)'"
        r"|Arguments not recognized: .*'(?:use_multiprocessing|workers|max_queue_size)')",
        keyword="use_multiprocessing|workers|max_queue_size", mapped=True,
    ),
    Construct(
        name="generators", group="Keras",
        old="model.fit_generator(batches, ...)", modern="model.fit(batches, ...)",
        why="fit, evaluate and predict take generators themselves.",
        error=r"AttributeError: '\w+' object has no attribute '(?:fit|evaluate|predict)_generator'",
        uses="(?:fit|evaluate|predict)_generator", mapped=True,
    ),
    Construct(
        name="activation-capital", group="Keras",
        old="Dense(46, activation='Softmax')", modern="Dense(46, activation='softmax')",
        why="Names of activations are written in small letters.",
        error=rf"ValueError: Could not interpret activation function identifier: (?=\w*[A-Z])(?i:{ACTIVATIONS})$",
        value=rf"(?=\w*[A-Z])(?i:{ACTIVATIONS})", mapped=True,
    ),
    Construct(
        name="units-not-int", group="Keras",
        old="Dense(labels.max() + 1)", modern="Dense(int(labels.max()) + 1)",
        why="Keras takes only Python's own int as a number of units; int() makes one of NumPy's number.",
        error=r"ValueError: Received an invalid value for `units`.*units=[1-9]\d*(?:\.0)?$", mapped=True,
        sure=False,
    ),
    Construct(
        name="metrics-text", group="Keras",
        old="compile(..., metrics='accuracy')", modern="compile(..., metrics=['accuracy'])",
        why="metrics is a list, also for one metric.",
        error=r"ValueError: Expected `metrics` argument to be a list.*of type <class 'str'>", keyword="metrics",
        given=r"'\w+'", of="compile", mapped=True,
    ),
    Construct(
        name="layer-arguments", group="Keras",
        old="Dense(output_dim=16, init='uniform')", modern="Dense(units=16, kernel_initializer='uniform')",
        why="Keras 2 gave these arguments of layers other names: units, kernel_initializer, rate, kernel_regularizer.",
        error=r"\w+: (?:Unrecognized keyword arguments passed to \w+: .*'(?:output_dim|init|inner_init|inner_activation"
        r"|W_regularizer|b_regularizer|W_constraint|b_constraint|bias|p|batch_input_shape)'"
        rf"|{LAYERS}\.__init__\(\) missing 1 required positional argument: '(?:units|rate)')",
        keyword="output_dim|init|inner_init|inner_activation|[Wb]_(?:regularizer|constraint)|bias|p|batch_input_shape",
        of=LAYERS, mapped=True,
    ),
    Construct(
        name="model-arguments", group="Keras",
        old="Model(input=a, output=b)", modern="Model(inputs=a, outputs=b)",
        why="The arguments of Model are called inputs and outputs.",
        error=r"\w+: Unrecognized keyword arguments passed to \w+: .*'(?:input|output)'", keyword="input|output",
        of="Model",
    ),
    Construct(
        name="save-path", group="Keras",
        old="model.save('my_model')", modern="model.save('my_model.keras')",
        why="The ending says in which format a model is saved: .keras for a model, .weights.h5 for weights alone.",
        error=r"ValueError: (?:Invalid filepath extension for saving|The filename must end in `\.weights\.h5`)",
        uses="save|save_weights|save_model", mapped=True,
        sure=False,
    ),
    Construct(
        name="load-path", group="Keras",
        old="load_model('my_model')", modern="load_model('my_model.keras')",
        why="Keras reads the endings .keras and .h5; a folder without an ending is a format of Keras 2.",
        error=r"ValueError: File format not supported: filepath=\w+", uses="load_model|load_weights", mapped=True,
        sure=False,
    ),
    Construct(
        name="checkpoint-path", group="Keras",
        old="ModelCheckpoint('best.hdf5')", modern="ModelCheckpoint('best.keras')",
        why="A checkpoint's file name ends in .keras, or in .weights.h5 for weights alone.",
        error=r"ValueError: .*filepath provided must end in `\.(?:keras|weights\.h5)`", uses="ModelCheckpoint",
        mapped=True,
        sure=False,
    ),
    Construct(
        name="checkpoint-period", group="Keras",
        old="ModelCheckpoint('best.keras', period=1)", modern="ModelCheckpoint('best.keras', save_freq='epoch')",
        why="How often a checkpoint is written is called save_freq.",
        error=r"TypeError: ModelCheckpoint.*unexpected keyword argument 'period'", keyword="period",
        of="ModelCheckpoint", mapped=True,
    ),
)  # fmt: skip
