"""Pictures as inputs: what Pillow decodes is what the model gets, and cases 57 and 58 of the list of bad inputs."""

import io
import json
import struct
import zlib

import numpy as np
import pytest
import toys
from PIL import Image

VECTORS = json.loads((toys.ROOT / "test" / "vectors" / "images.json").read_text())
RNG = np.random.default_rng(3)
COLOUR = RNG.integers(0, 256, (5, 7, 3), dtype=np.uint8)
GREY = RNG.integers(0, 256, (5, 7), dtype=np.uint8)
SMOOTH = np.add.outer(np.arange(40), np.arange(48))[..., None].repeat(3, 2).astype(np.uint8) * np.uint8([1, 2, 1])


@pytest.fixture
def tensor_of(frontend, hand_made, tmp_path):
    """tensor_of(file bytes, shape, flags...): what a model that gives its input back makes of the picture."""

    def run(picture: bytes, shape, *flags):
        elements = int(np.prod(shape))
        module = hand_made(
            memory=f'(memory (export "memory") {1 + (toys.DATA + 4 * elements) // 65536})',
            tensor=toys.tensor(size=4 * elements, rank=len(shape), dims=shape),
        )
        path = tmp_path / "picture.png"
        path.write_bytes(picture)
        (tmp_path / "model").write_bytes(b"model")
        answer = frontend("run", tmp_path / "model", "-c", module, "--input", path, "--json", *flags)
        if answer.code == 0:
            (output,) = answer.json["outputs"]
            return np.array(output["values"]).reshape(output["shape"])
        return answer

    return run


def encoded(pixels, kind="PNG", **options) -> bytes:
    file = io.BytesIO()
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    image.save(file, kind, **options)
    return file.getvalue()


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(width, height, rows: bytes, depth=8, colour=0, interlace=0, between: bytes = b"") -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace)
    data = chunk(b"IHDR", header) + between + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + data


def test_png_of_each_kind_gives_pillows_pixels(tensor_of):
    assert (tensor_of(encoded(COLOUR), (1, 3, 5, 7)) == COLOUR.transpose(2, 0, 1)).all()
    assert (tensor_of(encoded(GREY), (1, 1, 5, 7)) == GREY).all()
    palette = Image.fromarray(COLOUR).quantize(16)
    assert (tensor_of(encoded(palette), (1, 3, 5, 7)) == np.asarray(palette.convert("RGB")).transpose(2, 0, 1)).all()
    one_bit = Image.fromarray(GREY).convert("1")
    assert (tensor_of(encoded(one_bit), (1, 1, 5, 7)) == np.asarray(one_bit.convert("L"))).all()
    opaque = np.dstack([COLOUR, np.full((5, 7), 255, np.uint8)])
    assert (tensor_of(encoded(opaque), (1, 3, 5, 7)) == COLOUR.transpose(2, 0, 1)).all()


def test_case_57_16_bit_keeps_the_high_byte(tensor_of):
    rows = b"".join(b"\0" + row.tobytes() for row in np.array([[0, 0x12FF, 0xFFFF]], ">u2"))
    assert tensor_of(png(3, 1, rows, depth=16), (1, 1, 1, 3)).ravel().tolist() == [0, 0x12, 0xFF]


def test_case_57_interlaced_is_read(tensor_of):
    # The first pass of Adam7 holds every eighth pixel: a picture of one pixel has that pass only.
    assert tensor_of(png(1, 1, b"\0\x2a", interlace=1), (1, 1, 1, 1)).ravel().tolist() == [0x2A]


def test_case_57_of_an_animation_the_default_image_is_read(tensor_of):
    frames = [Image.fromarray(GREY), Image.fromarray(255 - GREY)]
    animated = encoded(frames[0], save_all=True, append_images=frames[1:])
    assert b"acTL" in animated
    assert (tensor_of(animated, (1, 1, 5, 7)) == GREY).all()


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 0x55]) + data[at + 1 :]


PNG = encoded(COLOUR)


