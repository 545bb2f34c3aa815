# Events with each key twice, numbers that are none, and texts that are half a character.
from hostile import note, train, tried

train()
tried()
note(
    '{"event":"note","event":"fit","id":1,"id":2,"cell":1,"text":"a","text":"b"}',
    '{"event":"note","id":1,"cell":1,"spent":NaN,"text":"a"}',
    '{"event":"note","id":1,"cell":1,"spent":1e999,"text":"\\ud800 \\u0000 \\u202e"}',
)
