# Names of losses, layers, metrics and axes that are markup, script and terminal codes.
from hostile import EVENTS, train, tried

train()
tried()
evil = r"<script>alert(1)</script><img src=x onerror=alert(1)>\u001b[2J\u202e{{7*7}}\"'"
text = EVENTS.read_text()
for name in ("Adam", "mse", "Dense", "relu", "mean_squared_error"):
    text = text.replace(f'"{name}"', f'"{evil}{name}"')
EVENTS.write_text(text.replace('"history": {', '"history": {"' + evil + '": [1.0], '))
