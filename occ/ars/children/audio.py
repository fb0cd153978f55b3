"""Makes telephone sound of an audio file, in a process of its own with limits of memory, time and
length.

argv: the container's name; stdin: the file; stdout: twice four bytes of length (big endian), then
WAV: 8 kHz and 16 kHz, mono, 16 bit, at an even loudness, without silence at its ends. Exit codes: 3
longer than three minutes, 4 nothing to hear, anything else cannot be read.

The file is read from memory as the container its first bytes say, so that no other format can be
smuggled in: a text file named like a sound would otherwise make the decoder open files of this
machine.
"""

import io
import resource
import sys
import wave
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

MEMORY, SECONDS = 1536 * 1024 * 1024, 30
LONGEST = 180.0
TOO_LONG, SILENT = 3, 4
WIDE, NARROW = 16000, 8000
TRIM = "start_periods=1:start_threshold=-50dB"
FILTERS = (
    ("silenceremove", TRIM),
    ("areverse", ""),
    ("silenceremove", TRIM),
    ("areverse", ""),
    ("loudnorm", "I=-16:TP=-1.5:LRA=11"),
    ("aformat", f"sample_rates={WIDE}:sample_fmts=s16:channel_layouts=mono"),
)


def decoded(content: bytes, container: str) -> Iterator[Any]:
    """Frames of the first sound stream as 16 kHz mono floats; exits when it
    is longer than three minutes.
    """
    import av

    with av.open(io.BytesIO(content), mode="r", format=container) as file:
        stream = file.streams.audio[0]
        resampler = av.AudioResampler(format="flt", layout="mono", rate=WIDE)
        samples = 0
        for frame in file.decode(stream):
            for made in resampler.resample(frame):
                samples += made.samples
                if samples > LONGEST * WIDE:
                    sys.exit(TOO_LONG)
                made.pts = None
                yield made
        yield from resampler.resample(None)


def levelled(frames: Iterator[Any]) -> bytes:
    """16 kHz, 16 bit samples at an even loudness, without silence at the ends."""
    import av
    from av.filter import Graph

    graph = Graph()
    chain = [
        graph.add_abuffer(
            format="flt", sample_rate=WIDE, layout="mono", time_base=Fraction(1, WIDE)
        )
    ]
    for name, args in FILTERS:
        chain.append(graph.add(name, args) if args else graph.add(name))
    chain.append(graph.add("abuffersink"))
    graph.link_nodes(*chain).configure()
    samples = bytearray()

    def pull() -> None:
        while True:
            try:
                frame: Any = graph.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            samples.extend(bytes(frame.planes[0])[: frame.samples * 2])

    for frame in frames:
        graph.push(frame)
        pull()
    graph.push(None)
    pull()
    return bytes(samples)


def narrowed(samples: bytes) -> bytes:
    """The same at 8 kHz."""
    import av

    frame = av.AudioFrame(format="s16", layout="mono", samples=len(samples) // 2)
    frame.sample_rate = WIDE
    frame.planes[0].update(samples.ljust(frame.planes[0].buffer_size, b"\0"))
    resampler = av.AudioResampler(format="s16", layout="mono", rate=NARROW)
    made = [*resampler.resample(frame), *resampler.resample(None)]
    return b"".join(bytes(part.planes[0])[: part.samples * 2] for part in made)


def wav(samples: bytes, rate: int) -> bytes:
    output = io.BytesIO()
    with wave.open(output, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples)
    return output.getvalue()


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    samples = levelled(decoded(sys.stdin.buffer.read(), sys.argv[1]))
    if len(samples) < WIDE // 5:
        sys.exit(SILENT)
    for made in (wav(narrowed(samples), NARROW), wav(samples, WIDE)):
        sys.stdout.buffer.write(len(made).to_bytes(4, "big") + made)


if __name__ == "__main__":
    main()
