# The kernel only hooks imports; the hook can be taken out, and then the files themselves must be missing.
import importlib
import sys

from hostile import attempt, target, tried

tried()
sys.meta_path[:] = [finder for finder in sys.meta_path if not hasattr(finder, "find_spec") or isinstance(finder, type)]
importlib.invalidate_caches()
parent = target.grader_folder.rpartition("/")[0]
sys.path[:0] = [parent, "/opt/box", "/opt/box/session"]
attempt("import the solutions", lambda: importlib.import_module("reference.data"))
attempt("import the grader", lambda: importlib.import_module("grader.rubric"))
