"""The logo: only the points of a JPG or PNG get through, in the size in which it is shown."""

import io
import struct
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageFile

from certificates.outside import logos
from certificates.outside.logos import BadLogo

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(2)</script></svg>'


def picture(mode="RGB", size=(300, 35), kind="PNG", colour=None, **options):
    written = io.BytesIO()
    Image.new(mode, size, colour or 0).save(written, kind, **options)
    return written.getvalue()


def opened(png):
    image = Image.open(io.BytesIO(png))
    image.load()
    return image


def claims(width, height):
    """The head of a PNG that says to be so large, and holds next to nothing."""

    def part(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = part(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + part(b"IDAT", zlib.compress(b"\0" * 1000)) + part(b"IEND", b"")


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@pytest.mark.parametrize(
    ("size", "shown"),
    [
        ((300, 35), (300, 35)),
        ((1200, 140), (300, 35)),
        ((2000, 10), (300, 2)),
        ((100, 1000), (4, 35)),
        ((16, 16), (16, 16)),
    ],
)
def test_a_logo_fits_into_the_box_and_keeps_its_shape(kind, size, shown):
    png = logos.convert(picture(size=size, kind=kind))

    assert logos.size_of(png) == shown
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert opened(png).width <= 600
    assert opened(png).height <= 70


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_kind_of_png_is_read(mode):
    assert opened(logos.convert(picture(mode))).mode in ("RGB", "RGBA")


def test_a_jpeg_of_a_print_shop_is_put_into_colours_of_the_screen():
    assert opened(logos.convert(picture("CMYK", kind="JPEG"))).mode == "RGB"


def test_of_a_jpeg_with_a_second_picture_the_first_is_taken():
    written = io.BytesIO()
    first, second = (Image.new("RGB", (60, 7), colour) for colour in ("red", "blue"))
    first.save(written, "MPO", save_all=True, append_images=[second])

    red, green, blue = opened(logos.convert(written.getvalue())).getpixel((3, 3))

    assert (red > 200, green < 50, blue < 50) == (True, True, True)


@pytest.fixture(params=[True, False], autouse=True)
def _whatever_others_tell_pillow(request, monkeypatch):
    """The library that makes PDFs tells Pillow, for the whole process, to fill up what is cut off."""
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", request.param)


def test_what_is_transparent_stays_so():
    assert opened(logos.convert(picture("RGBA", colour=(255, 0, 0, 0)))).getpixel((5, 5))[3] == 0


def test_a_picture_that_a_camera_turned_is_put_upright():
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees

    assert opened(logos.convert(picture(size=(35, 300), kind="JPEG", exif=exif))).size == (300, 35)


def test_of_an_animation_the_first_picture_is_taken():
    written = io.BytesIO()
    first, second = (Image.new("RGB", (60, 7), colour) for colour in ("red", "blue"))
    first.save(written, "PNG", save_all=True, append_images=[second])

    image = opened(logos.convert(written.getvalue()))

    assert getattr(image, "n_frames", 1) == 1
    assert image.convert("RGB").getpixel((3, 3)) == (255, 0, 0)


def test_nothing_but_the_points_is_kept():
    exif = Image.Exif()
    exif[0x010E] = "<script>alert(1)</script>"
    hidden = picture(kind="JPEG", exif=exif, comment=b"<?php evil() ?>") + SVG + b"PK\x03\x04 a ZIP behind it"

    png = logos.convert(hidden)

    for trace in (b"script", b"php", b"svg", b"PK\x03\x04", b"Exif"):
        assert trace not in png
    assert set(opened(png).info) <= {"dpi"}


@pytest.mark.parametrize(
    "content",
    [
        SVG,
        b"<html><script>alert(1)</script></html>",
        b"\x89PNG\r\n\x1a\n" + SVG,
        picture(kind="GIF"),
        picture(kind="BMP"),
        picture(kind="WEBP"),
        picture(kind="TIFF"),
        picture(kind="ICO", size=(16, 16)),
        b"GIF89a" + picture()[6:],
        picture()[:-30],
        picture(size=(300, 200), kind="JPEG")[:200],
        b"%PDF-1.7",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n",
        b"x",
    ],
    ids=[
        "svg",
        "html",
        "svg-as-png",
        "gif",
        "bmp",
        "webp",
        "tiff",
        "ico",
        "gif-png",
        "cut-png",
        "cut-jpg",
        "pdf",
        "eps",
        "x",
    ],
)
def test_what_is_no_whole_jpg_or_png_is_refused(content):
    with pytest.raises(BadLogo):
        logos.convert(content)


@pytest.mark.parametrize("size", [(100_000, 100_000), (4_001, 1_000), (2**31 - 1, 2**31 - 1)])
def test_a_decompression_bomb_is_refused_before_it_is_decoded(size):
    with pytest.raises(BadLogo, match=r"too many|damaged"):
        logos.convert(claims(*size))


def test_too_many_bytes_are_refused_before_they_are_read():
    upload = SimpleUploadedFile("logo.png", b"x" * (logos.MOST_BYTES + 1))

    with pytest.raises(BadLogo, match="larger than 1 MB"):
        logos.read(upload)


def test_an_empty_file_is_refused():
    with pytest.raises(BadLogo, match="empty"):
        logos.read(SimpleUploadedFile("logo.png", b""))


def test_the_name_and_the_type_that_a_browser_says_count_for_nothing():
    with pytest.raises(BadLogo):
        logos.read(SimpleUploadedFile("logo.png", SVG, content_type="image/png"))

    assert logos.read(SimpleUploadedFile("logo.svg", picture(), content_type="image/svg+xml")).startswith(b"\x89PNG")
