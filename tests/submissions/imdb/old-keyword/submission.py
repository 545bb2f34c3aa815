# %%
import numpy as np
from keras.datasets import imdb
from keras import models, layers

(train_data, train_labels), (test_data, test_labels) = imdb.load_data(nb_words=10000)
# %%
def vectorize_sequences(sequences, dimension=10000):
    results = np.zeros((len(sequences), dimension))
    for i, sequence in enumerate(sequences):
        results[i, sequence] = 1.
    return results

x_train = vectorize_sequences(train_data)
