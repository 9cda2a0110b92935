"""The logo of a request portal: a JPG or PNG of somebody's, decoded, made small, and written anew as a PNG of our own.

Nothing of the file that was sent is kept but its picture. It is decoded by Pillow's JPEG and PNG readers alone, after its
size was looked at; so no SVG, no script behind a picture and no page of metadata gets to people outside.
"""

import io
import warnings

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from sslportal.kit.moves import Refused

BOX = (300, 35)  # pixels in which it is shown
SCALE = 2  # it is kept twice as large, for screens that show two points a pixel
MOST_BYTES = 1024 * 1024
MOST_PIXELS = 4_000_000  # asked of the file's head before anything is decoded
FORMATS = ("PNG", "JPEG")


class BadLogo(Refused):
    """The file cannot be the logo."""


def read(upload: UploadedFile) -> bytes:
    """The PNG that is kept of it. Raises BadLogo."""
    if not upload.size:
        raise BadLogo(_("The file is empty. Choose another one."))
    if upload.size > MOST_BYTES:
        raise BadLogo(too_large())
    return convert(upload.read())


def too_large() -> str:
    words = {"size": MOST_BYTES // 1024 // 1024}
    return _("The file is larger than %(size)d MB. Save the logo in the size in which it is shown.") % words


def damaged() -> str:
    return _("The file is damaged. Save the logo anew, as PNG.")


def convert(content: bytes) -> bytes:
    """The same for its bytes."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of odd heads and of many pixels: both are decided here
            picture = _decoded(content)
            picture.thumbnail((BOX[0] * SCALE, BOX[1] * SCALE), Image.Resampling.LANCZOS)
    except BadLogo:
        raise
    except UnidentifiedImageError:
        raise BadLogo(_("The file is no JPG or PNG. Save the logo as one of these.")) from None
    except Exception:  # a damaged file may end in any error of the decoder
        raise BadLogo(damaged()) from None
    written = io.BytesIO()
    picture.save(written, "PNG", optimize=True)
    return written.getvalue()


def _decoded(content: bytes) -> Image.Image:
    """The picture upright, in colours of the screen. Of an animation it is the first one."""
    with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
        width, height = opened.size
        if width * height > MOST_PIXELS:
            raise BadLogo(
                _("The picture has %(width)d × %(height)d pixels, which is too many. Save the logo in the size in which it "
                  "is shown, 300 × 35.") % {"width": width, "height": height}
            )  # fmt: skip
        if (
            b"IEND" if opened.format == "PNG" else b"\xff\xd9"
        ) not in content:  # what makes PDFs lets Pillow fill up what is cut
            raise BadLogo(damaged())
        opened.load()
        upright = ImageOps.exif_transpose(opened)
        has_alpha = upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info
        colours = upright.convert("RGBA" if has_alpha else "RGB")
    clean = Image.new(colours.mode, colours.size)  # of the same points, and nothing that came along with them
    clean.paste(colours)
    return clean


def size_of(png: bytes) -> tuple[int, int]:
    """Width and height in which a kept logo fits into the box, without distortion."""
    with Image.open(io.BytesIO(png), formats=("PNG",)) as picture:
        width, height = picture.size
    factor = min(1.0, BOX[0] / width, BOX[1] / height)
    return max(1, round(width * factor)), max(1, round(height * factor))
