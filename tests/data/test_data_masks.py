"""Which masks are understood, and what is said of the others."""

import numpy as np
import pytest
from PIL import Image

from fcnlab.data import open_dataset
from fcnlab.errors import DataError


def read(folder):
    dataset = open_dataset(folder)
    native = dataset.load("train", (12, 20))
    return dataset, native.labels[0]


def fails(folder, *texts):
    with pytest.raises(DataError) as caught:
        open_dataset(folder).load("train", (12, 20))
    for text in texts:
        assert text in str(caught.value)


def values_in(path):
    with Image.open(path) as saved:
        return len(np.unique(np.asarray(saved)))


def test_one_hot_rgb(pairs, labels, one_hot):
    dataset, read_labels = read(pairs({"a": one_hot}))
    assert len(dataset.classes) == 3
    assert np.array_equal(read_labels, labels)


def test_one_hot_rgb_with_alpha(pairs, labels, one_hot):
    see_through = np.dstack([one_hot, np.zeros(labels.shape, np.uint8)])
    assert np.array_equal(read(pairs({"a": see_through}))[1], labels)


def test_one_hot_jpeg_is_rounded(save, tmp_path):
    labels = np.zeros((160, 160), np.uint8)
    labels[40:100, 30:120] = 2
    colours = (np.eye(3, dtype=np.uint8) * 255)[labels]
    save("train/images/a.png", colours)
    save("train/masks/a.jpg", colours, quality=90, subsampling=0)
    loaded = open_dataset(tmp_path).load("train", (160, 160)).labels[0]
    assert values_in(tmp_path / "train/masks/a.jpg") > 2
    assert (loaded != labels).mean() < 0.005


def test_class_numbers_in_grey(pairs, labels):
    dataset, read_labels = read(pairs({"a": labels}))
    assert dataset.classes == ("class 0", "class 1", "class 2")
    assert np.array_equal(read_labels, labels)


def test_class_numbers_in_grey_written_as_rgb(pairs, labels):
    assert np.array_equal(read(pairs({"a": np.dstack([labels] * 3)}))[1], labels)


def test_class_numbers_in_16_bits(pairs, labels):
    assert np.array_equal(read(pairs({"a": labels.astype(np.uint16)}))[1], labels)


def test_class_numbers_in_a_palette(pairs, labels):
    image = Image.fromarray(labels).convert("P")
    image.putpalette([200, 10, 10, 10, 200, 10, 90, 90, 90])
    folder = pairs({"a": labels})
    image.save(folder / "masks/a.png")
    with Image.open(folder / "masks/a.png") as saved:
        assert saved.mode == "P"
    assert np.array_equal(read(folder)[1], labels)


def test_palettes_that_disagree(pairs, labels):
    folder = pairs({"a": labels, "b": labels}, "train")
    for name, palette in (("a", [0, 0, 0, 255, 0, 0, 0, 255, 0]), ("b", [0, 0, 0, 0, 255, 0, 255, 0, 0])):
        image = Image.fromarray(labels).convert("P")
        image.putpalette(palette)
        image.save(folder / f"train/masks/{name}.png")
    fails(folder, "a.png and", "b.png disagree: value 1 is (255, 0, 0) in the one and (0, 255, 0) in the other")


def test_the_number_of_classes_comes_from_all_masks(pairs):
    masks = {f"{number:03d}": np.zeros((4, 4), np.uint8) for number in range(120)}
    masks["117"] = np.full((4, 4), 31, np.uint8)
    assert len(open_dataset(pairs(masks, "train")).classes) == 32


@pytest.mark.parametrize("white", [1, 255])
def test_two_classes(pairs, labels, white):
    mask = (labels > 0).astype(np.uint8)
    dataset, read_labels = read(pairs({"a": mask * white}))
    assert dataset.classes == ("background", "foreground")
    assert np.array_equal(read_labels, mask)


def test_two_classes_in_one_bit(pairs, labels):
    assert np.array_equal(read(pairs({"a": labels > 0}))[1], labels > 0)


def test_two_classes_in_16_bits(pairs, labels):
    assert np.array_equal(read(pairs({"a": (labels > 0) * np.uint16(65535)}))[1], labels > 0)


def test_black_masks_among_black_and_white_ones(pairs, labels):
    dataset = open_dataset(pairs({"a": np.zeros_like(labels), "b": (labels > 0) * np.uint8(255)}, "train"))
    assert dataset.classes == ("background", "foreground")
    assert dataset.count_pixels("train").tolist() == [[240, 0], [184, 56]]


