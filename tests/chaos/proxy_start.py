"""Start microburst with a seeded chance; runs on the emulator's Python: `python proxy_start.py SEED ARGUMENTS...`."""

import importlib
import random
import sys

if __name__ == "__main__":
    random.seed(sys.argv[1])
    sys.exit(importlib.import_module("microburst.cli").main(sys.argv[2:]))
