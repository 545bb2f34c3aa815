# %% [markdown]
# Newswires, with every study of the chapter beside the model that I hand in
# %%
import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import layers

(train_data, train_labels), (test_data, test_labels) = keras.datasets.reuters.load_data(num_words=10000)


def multi_hot(sequences, width=10000):
    table = np.zeros((len(sequences), width), "float32")
    for row, words in enumerate(sequences):
        table[row, words] = 1
    return table


x_train, x_test = multi_hot(train_data), multi_hot(test_data)
one_hot = keras.utils.to_categorical(train_labels, 46)


def build(*units, activation="relu", loss="sparse_categorical_crossentropy"):
    model = keras.Sequential([*[layers.Dense(n, activation=activation) for n in units], layers.Dense(46, tf.nn.softmax)])
    model.compile(optimizer="adam", loss=loss, metrics=["accuracy"])
    return model


# %% What does the wrong pair of labels and loss do?
try:
    build(64).fit(x_train[1000:], one_hot[1000:], epochs=1, batch_size=512, verbose=0)
except Exception as error:
    print("as expected:", type(error).__name__)
# %% The model
first = build(64, 64)
log = first.fit(x_train[1000:], train_labels[1000:], validation_data=(x_train[:1000], train_labels[:1000]), epochs=14, batch_size=512, verbose=0)
for name, curve in log.history.items():
    plt.plot(curve, label=name)
plt.legend()
plt.show()
final = build(64, 64)
final.fit(x_train, train_labels, epochs=9, batch_size=512, verbose=0)
print("training rows:", final.evaluate(x_train, train_labels, verbose=0))
print("test rows:", final.evaluate(x_test, test_labels, verbose=0))
answers = np.argmax(final.predict(x_test, verbose=0), axis=1)
print("by hand:", (answers == test_labels).mean(), "sum of one row:", float(np.sum(final(x_test[:1]))))
# %% How good is a model that learned nothing?
mixed = np.random.default_rng(0).permutation(train_labels)
guess = build(64, 64)
guess.fit(x_train, mixed, epochs=2, batch_size=512, verbose=0)
print("shuffled labels:", guess.evaluate(x_test, test_labels, verbose=0))
# %% Information bottleneck, mean squared error, no hidden layer, no activation, a huge learning rate
narrow = build(64, 4)
narrow.fit(x_train[1000:], train_labels[1000:], validation_data=(x_train[:1000], train_labels[:1000]), epochs=6, batch_size=128, verbose=0)
print("4 units:", narrow.evaluate(x_test, test_labels, verbose=0))
squared = build(64, loss="mse")
squared.fit(x_train[1000:], one_hot[1000:], validation_data=(x_train[:1000], one_hot[:1000]), epochs=3, batch_size=512, verbose=0)
shallow = build()
shallow.fit(x_train[1000:], train_labels[1000:], validation_data=(x_train[:1000], train_labels[:1000]), epochs=3, batch_size=512, verbose=0)
straight = build(64, 64, activation=None)
straight.fit(x_train[1000:], train_labels[1000:], validation_data=(x_train[:1000], train_labels[:1000]), epochs=3, batch_size=512, verbose=0)
wild = build(64)
wild.optimizer.learning_rate = 5.0
wild.fit(x_train[1000:], train_labels[1000:], validation_data=(x_train[:1000], train_labels[:1000]), epochs=3, batch_size=512, verbose=0)
