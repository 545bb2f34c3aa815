"""IMDb: the model itself makes multi-hot vectors of word numbers."""

# %%
import keras
import matplotlib.pyplot as plt
from keras import layers

(texts, moods), (texts_test, moods_test) = keras.datasets.imdb.load_data(num_words=10000)
longest = max(len(text) for text in [*texts, *texts_test])
x = keras.utils.pad_sequences(texts, longest, padding="post")
x_test = keras.utils.pad_sequences(texts_test, longest, padding="post")


# %%
def build():
    words = keras.Input((longest,), dtype="int32")
    vectors = layers.CategoryEncoding(num_tokens=10000, output_mode="multi_hot")(words)
    hidden = layers.Dense(16, activation="relu")(vectors)
    hidden = layers.Dense(16, activation="relu")(hidden)
    model = keras.Model(words, layers.Dense(1, activation="sigmoid")(hidden))
    model.compile("rmsprop", "binary_crossentropy", metrics=["accuracy"])
    return model


# %%
third = len(x) // 3
log = build().fit(x[third:], moods[third:], validation_data=(x[:third], moods[:third]), epochs=8, batch_size=512, verbose=0)
plt.plot(log.history["val_loss"])
plt.plot(log.history["loss"])
plt.show()

# %%
model = build()
model.fit(x, moods, epochs=4, batch_size=512, verbose=0)
model.evaluate(x_test, moods_test)
