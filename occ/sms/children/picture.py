"""Child process: a picture from standard input, decoded whole; its sides to standard output, or
with the arguments SIDE BYTES a JPEG that is no larger.

Exit status 2: broken, or no picture that is known; 3: too many pixels, or it cannot be made small.
"""

import io
import resource
import sys
from typing import Any

PIXELS = 64_000_000
SECONDS = 15
MEMORY = 1024 * 1024 * 1024
QUALITIES = (88, 80, 70, 60, 50, 40)
SHRINKS = 3  # times that both sides are made shorter by a quarter


def _opened(raw: bytes, side: int) -> Any:
    """The picture, upright, a JPEG decoded no larger than it is needed."""
    from PIL import Image, ImageOps

    image = Image.open(io.BytesIO(raw), formats=("JPEG", "PNG", "WEBP", "GIF"))
    if image.width * image.height > PIXELS:
        raise Image.DecompressionBombError
    if side:
        image.draft("RGB", (side, side))
    image.load()
    return ImageOps.exif_transpose(image) if side else image


def _shrunk(image: Any, side: int, most: int) -> bytes | None:
    """A JPEG of at most `most` bytes; transparent parts are white."""
    from PIL import Image

    if image.mode in ("RGBA", "LA", "P", "PA"):
        clear = image.convert("RGBA")
        image = Image.new("RGB", clear.size, "white")
        image.paste(clear, mask=clear.getchannel("A"))
    image = image.convert("RGB")
    for turn in range(SHRINKS + 1):
        length = side * 3**turn // 4**turn
        image.thumbnail((length, length))
        for quality in QUALITIES:
            output = io.BytesIO()
            image.save(output, "JPEG", quality=quality)
            if output.tell() <= most:
                return output.getvalue()
    return None


def main() -> int:
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    from PIL import Image

    side, most = map(int, sys.argv[1:3]) if len(sys.argv) > 2 else (0, 0)
    try:
        image = _opened(sys.stdin.buffer.read(), side)
        if not side:
            sys.stdout.write(f"{image.width} {image.height}")
            return 0
        found = _shrunk(image, side, most)
    except Image.DecompressionBombError:
        return 3
    except Exception:
        return 2
    if found is None:
        return 3
    sys.stdout.buffer.write(found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