@pytest.mark.parametrize(
    ("picture", "code", "expected"),
    [
        (png(2**31 - 1, 1, b""), 4, "2147483647 x 1 pixels, expected at most 67108864"),
        (png(30000, 30000, b"\0" * 30001), 4, "30000 x 30000 pixels, expected at most"),
        (png(0, 5, b""), 3, "PNG header (IHDR): "),
        (flipped(PNG, PNG.index(b"IHDR") + 7), 3, "PNG data (IDAT): "),
        (flipped(PNG, PNG.index(b"IDAT") + 12), 3, "PNG data (IDAT): "),
        (PNG[: PNG.index(b"IDAT") + 10], 3, "PNG data (IDAT): "),
        (PNG[:20], 3, "PNG header (IHDR): "),
        (png(5, 5, b"\0" * 10), 3, "PNG data (IDAT): "),
        (
            png(1, 1, b"\0\x07", colour=3, between=chunk(b"PLTE", bytes(6))),
            3,
            "index 7 at column 0, row 0, expected one of 2 colours (PLTE)",
        ),
        (png(3, 1, b"\0\x1b", depth=2, colour=3, between=chunk(b"PLTE", bytes(6))), 3, "index 2 at column 2, row 0"),
        (png(1, 1, b"\0\0", colour=3), 3, "PNG palette (PLTE): "),
        (encoded(np.dstack([COLOUR, GREY])), 3, "transparent at pixel 0, expected an opaque picture"),
        (b"", 3, "looks like an empty file, expected a PNG or a JPEG"),
        (b"x" * 100, 3, "looks like something else, expected a PNG or a JPEG"),
        (encoded(GREY, "GIF"), 3, "looks like GIF, expected a PNG or a JPEG"),
        (encoded(COLOUR, "WEBP"), 3, "looks like WebP"),
        (encoded(COLOUR, "BMP"), 3, "looks like BMP"),
        (encoded(COLOUR, "TIFF"), 3, "looks like TIFF"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 3, "looks like SVG"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", 3, "looks like HEIC, AVIF or MP4"),
        (encoded(Image.fromarray(COLOUR).convert("CMYK"), "JPEG"), 3, "JPEG in CMYK, expected grey or RGB"),
        (encoded(SMOOTH, "JPEG")[:-20], 3, "JPEG data: Premature end of JPEG file"),
        (encoded(SMOOTH, "JPEG")[:30], 3, "JPEG header: "),
        (b"\xff\xd8\xff\xe0", 3, "JPEG header: "),
    ],
)
def test_case_57_and_58_bad_pictures_are_refused(tensor_of, picture, code, expected):
    tensor_of(picture, (1, 3, 5, 7)).fails(code, "picture.png: ", expected)


def test_case_58_a_jpeg_with_ten_thousand_scans(tensor_of):
    jpeg = encoded(SMOOTH, "JPEG", progressive=True)
    last = jpeg.rindex(b"\xff\xda")
    many = jpeg[:last] + jpeg[last:-2] * 10000 + jpeg[-2:]
    tensor_of(many, (1, 3, 40, 48)).fails(4, "progressive JPEG with", "scans, expected at most 500")


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}, {"quality": 20}])
def test_jpeg_gives_pillows_pixels(tensor_of, options):
    jpeg = encoded(SMOOTH, "JPEG", **options)
    assert (tensor_of(jpeg, (1, 3, 40, 48)) == np.asarray(Image.open(io.BytesIO(jpeg))).transpose(2, 0, 1)).all()


