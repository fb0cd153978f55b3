"""Makes telephone sound of an audio file, in a process of its own with limits of memory, time and
length.

argv: the container's name; stdin: the file; stdout: twice four bytes of length (big endian), then
WAV: 8 kHz and 16 kHz, mono, 16 bit, at an even loudness, without silence at its ends. Exit codes: 3
longer than three minutes, 4 nothing to hear, anything else cannot be read.

The file is read from memory as the container its first bytes say, so that no other format can be
smuggled in: a text file named like a sound would otherwise make the decoder open files of this
machine.
"""

import array
import io
import resource
import sys
import wave
from collections.abc import Iterable, Sequence
from fractions import Fraction
from operator import add, mul, sub
from typing import Any

MEMORY, SECONDS = 1536 * 1024 * 1024, 30
LONGEST = 180.0
SHORTEST = 0.1  # seconds; what is shorter is a click
TOO_LONG, SILENT = 3, 4
WIDE, NARROW = 16000, 8000
MEASURED = WIDE // 2  # loudness is defined over blocks of 0.4 s
OUT_OF_PHASE = 3  # by how much the difference of two channels is stronger than their sum
TRIM = "start_periods=1:start_threshold=-50dB"
TRIMMED = (
    ("highpass", "f=80"),  # an offset that drifts; telephones pass nothing below 300 Hz
    ("silenceremove", TRIM),
    ("areverse", ""),
    ("silenceremove", TRIM),
    ("areverse", ""),
    ("aformat", f"sample_rates={WIDE}:sample_fmts=flt:channel_layouts=mono"),
)
LEVELLED = (
    ("loudnorm", "I=-16:TP=-1.5:LRA=11"),
    ("aformat", f"sample_rates={WIDE}:sample_fmts=s16:channel_layouts=mono"),
)
Samples = Sequence[float]


def decoded(content: bytes, container: str) -> Samples:
    """The first sound stream at 16 kHz, its channels mixed; exits when it is longer than three
    minutes.
    """
    import av

    with av.open(io.BytesIO(content), mode="r", format=container) as file:
        stream = file.streams.audio[0]
        layout = "mono" if stream.codec_context.channels == 1 else "stereo"
        resampler = av.AudioResampler(format="fltp", layout=layout, rate=WIDE)
        channels = [array.array("f") for _side in range(1 if layout == "mono" else 2)]

        def keep(frames: Iterable[Any]) -> None:
            for frame in frames:
                for channel, plane in zip(channels, frame.planes, strict=True):
                    channel.frombytes(bytes(plane)[: frame.samples * 4])
            if len(channels[0]) > LONGEST * WIDE:
                sys.exit(TOO_LONG)

        for frame in file.decode(stream):
            keep(resampler.resample(frame))
        keep(resampler.resample(None))
    samples = channels[0] if len(channels) == 1 else mixed(*channels)
    offset = sum(samples) / max(1, len(samples))  # a constant one is no sound
    return array.array("f", (value - offset for value in samples))


def mixed(left: Samples, right: Samples) -> Samples:
    """Two channels as one. Where one is the other upside down they would cancel each other: of
    these the difference is taken.
    """
    both, apart = array.array("f", map(add, left, right)), array.array("f", map(sub, left, right))
    louder = sum(map(mul, apart, apart)) > OUT_OF_PHASE * sum(map(mul, both, both))
    return array.array("f", (value / 2 for value in (apart if louder else both)))


def filtered(samples: Samples, filters: Iterable[tuple[str, str]]) -> bytes:
    """What a chain of filters makes of 16 kHz samples, in the format of its last one."""
    import av
    from av.filter import Graph

    graph = Graph()
    chain = [
        graph.add_abuffer(
            format="flt", sample_rate=WIDE, layout="mono", time_base=Fraction(1, WIDE)
        )
    ]
    for name, args in filters:
        chain.append(graph.add(name, args) if args else graph.add(name))
    chain.append(graph.add("abuffersink"))
    graph.link_nodes(*chain).configure()
    made = bytearray()

    def pull() -> None:
        while True:
            try:
                frame: Any = graph.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            made.extend(bytes(frame.planes[0])[: frame.samples * frame.format.bytes])

    for start in range(0, len(samples), WIDE):
        part = array.array("f", samples[start : start + WIDE]).tobytes()
        frame = av.AudioFrame(format="flt", layout="mono", samples=len(part) // 4)
        frame.sample_rate = WIDE
        frame.planes[0].update(part.ljust(frame.planes[0].buffer_size, b"\0"))
        graph.push(frame)
        pull()
    graph.push(None)
    pull()
    return bytes(made)


def levelled(samples: Samples) -> bytes:
    """16 kHz, 16 bit samples at an even loudness, without silence at the ends; exits when nothing
    is left. A sound too short to have a loudness is measured as if it went on.
    """
    heard = array.array("f")
    heard.frombytes(filtered(samples, TRIMMED))
    if len(heard) < SHORTEST * WIDE:
        sys.exit(SILENT)
    return filtered(heard * -(-MEASURED // len(heard)), LEVELLED)[: len(heard) * 2]


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
    for made in (wav(narrowed(samples), NARROW), wav(samples, WIDE)):
        sys.stdout.buffer.write(len(made).to_bytes(4, "big") + made)


if __name__ == "__main__":
    main()
