"""Logos made safe to print: pixels are decoded and written anew, drawings rebuilt from what is harmless."""

import hashlib
import io
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from typing import Final

from cleverinvo.accounts.rules import Logo
from cleverinvo.errors import Fault, Invalid

MEDIA_TYPES: Final = ("image/png", "image/jpeg", "image/webp", "image/svg+xml")
BYTES_MAX: Final = 2 * 1024 * 1024
SVG_BYTES_MAX: Final = 256 * 1024
SVG_ELEMENTS_MAX: Final = 2_000
SVG_DEPTH_MAX: Final = 50
PIXELS_MAX: Final = 25_000_000
"""More than any camera's logo; a picture of a few kilobytes can claim to have billions."""

PRINTED_MAX: Final = (1_200, 600)
"""Pixels kept: at the size of a logo, 500 to the inch."""

RATIO_MAX: Final = 20
JPEG_QUALITY: Final = 90


def make_safe(media_type: str, content: bytes) -> Logo:
    """The logo as it will be printed. Raises Invalid with a sentence for people who have only a file."""
    if media_type == "image/svg+xml":
        made, width, height = _redraw(content)
    else:
        media_type, made, width, height = _repaint(content)
    if not 1 / RATIO_MAX <= width / height <= RATIO_MAX:
        raise _refusal(f"Its sides differ by more than {RATIO_MAX} times")
    return Logo(hashlib.sha256(made).hexdigest(), media_type, round(width), round(height), made)


def _repaint(content: bytes) -> tuple[str, bytes, int, int]:
    from PIL import Image, ImageOps, UnidentifiedImageError  # only when somebody sends a logo

    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG", "WEBP")) as image:
            if image.width * image.height > PIXELS_MAX:
                raise _refusal(f"It has more than {PIXELS_MAX:,} pixels")
            is_photo = image.format == "JPEG"
            upright = ImageOps.exif_transpose(image).convert("RGBA")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise _refusal("This is no PNG, JPEG or WebP that can be read") from None
    upright.thumbnail(PRINTED_MAX)
    paper = Image.new("RGB", upright.size, "white")
    paper.paste(upright, mask=upright.getchannel("A"))
    made = io.BytesIO()
    if is_photo:
        paper.save(made, "JPEG", quality=JPEG_QUALITY)
    else:
        paper.save(made, "PNG", optimize=True)
    return "image/jpeg" if is_photo else "image/png", made.getvalue(), *paper.size


def _redraw(content: bytes) -> tuple[bytes, float, float]:
    if len(content) > SVG_BYTES_MAX:
        raise _refusal(f"A drawing has at most {SVG_BYTES_MAX:,} bytes")
    root = _parse(content)
    width, height = _size(root)
    if sum(1 for _ in root.iter()) > SVG_ELEMENTS_MAX:
        raise _refusal(f"A drawing has at most {SVG_ELEMENTS_MAX:,} elements")
    drawn = _copy(root)
    drawn.set("viewBox", root.get("viewBox") or f"0 0 {width:g} {height:g}")
    _refuse_nested_use(drawn)
    ElementTree.register_namespace("", _SVG)
    return ElementTree.tostring(drawn, encoding="utf-8"), width, height


def _parse(content: bytes) -> ElementTree.Element:
    try:
        text = content.decode("utf-8-sig")
        if re.search(r"<!\s*(DOCTYPE|ENTITY)", text, re.IGNORECASE):
            text = re.sub(r"<!DOCTYPE[^<>\[\]]*>", "", text, count=1)  # the plain one that drawing programs write
            if re.search(r"<!\s*(DOCTYPE|ENTITY)", text, re.IGNORECASE):
                raise _refusal("A drawing has no entities")
        root = ElementTree.fromstring(text)
    except (UnicodeDecodeError, ElementTree.ParseError, ValueError):
        raise _refusal("This is no SVG in UTF-8 that can be read") from None
    if root.tag != f"{{{_SVG}}}svg":
        raise _refusal("This is no SVG")
    return root


