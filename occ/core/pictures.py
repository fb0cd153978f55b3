"""Child process: a picture from standard input to a clean PNG on standard output.

Exit status 2: not a PNG, JPEG or WebP, or broken; 3: too many pixels.
"""

import io
import resource
import sys

IMAGE_PIXELS = 16_000_000
IMAGE_SECONDS = 10
SIDE = 512
MEMORY = 768 * 1024 * 1024


def main() -> int:
    resource.setrlimit(resource.RLIMIT_CPU, (IMAGE_SECONDS, IMAGE_SECONDS))
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    from PIL import Image, ImageOps

    try:
        with Image.open(
            io.BytesIO(sys.stdin.buffer.read()), formats=("PNG", "JPEG", "WEBP")
        ) as image:
            if image.width * image.height > IMAGE_PIXELS:
                return 3
            upright = ImageOps.exif_transpose(image)
            upright.thumbnail((SIDE, SIDE))
            clean = upright.convert("RGBA" if upright.mode in ("RGBA", "LA", "P") else "RGB")
            output = io.BytesIO()
            Image.frombytes(clean.mode, clean.size, clean.tobytes()).save(output, "PNG")
    except Image.DecompressionBombError:
        return 3
    except Exception:
        return 2
    sys.stdout.buffer.write(output.getvalue())
    return 0


if __name__ == "__main__":
    sys.exit(main())
