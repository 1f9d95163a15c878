from mendloop.recorder import instrument as instrument
from mendloop.recorder import record as record

__version__: str