def _size(root: ElementTree.Element) -> tuple[float, float]:
    box = re.split(r"[\s,]+", (root.get("viewBox") or "").strip())
    sides = (
        box[2:] if len(box) == 4 else [(root.get(side) or "").removesuffix("px") for side in ("width", "height")]
    )
    try:
        width, height = (float(side) for side in sides)
    except ValueError:
        raise _refusal("A drawing says its size in viewBox") from None
    if not 0 < width < 100_000 or not 0 < height < 100_000:
        raise _refusal("A drawing has a size above 0 and below 100,000")
    return width, height


def _copy(element: ElementTree.Element, depth: int = 0) -> ElementTree.Element:
    """The element with all of its children and attributes that are known, and nothing else."""
    if depth > SVG_DEPTH_MAX:
        raise _refusal(f"A drawing is nested at most {SVG_DEPTH_MAX} deep")
    name = _local(element.tag)
    copy = ElementTree.Element(f"{{{_SVG}}}{name}", dict(_attributes(element)))
    for child in element:
        child_name = _local(child.tag)
        if child_name in _REFUSED:
            raise _refusal(f"A drawing has no <{child_name}>; turn text into paths and leave pictures out")
        if child_name in _ELEMENTS and _is_svg(child.tag):
            copy.append(_copy(child, depth + 1))
    return copy


def _attributes(element: ElementTree.Element) -> Iterator[tuple[str, str]]:
    for name, value in element.attrib.items():
        local = _local(name)
        if local == "href":
            if re.fullmatch(r"#[\w.-]+", value):
                yield "href", value
        elif local == "style":
            parts = (part.partition(":") for part in value.split(";"))
            for key, _, said in parts:
                if key.strip() in _ATTRIBUTES and _is_harmless(said):
                    yield key.strip(), said.strip()
        elif name in _ATTRIBUTES and _is_harmless(value):
            yield name, value


def _is_harmless(value: str) -> bool:
    """Without addresses but those inside the drawing."""
    return re.search(r"url\(\s*['\"]?(?!#)|javascript:|&|\\", value, re.IGNORECASE) is None


def _refuse_nested_use(root: ElementTree.Element) -> None:
    """Uses of what itself holds uses would multiply: ten levels of ten are ten thousand million drawings."""
    holders = {element.get("id") for element in root.iter() if any(True for _ in element.iter(f"{{{_SVG}}}use"))}
    for use in root.iter(f"{{{_SVG}}}use"):
        if (use.get("href") or "#")[1:] in holders:
            raise _refusal("A drawing has no <use> of something that holds a <use>")


def _is_svg(tag: object) -> bool:
    return isinstance(tag, str) and tag.startswith(f"{{{_SVG}}}")


def _local(tag: object) -> str:
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _refusal(sentence: str) -> Invalid:
    return Invalid([Fault("logo", sentence)])


_SVG: Final = "http://www.w3.org/2000/svg"
_REFUSED: Final = frozenset({"text", "image", "foreignObject"})
_ELEMENTS: Final = frozenset(
    {
        *("svg", "g", "defs", "symbol", "use", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon"),
        *("linearGradient", "radialGradient", "stop", "clipPath", "mask"),
    }
)
_ATTRIBUTES: Final = frozenset(
    {
        *("id", "d", "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "ry", "fx", "fy", "width", "height"),
        *("points", "transform", "gradientTransform", "gradientUnits", "spreadMethod", "offset", "stop-color"),
        *("stop-opacity", "fill", "fill-opacity", "fill-rule", "stroke", "stroke-width", "stroke-opacity"),
        *("stroke-linecap", "stroke-linejoin", "stroke-miterlimit", "stroke-dasharray", "stroke-dashoffset"),
        *("opacity", "clip-path", "clip-rule", "clipPathUnits", "mask", "maskUnits", "maskContentUnits", "color"),
        *("viewBox", "preserveAspectRatio", "display", "visibility"),
    }
)
