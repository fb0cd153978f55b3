"""Makes one MP3 of recordings, in a process of its own with limits of memory and time (STA-3).

stdin: the recordings as WAV, each after eight bytes of its length (big endian); stdout: MP3, mono,
as many samples a second as the first of them. Any exit code but 0: one of them cannot be read.
"""

import io
import resource
import sys
from collections.abc import Iterator

MEMORY, SECONDS = 1536 * 1024 * 1024, 300
BITS = 32_000  # a second: speech of a telephone


def parts(content: bytes) -> Iterator[bytes]:
    """The recordings of an input."""
    while content:
        size = int.from_bytes(content[:8], "big")
        yield content[8 : 8 + size]
        content = content[8 + size :]


def mp3(sounds: Iterator[bytes]) -> bytes:
    import av

    made = io.BytesIO()
    with av.open(made, mode="w", format="mp3") as output:
        stream, resampler = None, None
        for sound in sounds:
            with av.open(io.BytesIO(sound), mode="r", format="wav") as file:
                for frame in file.decode(audio=0):
                    if stream is None or resampler is None:
                        stream = output.add_stream("libmp3lame", rate=frame.sample_rate)
                        stream.layout, stream.bit_rate = "mono", BITS
                        resampler = av.AudioResampler(
                            format="s16p", layout="mono", rate=frame.sample_rate
                        )
                    for ready in resampler.resample(frame):
                        ready.pts = None  # one after the other, whatever each of them says
                        output.mux(stream.encode(ready))
        if stream is not None:
            output.mux(stream.encode(None))
    return made.getvalue()


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    sys.stdout.buffer.write(mp3(parts(sys.stdin.buffer.read())))


if __name__ == "__main__":
    main()
