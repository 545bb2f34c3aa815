"""Tumours, exercise sheet 6. Everything is a function; start with main()."""

from functools import partial

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from keras import Input, Model, layers, losses, optimizers
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split


def parts():
    table, verdict = load_breast_cancer(return_X_y=True)
    return train_test_split(table, verdict, test_size=0.2, random_state=2024, stratify=verdict)


def rescaler(table):
    lowest, highest = table.min(axis=0), table.max(axis=0)
    return lambda other: (other - lowest) / (highest - lowest)


def tower(floors, rooms):
    ground = Input((30,))
    level = ground
    for _ in range(floors):
        level = layers.Dense(rooms, "tanh")(level)
    roof = layers.Dense(1)(level)  # a logit
    tower = Model(ground, roof)
    tower.compile(optimizers.Adam(3e-3), losses.BinaryCrossentropy(from_logits=True))
    return tower


def study(table, verdict, rooms):
    record = tower(2, rooms).fit(table, verdict, epochs=40, batch_size=32, validation_split=0.2, verbose=0)
    return record.history["val_loss"]


def draw(studies):
    for rooms, losses_ in studies.items():
        plt.plot(losses_, label=f"{rooms} units")
    plt.legend()
    plt.savefig("validation.png")


def main():
    table, fresh_table, verdict, fresh_verdict = parts()
    rescale = rescaler(table)
    attempt = partial(study, rescale(table), verdict)
    studies = {rooms: attempt(rooms) for rooms in (10, 30)}
    draw(studies)
    winner = tower(2, 30)
    winner.fit(rescale(table), verdict, epochs=50, batch_size=32, verbose=0)
    said = winner.predict(rescale(fresh_table), verbose=0)[:, 0] > 0
    print(f"right for {(said == fresh_verdict).mean():.1%} of {len(said)} samples")


if __name__ == "__main__":
    main()