def test_a_grey_jpeg_has_one_channel(tensor_of):
    jpeg = encoded(SMOOTH[..., 1], "JPEG")
    assert (tensor_of(jpeg, (1, 1, 40, 48)) == np.asarray(Image.open(io.BytesIO(jpeg)))).all()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_case_58_the_exif_orientation_is_applied(tensor_of, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    jpeg = encoded(SMOOTH, "JPEG", exif=exif)
    plain = np.asarray(Image.open(io.BytesIO(jpeg)))
    # EXIF 2.32, table 6: where row 0 and column 0 of the file are seen.
    seen = [
        plain,
        plain[:, ::-1],
        plain[::-1, ::-1],
        plain[::-1],
        plain.swapaxes(0, 1),
        np.rot90(plain, -1),
        plain[::-1, ::-1].swapaxes(0, 1),
        np.rot90(plain),
    ][orientation - 1].transpose(2, 0, 1)
    assert (tensor_of(jpeg, (1, *seen.shape)) == seen).all()


@pytest.mark.parametrize("case", VECTORS, ids=[f"{case['image'] or 'none'}" for case in VECTORS])
def test_the_rule_gives_numpys_values(tensor_of, case):
    pixels = np.array(case["pixels"], np.uint8).reshape(case["height"], case["width"], case["channels"])
    flags = ["--image", case["image"]] if case["image"] else []
    values = tensor_of(encoded(pixels.squeeze(2) if case["channels"] == 1 else pixels), case["shape"], *flags)
    assert (values.astype(np.float32).ravel() == np.array(case["values"], np.float32)).all()


def test_the_rule_beside_the_model_is_used_unless_one_is_given(tensor_of, tmp_path):
    rule = tmp_path / "model.json"
    rule.write_text('{"size": "2x1", "filter": "nearest", "channels": 1, "scale": 2, "mean": [1], "std": 0.5}')
    assert tensor_of(encoded(np.uint8([[10, 20]])), (1, 1, 1, 2)).ravel().tolist() == [38, 78]
    assert tensor_of(encoded(np.uint8([[10, 20]])), (1, 1, 1, 2), "--image", "scale=1").ravel().tolist() == [10, 20]


NEAREST_2020 = "size=224x224,filter=nearest,channels=3,mean=123:117:104,std=58.395:57.12:57.375"


def test_the_rule_of_2020_by_its_name(tensor_of, tmp_path):
    picture, shape = encoded(COLOUR), (1, 3, 224, 224)
    named = tensor_of(picture, shape, "--image", "rule=resnet-2020")
    assert (named == tensor_of(picture, shape, "--image", NEAREST_2020)).all()
    mean, deviation = np.array([123, 117, 104]), np.array([58.395, 57.12, 57.375])
    centre = ((COLOUR[2, 3] - mean) / deviation).astype(np.float32)  # of the picture's 5 x 7
    assert (named[0, :, 112, 112].astype(np.float32) == centre).all()
    (tmp_path / "model.json").write_text('{"size": "2x1", "mean": 0, "rule": "resnet-2020", "layout": "nhwc"}')
    wanted = tensor_of(
        picture, (1, 1, 2, 3), "--image", "size=2x1,filter=nearest,channels=3,std=58.395:57.12:57.375,layout=nhwc"
    )
    assert (tensor_of(picture, (1, 1, 2, 3)) == wanted).all()


def test_a_class_of_a_picture_in_the_words_of_2020(tensor_of, frontend, hand_made, tmp_path):
    (tmp_path / "picture.png").write_bytes(encoded(np.uint8([[10, 20, 30], [40, 90, 60]])))
    (tmp_path / "labels.csv").write_text("0,up left\n1,up right\n2,down left\n3,down right")
    module = hand_made(tensor=toys.tensor(size=16, rank=4, dims=(1, 2, 2, 1)))
    run = ["run", toys.TOY, "-c", module, "--input", tmp_path / "picture.png", "--labels", tmp_path / "labels.csv"]
    run += ["--image", "size=2x2,filter=nearest,layout=nhwc"]
    assert frontend(*run).succeeds().out == (
        "original image dimensions: (3, 2)\nresized image dimensions: (2, 2)\n"
        "input image belongs to the class `down right`\n"
    )
    answer = frontend(*run, "--json").succeeds().json
    assert answer["images"] == [{"input": "float32", "original": [3, 2], "resized": [2, 2]}]
    assert answer["top"] == [{"index": 3, "label": "down right", "value": 60}]
    shown = frontend(*run, "--top", "2").succeeds().out
    assert shown == "60.0         3 down right\n40.0         2 down left\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"rule": "lite0"}', "model.json: rule=lite0, expected resnet-2020"),
        ('{"size": "2"}', "model.json: size=2, expected WIDTHxHEIGHT"),
        ('{"siz": "2x2"}', "model.json: unknown key 'siz' (did you mean 'size'?)"),
        ('{"mean": [1, 2]}', "model.json: mean=1:2, expected one number, or three"),
        ('{"mean": ["1"]}', "model.json: 'mean': expected a text, a number or a list of numbers"),
        ("[]", "model.json: not an object"),
        ("{", "model.json: line 1 column 1"),
    ],
)
def test_a_bad_rule_beside_the_model(tensor_of, tmp_path, text, expected):
    (tmp_path / "model.json").write_text(text)
    tensor_of(encoded(GREY), (1, 1, 5, 7)).fails(3, expected)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("size=0x4", "--image: size=0x4, expected WIDTHxHEIGHT"),
        ("size=4x", "expected WIDTHxHEIGHT"),
        ("size=99999x99999", "expected WIDTHxHEIGHT"),
        ("size=4x4x", "expected WIDTHxHEIGHT"),
        ("filter=cubic", "--image: filter=cubic, expected nearest, bilinear, bicubic"),
        ("channels=2", "--image: channels=2, expected 1, 3"),
        ("layout=hwc", "expected nchw, nhwc"),
        ("scale=", "expected a number, or a fraction such as 1/255"),
        ("scale=1/", "expected a number, or a fraction"),
        ("scale=1/0", "expected a number, or a fraction"),
        ("mean=nan", "expected a number, or a fraction"),
        ("std=0", "--image: std=0, expected numbers above 0"),
        ("rule=resnet", "--image: rule=resnet, expected resnet-2020"),
        ("rule=resnet-2020,antialias=1", "--image: antialias=1 with filter=nearest, expected"),
        ("crop=centre", "--image: crop=centre, expected square"),
        ("antialias=2", "--image: antialias=2, expected 0, 1"),
        ("antialias=1,filter=nearest", "--image: antialias=1 with filter=nearest, expected filter=bilinear or"),
        ("std=1:2:3:4", "expected one number, or three separated by ':'"),
        ("resize=4x4", "--image: unknown key 'resize'"),
        ("bilinear", "--image: 'bilinear', expected KEY=VALUE"),
        ("", "--image: '', expected KEY=VALUE"),
    ],
)
def test_a_bad_rule_on_the_command_line(tensor_of, rule, expected):
    tensor_of(encoded(GREY), (1, 1, 5, 7), "--image", rule).fails(2, expected)


def test_a_picture_of_the_wrong_shape_names_both(tensor_of):
    tensor_of(encoded(GREY), (1, 3, 5, 7)).fails(3, "has shape [1, 1, 5, 7], expected float32 [1, 3, 5, 7]")
    answer = tensor_of(encoded(GREY), (1, 1, 5, 7), "--image", "mean=1:2:3")
    answer.fails(3, "three values of mean or std for a picture with one channel")


def test_a_bad_rule_is_an_error_without_a_picture_too(frontend, toy, tmp_path):
    np.save(tmp_path / "x.npy", np.zeros((1, 2), np.float32))
    frontend("run", toy(3), "--input", tmp_path / "x.npy", "--image", "size=1").fails(
        2, "--image: size=1, expected WIDTHxHEIGHT"
    )
