"""Reuters newswires with Keras 1: the way of its own example, reuters_mlp.py."""

import numpy as np
import matplotlib.pyplot as plt
from keras.datasets import reuters
from keras.models import Sequential
from keras.layers.core import Dense, Activation
from keras.preprocessing.text import Tokenizer
from keras.utils import np_utils
from keras.optimizers import rmsprop

max_words = 10000
batch_size = 512

(X_train, y_train), (X_test, y_test) = reuters.load_data(nb_words=max_words, test_split=0.2)
nb_classes = np.max(y_train) + 1

tokenizer = Tokenizer(nb_words=max_words)
X_train = tokenizer.sequences_to_matrix(X_train, mode='binary')
X_test = tokenizer.sequences_to_matrix(X_test, mode='binary')
Y_train = np_utils.to_categorical(y_train, nb_classes)
Y_test = np_utils.to_categorical(y_test, nb_classes)


def build():
    model = Sequential()
    model.add(Dense(output_dim=64, input_dim=max_words, init='glorot_uniform'))
    model.add(Activation('relu'))
    model.add(Dense(64))
    model.add(Activation('relu'))
    model.add(Dense(nb_classes))
    model.add(Activation('softmax'))
    model.compile(loss='categorical_crossentropy', optimizer=rmsprop(lr=0.001), metrics=['accuracy'])
    return model


model = build()
history = model.fit(X_train, Y_train, nb_epoch=12, batch_size=batch_size, verbose=0, validation_split=0.1)
plt.plot(history.history['loss'])
plt.plot(history.history['val_loss'])
plt.title('loss of training and validation')
plt.savefig('loss.png')

model = build()
model.fit(X_train, Y_train, nb_epoch=9, batch_size=batch_size, verbose=0)
score = model.evaluate(X_test, Y_test, batch_size=batch_size, verbose=0)
print('Test accuracy:', score[1])
