# One call into C that holds the interpreter's lock for ever: no thread, no signal handler runs meanwhile.
import re

from hostile import tried

tried()
re.match(r"(a+)+$", "a" * 60 + "!")
