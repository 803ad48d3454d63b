"""Logos: what is taken is made anew, and what could do harm is refused in a sentence."""

import io

import pytest
from PIL import Image

from cleverinvo.accounts import logo
from cleverinvo.errors import Invalid

NAMESPACES = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
SVG = f'<svg {NAMESPACES} viewBox="0 0 10 10">{{}}</svg>'


def picture(kind: str, size: tuple[int, int] = (40, 20), mode: str = "RGB") -> bytes:
    made = io.BytesIO()
    Image.new(mode, size, "red").save(made, kind)
    return made.getvalue()


@pytest.mark.parametrize(("kind", "media_type", "becomes"), [
    ("PNG", "image/png", "image/png"),
    ("JPEG", "image/jpeg", "image/jpeg"),
    ("WEBP", "image/webp", "image/png"),
])  # fmt: skip
def test_pixels_are_written_anew(kind: str, media_type: str, becomes: str) -> None:
    made = logo.make_safe(media_type, picture(kind) + b"<script>hidden behind the image</script>")
    assert (made.media_type, made.width, made.height) == (becomes, 40, 20)
    assert b"script" not in made.content


def test_a_large_picture_is_made_smaller_and_transparency_laid_on_white() -> None:
    made = logo.make_safe("image/png", picture("PNG", (4000, 1000), "RGBA"))
    assert (made.width, made.height) == (1200, 300)
    with Image.open(io.BytesIO(made.content)) as image:
        assert image.mode == "RGB"


def test_a_bomb_of_pixels_is_refused_before_it_is_decoded() -> None:
    bomb = picture("PNG", (30_000, 30_000), "1")
    assert len(bomb) < logo.BYTES_MAX
    with pytest.raises(Invalid):
        logo.make_safe("image/png", bomb)


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n", b"not a picture", picture("PNG")[:60]])
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(Invalid):
        logo.make_safe("image/png", content)


def test_a_drawing_keeps_what_is_drawn_and_loses_the_rest() -> None:
    made = logo.make_safe("image/svg+xml", SVG.format(
        '<script>x</script><g onload="x()" style="fill:#ff0000;background:url(http://x/)"><path d="M0 0h5"/></g>'
        '<rect width="5" height="5" fill="url(http://evil/)"/><circle r="2" fill="url(#g)"/><metadata/>'
        '<a xlink:href="http://x"/><use xlink:href="http://x/#y"/>'
    ).encode())  # fmt: skip
    text = made.content.decode()
    assert 'd="M0 0h5"' in text
    assert 'fill="#ff0000"' in text
    assert 'fill="url(#g)"' in text
    for gone in ("script", "onload", "http://x", "evil", "metadata", "<a"):
        assert gone not in text


@pytest.mark.parametrize("inside", [
    '<image href="/etc/passwd"/>',
    "<text>Nordwind</text>",
    "<foreignObject/>",
    '<g id="a"><use href="#b"/></g><g id="b"><path d="M0 0"/></g><use href="#a"/>',
    "<g>" * 60 + "</g>" * 60,
    "<path/>" * 3_000,
    "<g>",
])  # fmt: skip
def test_a_drawing_that_could_do_harm_is_refused(inside: str) -> None:
    with pytest.raises(Invalid):
        logo.make_safe("image/svg+xml", SVG.format(inside).encode())


def test_entities_and_odd_sizes_are_refused() -> None:
    bomb = '<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>' + SVG.format("&b;")
    wide = SVG.format("").replace("0 0 10 10", "0 0 1000 1")
    for drawing in (bomb, wide, SVG.format("").replace("0 0 10 10", "0 0 nan 1"), "<svg/>", "<html/>"):
        with pytest.raises(Invalid):
            logo.make_safe("image/svg+xml", drawing.encode())
