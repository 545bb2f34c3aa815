# An event nested 100,000 deep: a reader that calls itself runs out of stack.
from hostile import note, train, tried

train()
tried()
note('{"event":"note","id":1,"cell":1,"text":' + "[" * 100_000 + "]" * 100_000 + "}")
