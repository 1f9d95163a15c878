from mendloop.recorder.decorate import record as record
from mendloop.recorder.servers import instrument as instrument
from mendloop.recorder.writer import State as State
from mendloop.recorder.writer import flush as flush
from mendloop.recorder.writer import state as state
