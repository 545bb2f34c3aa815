"""Where untrusted code runs: kernels and helper processes in boxes, with limits."""
