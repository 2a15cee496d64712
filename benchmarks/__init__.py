"""One file per question; `make bench NAME=x` runs `benchmarks/x.py`, whose last line is one JSON object."""
