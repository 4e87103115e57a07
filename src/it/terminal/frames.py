"""Runs a job on pseudo-terminals of 60, 80 and 140 columns, and looks at every frame of its progress.

Usage: frames.py JAR
"""

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
from pathlib import Path

ROWS = 400


def record(command, columns, env):
    """What a command writes to a terminal of so many columns, and its exit code."""
    main, side = pty.openpty()
    fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    process = subprocess.Popen(
        command, stdin=side, stdout=side, stderr=side, env=env, start_new_session=True
    )
    os.close(side)
    seen = b""
    while True:
        try:
            piece = os.read(main, 1 << 16)
        except OSError:
            break
        if not piece:
            break
        seen += piece
    os.close(main)
    return seen.decode("utf-8", "replace"), process.wait()


def check(jar, home, columns):
    command = ["java", "-XX:TieredStopAtLevel=1", "-jar", jar, "run", "--runner=DirectRunner"]
    command += [f"--task={home}/task.yaml", f"--input={home}/in.jsonl", f"--output={home}/{columns}"]
    seen, code = record(command, columns, dict(os.environ, TERM="xterm", NO_COLOR="1"))
    assert code == 0, seen
    assert not re.search("\x1b\\[[0-9;]*m", seen), "NO_COLOR is set: " + repr(seen)
    frames = [f for line in seen.split("\n") for f in line.split("\r") if " answered, " in f]
    frames = [f for f in frames if re.match(r"\d+:\d\d ", f)]
    assert len(frames) > 2, repr(seen)
    for frame in frames:
        assert len(frame.rstrip()) <= columns, (columns, frame)
    assert len({frame.split(" ")[0] for frame in frames}) > 2, "the clock stands: " + repr(frames)
    last = frames[-1].rstrip()
    assert f"{ROWS} of {ROWS} answered, 0 dead" in last, repr(last)
    if columns >= 140:
        assert last.endswith("] 100%"), repr(last)
    print(f"{columns:4}: {last}")


def main(jar):
    with tempfile.TemporaryDirectory() as home:
        rows = ({"id": str(i), "text": f"The team won {i} to 0"} for i in range(ROWS))
        Path(home, "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        Path(home, "task.yaml").write_text(
            "name: frames\nprovider: {kind: local}\n"
            "output: {type: label, labels: [sports, business]}\n"
        )
        for columns in (60, 80, 140):
            check(str(Path(jar).resolve()), home, columns)


if __name__ == "__main__":
    main(sys.argv[1])
