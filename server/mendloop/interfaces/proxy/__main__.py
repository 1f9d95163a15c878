"""``python -P -m mendloop.interfaces.proxy``: what ``mendloop proxy`` becomes."""

import sys

from mendloop.interfaces.proxy.start import main

if __name__ == "__main__":
    main(sys.argv[1:])
