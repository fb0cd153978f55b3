"""Audio files made in memory: tones and silence in the containers that uploads come in."""

import array
import io
import math
from typing import Any

CODECS = {
    "mp3": ("libmp3lame", 44100),
    "mp4": ("aac", 44100),
    "ogg": ("libopus", 48000),
    "wav": ("pcm_s16le", 8000),
}


def tone(
    seconds: float, container: str = "mp3", *, loudness: float = 0.25, quiet_ends: float = 0
) -> bytes:
    """A sine of about 400 Hz, with as many seconds of silence before and after as asked for."""
    import av

    codec, rate = CODECS[container]
    output = io.BytesIO()
    total, quiet = int((seconds + 2 * quiet_ends) * rate), int(quiet_ends * rate)
    with av.open(output, "w", format=container) as file:
        stream: Any = file.add_stream(codec, rate=rate)
        stream.layout = "mono"
        samples = array.array(
            "f",
            (
                loudness * math.sin(i * 2 * math.pi * 400 / rate)
                if quiet <= i < total - quiet
                else 0.0
                for i in range(total)
            ),
        )
        resampler = av.AudioResampler(format=stream.format, layout="mono", rate=rate)
        for start in range(0, total, 1024):
            part = samples[start : start + 1024]
            frame = av.AudioFrame(format="flt", layout="mono", samples=len(part))
            frame.sample_rate, frame.pts = rate, start
            frame.planes[0].update(part.tobytes().ljust(frame.planes[0].buffer_size, b"\0"))
            for made in resampler.resample(frame):
                for packet in stream.encode(made):
                    file.mux(packet)
        for packet in stream.encode(None):
            file.mux(packet)
    return output.getvalue()