def test_black_and_white_jpeg_is_rounded(save, tmp_path):
    mask = np.zeros((160, 160), np.uint8)
    mask[40:100, 30:120] = 255
    save("train/images/a.png", mask)
    save("train/masks/a.jpg", mask, quality=75)
    assert values_in(tmp_path / "train/masks/a.jpg") > 2
    dataset = open_dataset(tmp_path)
    assert dataset.classes == ("background", "foreground")
    assert (dataset.load("train", (160, 160)).labels[0] != mask // 255).mean() < 0.001


def test_noise_that_was_saved_again_without_loss(pairs):
    mask = np.zeros((40, 40), np.uint8)
    mask[10:30, 10:30] = 255
    noisy = np.clip(mask.astype(int) + np.random.default_rng(0).integers(-9, 10, mask.shape), 0, 255).astype(np.uint8)
    dataset = open_dataset(pairs({"a": noisy}, "train"))
    assert np.array_equal(dataset.load("train", (40, 40)).labels[0], mask // 255)


def test_unknown_colours(pairs, one_hot):
    strange = one_hot.copy()
    strange[:6] = (12, 200, 90)
    fails(pairs({"a": strange}), "masks/a.png is not in pure red, green and blue", "(12, 200, 90)", "Accepted are")


def test_black_pixels_belong_to_no_class(pairs, one_hot):
    one_hot[0, 0] = 0
    fails(pairs({"a": one_hot}), "(0, 0, 0), (0, 0, 255), (0, 255, 0) and (255, 0, 0)")


def test_unknown_grey_values(pairs, labels):
    fails(pairs({"a": labels * 60}), "masks/a.png is not of 0 and 255: it holds the values 0, 60 and 120.")


def test_many_values_are_counted(pairs):
    fails(pairs({"a": np.arange(240, dtype=np.uint8).reshape(12, 20)}), "the values 0, 1, 2, 3, 4 and 235 more")


def test_a_void_colour_is_told(pairs, labels):
    labels[0] = 255
    fails(pairs({"a": labels}), "the values 0, 1, 2 and 255")


def test_a_grey_mask_among_colour(pairs, labels, one_hot):
    fails(pairs({"a": one_hot, "b": labels}), "b.png is grey, unlike the others of its folder")


def test_class_numbers_among_black_and_white(pairs, labels):
    black_and_white = (labels > 0) * np.uint8(255)
    fails(pairs({"a": black_and_white, "b": labels}, "train"), "b.png is not of 0 and 255: it holds the values 0, 1")


def test_a_value_that_only_one_unsampled_mask_has(pairs):
    masks = {f"{number:03d}": np.eye(4, dtype=np.uint8) for number in range(120)}
    masks["117"] = np.full((4, 4), 77, np.uint8)
    fails(pairs(masks, "train"), "117.png holds no class numbers", "only the value 77")


def test_a_mask_that_changed_after_opening(pairs, save, labels):
    dataset = open_dataset(pairs({"a": labels}, "train"))
    save("train/masks/a.png", labels + 5)
    with pytest.raises(DataError, match=r"a.png has a value above 2, the highest class number: it holds the values 5"):
        dataset.load("train", (12, 20))


def test_masks_of_one_value(pairs):
    fails(pairs({"a": np.zeros((4, 4), np.uint8)}), "holds only the value 0; at least two classes are needed")


def test_16_bit_values_too_large(pairs, labels):
    fails(
        pairs({"a": labels.astype(np.uint16) * 400}), "masks/a.png cannot be used: it holds the values 0, 400 and 800"
    )


def test_floating_point_masks(save, pairs, labels):
    folder = pairs({"a": labels}, "train")
    (folder / "train/masks/a.png").unlink()
    save("train/masks/a.tif", labels.astype(np.float32))
    fails(folder, "a.tif holds floating-point numbers", "Accepted are")


def test_a_text_file_called_png(pairs, labels):
    folder = pairs({"a": labels}, "train")
    (folder / "train/masks/a.png").write_text("not a picture", encoding="utf-8")
    fails(folder, "The mask ", "masks/a.png is not a picture that can be read.", "Accepted are jpg")


def test_a_mask_cut_short(pairs):
    noise = np.random.default_rng(0).integers(0, 3, (64, 64), dtype=np.uint8)
    folder = pairs({"a": noise}, "train")
    path = folder / "train/masks/a.png"
    path.write_bytes(path.read_bytes()[:300])
    fails(folder, "masks/a.png is damaged or cut short", "Replace or remove the file")
