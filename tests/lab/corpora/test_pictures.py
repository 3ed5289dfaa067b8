"""Pictures are the counted ones; a folder of any kinds and sizes is read or refused."""

import gzip
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from costmodel.messages import InputError
from lab.corpora import pictures, shipped
from lab.corpora.split import shared
from tests.lab.corpora.installed import needs

RED, BLUE, GREY = (250, 10, 10), (10, 10, 250), (128, 128, 128)


def folder(at: Path, n: int = 12) -> Path:
    """Two classes of noisy squares, red and blue, of mixed sizes."""
    rng = np.random.default_rng(0)
    for name, colour in (("red", RED), ("blue", BLUE)):
        (at / name).mkdir(parents=True)
        for i in range(n):
            height, width = rng.integers(20, 90, 2)
            noise = rng.integers(0, 6, (height, width, 3))
            save(at / name / f"{i}.png", (np.array(colour) + noise - 3).astype(np.uint8))
    return at


def save(path: Path, pixels: np.ndarray, *, exif: Image.Exif | None = None) -> None:
    Image.fromarray(pixels).save(path, exif=exif or Image.Exif())


def test_the_digits_have_their_counts() -> None:
    found = pictures.load()
    assert found.images.shape == (1_797, 1, 8, 8)
    assert found.images.dtype == np.uint8
    assert np.unique(found.images).size == 17, "the shades 0 to 16 stay apart"
    assert sorted(np.bincount(found.labels).tolist()) == sorted(
        [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    )
    split = found.split(test_share=0.25, seed=1)
    assert not shared(split, [image.tobytes() for image in found.images])


def test_the_digits_are_those_that_scikit_learn_loads() -> None:
    from sklearn.datasets import load_digits

    expected = load_digits()
    found = pictures.digits()
    assert (found.labels == expected.target).all()
    assert (np.rint(found.images[:, 0] * (16 / 255)) == expected.images).all()


@needs("fashion-mnist")
def test_fashion_mnist_has_its_counts_and_its_published_split() -> None:
    found = pictures.load(name="fashion-mnist")
    counts = shipped.corpora()["fashion-mnist"].counts
    assert found.images.shape == (counts["train"] + counts["test"], 1, 28, 28)
    split = found.split()
    for part, n in ((split.train, 60_000), (split.test, 10_000)):
        assert np.bincount(found.labels[part]).tolist() == [n // 10] * counts["classes"]
    assert found.classes[9] == "Ankle boot"


def test_without_fashion_mnist_the_digits_stand_in_and_say_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shipped, "find", lambda name: None)
    found = pictures.load(name="fashion-mnist")
    assert found.images.shape[0] == 1_797
    assert found.provenance.is_fallback
    assert "Not on this machine: Fashion-MNIST" in str(found.provenance.notes[0])


def test_an_idx_file_is_read_by_its_header(tmp_path: Path) -> None:
    values = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    header = b"\0\0\x08\x03" + np.array(values.shape, ">u4").tobytes()
    path = tmp_path / "x.gz"
    path.write_bytes(gzip.compress(header + values.tobytes()))
    assert (pictures.read_idx(path) == values).all()


@pytest.mark.parametrize(
    "content",
    [
        b"not compressed",
        gzip.compress(b"\0\0\x08"),
        gzip.compress(b"\0\0\x0d\x01" + (4).to_bytes(4, "big") + bytes(4)),
        gzip.compress(b"\0\0\x08\x01" + (9).to_bytes(4, "big") + bytes(4)),
        gzip.compress(bytes(500))[:20],
    ],
    # Compressed bytes hold the time, and test processes must agree on the names of tests.
    ids=["not compressed", "no sizes", "floats", "too short", "cut off"],
)
def test_a_broken_idx_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.gz"
    path.write_bytes(content)
    with pytest.raises(InputError, match="no IDX file"):
        pictures.read_idx(path)


def test_pictures_of_mixed_sizes_become_one_size_and_keep_their_colour(tmp_path: Path) -> None:
    found = pictures.load(folder(tmp_path / "set"))
    assert found.images.shape == (24, 3, 32, 32)
    assert found.classes == ("blue", "red")
    means = found.images.mean(axis=(2, 3))
    for label, colour in ((0, BLUE), (1, RED)):
        assert means[found.labels == label].mean(axis=0) == pytest.approx(colour, abs=4)


def test_the_middle_is_cut_out_of_a_wide_picture(tmp_path: Path) -> None:
    at = folder(tmp_path / "set")
    wide = np.zeros((40, 120, 3), np.uint8)
    wide[:, 40:80] = 200
    save(at / "red" / "wide.png", wide)
    found = pictures.from_folder(at, side_pixels=8)
    assert any((image == 200).all() for image in found.images)


def test_grey_pictures_have_one_channel_unless_asked_and_colour_can_be_dropped(
    tmp_path: Path,
) -> None:
    for name, shade in (("dark", 20), ("light", 220)):
        (tmp_path / "g" / name).mkdir(parents=True)
        for i in range(4):
            save(tmp_path / "g" / name / f"{i}.png", np.full((9, 9), shade + i, np.uint8))
    assert pictures.from_folder(tmp_path / "g").images.shape[1] == 1
    assert pictures.from_folder(tmp_path / "g", colour=True).images.shape[1] == 3
    grey = pictures.from_folder(folder(tmp_path / "c"), colour=False)
    assert grey.images.shape[1] == 1
    red = grey.images[grey.labels == 1].mean()
    assert red == pytest.approx(0.299 * 250 + 0.587 * 10 + 0.114 * 10, abs=3)


def test_kinds_that_cameras_and_scanners_write_are_read_for_what_they_show(
    tmp_path: Path,
) -> None:
    at = tmp_path / "set"
    for name in ("a", "b"):
        (at / name).mkdir(parents=True)
    half = np.full((20, 20), 32_768, np.uint16)
    half[0, 0] = 65_535
    save(at / "a" / "sixteen_bit.png", half)
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(at / "a" / "transparent.png")
    Image.new("P", (20, 20), 0).save(at / "a" / "palette.gif")
    Image.new("1", (20, 20), 1).save(at / "a" / "bilevel.tiff")
    Image.new("CMYK", (20, 20), (0, 255, 255, 0)).save(at / "b" / "print.jpg")
    turned = np.zeros((20, 40, 3), np.uint8)
    turned[:, 20:] = 255
    exif = Image.Exif()
    exif[0x0112] = 6  # turn a quarter to the right
    save(at / "b" / "turned.png", turned, exif=exif)
    found = pictures.from_folder(at, side_pixels=4)
    assert len(found.images) + sum("repeat" in str(n) for n in found.provenance.notes) >= 5
    means = {round(float(image.mean())) for image in found.images[found.labels == 0]}
    assert means == {128, 255, 0}, "half grey, white behind the transparent, black"
    upright = next(i for i in found.images if 100 < i.mean() < 160 and (i[:, 0] == 0).all())
    assert (upright[:, -1] == 255).all()


def test_broken_pictures_are_left_out_and_named_and_other_files_ignored(tmp_path: Path) -> None:
    at = folder(tmp_path / "set")
    whole = (at / "red" / "0.png").read_bytes()
    (at / "red" / "cut.png").write_bytes(whole[: len(whole) // 2])
    (at / "blue" / "empty.jpg").write_bytes(b"")
    (at / "blue" / "notes.txt").write_text("not a picture")
    (at / "blue" / ".hidden.png").write_text("not a picture")
    (at / "__MACOSX").mkdir()
    (at / "__MACOSX" / "x.png").write_text("not a picture")
    (at / "read me.md").write_text("about")
    found = pictures.load(at)
    assert len(found.images) == 24
    (note,) = found.provenance.notes
    assert "2 pictures that cannot be read" in str(note)
    assert "red/cut.png" in str(note)
    assert "blue/empty.jpg" in str(note)


def test_too_many_broken_pictures_are_refused(tmp_path: Path) -> None:
    at = folder(tmp_path / "set", n=5)
    for i in range(3):
        (at / "red" / f"broken{i}.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(40))
    with pytest.raises(
        InputError, match="3 of 13 pictures cannot be read, for example red/broken0"
    ):
        pictures.load(at)


def test_copies_are_taken_out_and_a_picture_in_two_classes_too(tmp_path: Path) -> None:
    at = folder(tmp_path / "set")
    (at / "red" / "copy.png").write_bytes((at / "red" / "0.png").read_bytes())
    (at / "blue" / "stray.png").write_bytes((at / "red" / "1.png").read_bytes())
    found = pictures.load(at)
    assert len(found.images) == 23
    assert "1 repeat another of their class and 1 contents" in str(found.provenance.notes[-1])


def test_a_folder_to_learn_nothing_from_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nowhere cannot be read"):
        pictures.load(tmp_path / "nowhere")
    (tmp_path / "flat").mkdir()
    save(tmp_path / "flat" / "a.png", np.zeros((4, 4), np.uint8))
    with pytest.raises(InputError, match="one per class"):
        pictures.load(tmp_path / "flat")
    one = tmp_path / "one"
    (one / "cats").mkdir(parents=True)
    (one / "dogs").mkdir()
    save(one / "cats" / "a.png", np.zeros((4, 4), np.uint8))
    with pytest.raises(InputError, match=r"a single class \(cats\)"):
        pictures.load(one)


def test_a_folder_that_would_not_fit_into_memory_is_refused_before_it_is_read(
    tmp_path: Path,
) -> None:
    with pytest.raises(InputError, match="give fewer, or a smaller size"):
        pictures.from_folder(folder(tmp_path / "set", n=2), side_pixels=50_000)


def test_a_picture_that_claims_to_be_huge_is_broken(tmp_path: Path) -> None:
    at = folder(tmp_path / "set")
    header = b"P5 90000 90000 255\n"
    (at / "red" / "bomb.pgm").write_bytes(header + bytes(100))
    assert "red/bomb.pgm" in str(pictures.load(at).provenance.notes[0])


def test_another_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError, match="write digits, fashion-mnist"):
        pictures.load(name="mnist")
