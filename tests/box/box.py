"""excised as a process that watches ports of the wire, and what it says."""
import json
import os
import signal
import subprocess
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Box:
    def __init__(self, wire, program, *arguments, ready='watching'):
        self.wire = wire
        self.dir = tempfile.mkdtemp(prefix='log-', dir=wire.folder)
        self.err = os.path.join(self.dir, 'stderr')
        command = wire.inside('m', program, '-S', os.path.join(ROOT, 'rules', 'std'), '-l', self.dir, *arguments)
        with open(self.err, 'wb') as err:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=err, stderr=err)
        if ready is not None:
            wait(lambda: ready in self.said() or self.process.poll() is not None, 20)
            if self.process.poll() is not None:
                raise AssertionError('excised ended at once: ' + self.said())

    def said(self):
        with open(self.err, encoding='utf-8', errors='replace') as f:
            return f.read()

    def send(self, number):
        self.process.send_signal(number)

    def end(self, number=signal.SIGTERM):
        """The exit status, after a signal."""
        if number is not None:
            self.process.send_signal(number)
        try:
            return self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError('excised did not end within 15 s of the signal')

    def events(self, kind=None, name='eve.json', whole=True):
        """All events of a file; `whole`: a last line without its end is an error, else it is left for later."""
        path = os.path.join(self.dir, name)
        if not os.path.exists(path):
            return []
        with open(path, 'rb') as f:
            data = f.read()
        if data and not data.endswith(b'\n'):
            assert not whole, '%s ends within a line' % name
            data = data[:data.rfind(b'\n') + 1]
        told = [json.loads(line) for line in data.splitlines()]
        return [e for e in told if kind is None or e['event_type'] == kind]

    def soon(self, holds, seconds=2.0):
        """Whether holds(events) becomes true in time; a second or two is what an operator may expect."""
        return wait(lambda: holds(self.events(whole=False)), seconds)


def wait(holds, seconds):
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True
