# ruff: noqa: E501, EM101, I001, T201, TRY003
# Outputs that are pages of their own: scripts, frames, forms, handlers, styles that cover what is there.
from IPython.display import HTML, SVG, Javascript, Markdown, display

from hostile import tried

tried()
EVIL = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<iframe src='javascript:alert(1)'></iframe>",
    "<svg onload=alert(1)><script>alert(1)</script></svg>", "<a href='javascript:alert(1)'>x</a>", "<base href='//evil'>",
    "<form action='//evil'><input name=a></form>", "<style>*{display:none}</style>", "<meta http-equiv=refresh content='0;//evil'>",
    "<div style='position:fixed;inset:0'>21 of 21 points</div>", "<math><mtext></mtext><script>alert(1)</script></math>",
    "<table><tr><td onclick=alert(1) colspan=999999>x</td></tr></table>", "</pre></section><script>alert(1)</script>",
)  # fmt: skip
for each in EVIL:
    display(
        HTML(each), Markdown(each), {"text/html": each, "text/plain": each, "application/json": {"x": each}}, raw=False
    )
    display({"text/html": each, "image/svg+xml": each, "text/latex": each, "image/png": each}, raw=True)
    print(each)
display(Javascript("alert(1)"), SVG("<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"))
print("\x1b[2J\x1b]0;title\x07\x1b]8;;http://evil\x07link\x1b]8;;\x07 \u202egnp.exe \x9b31m \x00\x08\x7f")
# %% <script>alert(1)</script>
type("<script>alert(1)</script>", (Exception,), {"__module__": "<img src=x onerror=alert(1)>"})
raise type("<script>alert(1)</script>", (Exception,), {})("<img src=x onerror=alert(1)>\x1b[2J\u202e</pre>")
