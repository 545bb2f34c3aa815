# ruff: noqa: BLE001, E402, T201
# Waits for an answer that nobody gives.
import sys

from hostile import tried

tried()
try:
    input("Your name? ")
except Exception as error:
    print("refused:", error)
sys.stdin.read()
import getpass

getpass.getpass()
