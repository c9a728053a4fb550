"""Which masks are understood, and what is said of the others."""

import numpy as np
import pytest
from PIL import Image

from fcnlab.data import IGNORE, open_dataset
from fcnlab.data.document import DatasetFile, MaskReading, write_dataset_file
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


def left_out(folder, name):
    """Why a mask is left out while the others are used."""
    dataset = open_dataset(folder)
    (problem,) = dataset.problems
    assert (problem.file, problem.reason) == (name, "mask of another kind")
    dataset.load("train", (12, 20))
    return problem.message


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
    message = left_out(folder, "train/masks/b.png")
    assert "b.png disagree: value 1 is (255, 0, 0) in the one and (0, 255, 0) in the other" in message
    reading = MaskReading(style="colors", values={"#000000": 0, "#ff0000": 1, "#00ff00": 2})
    write_dataset_file(folder, DatasetFile(title="by colour", masks=reading))
    loaded = open_dataset(folder).load("train", (12, 20)).labels
    assert np.array_equal(loaded[0], labels)
    assert np.array_equal(loaded[1], np.array([0, 2, 1])[labels])


def test_the_classes_come_from_all_masks(pairs):
    masks = {f"{number:03d}": np.zeros((4, 4), np.uint8) for number in range(120)}
    masks["117"] = np.full((4, 4), 31, np.uint8)
    assert open_dataset(pairs(masks, "train")).classes == ("class 0", "class 31")


def test_class_numbers_with_gaps(pairs, labels):
    dataset, read_labels = read(pairs({"a": np.array([0, 7, 9], np.uint8)[labels]}))
    assert dataset.classes == ("class 0", "class 7", "class 9")
    assert dataset.reading == MaskReading(style="index", values={"0": 0, "7": 1, "9": 2})
    assert np.array_equal(read_labels, labels)


def test_class_numbers_with_gaps_and_a_name_for_every_number(pairs, labels):
    folder = pairs({"a": np.array([0, 2, 4], np.uint8)[labels]})
    (folder / "classes.txt").write_text("a\nb\nc\nd\ne\n", encoding="utf-8")
    dataset, read_labels = read(folder)
    assert len(dataset.classes) == 5
    assert np.array_equal(read_labels, labels * 2)


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


def test_flat_colours(pairs, labels):
    colours = np.array([(12, 200, 90), (0, 0, 0), (255, 0, 0)], np.uint8)
    dataset, read_labels = read(pairs({"a": colours[labels]}))
    assert dataset.classes == ("#0cc85a", "black", "red")  # most of the pixels first, then in order of the codes
    assert dataset.colors == ("#0cc85a", "#000000", "#ff0000")
    assert np.array_equal(read_labels, labels)
    assert dataset.count_pixels("train").tolist() == [np.bincount(labels.ravel()).tolist()]


def test_an_all_black_mask_among_flat_colours(pairs, labels):
    colours = np.array([(0, 0, 0), (255, 255, 0), (128, 0, 0)], np.uint8)
    dataset = open_dataset(pairs({"a": colours[labels], "b": colours[labels * 0]}, "train"))
    assert dataset.classes == ("black", "#800000", "yellow")
    assert dataset.problems == ()
    assert not dataset.mask("train", 1).any()


def test_colours_that_were_saved_with_loss(save, tmp_path, labels):
    colours = np.array([(0, 0, 0), (255, 255, 0), (128, 0, 0)], np.uint8)
    save("train/images/a.png", colours[labels])
    save("train/masks/a.jpg", colours[labels])
    fails(tmp_path, "masks/a.jpg was saved with loss, so that its colours are not exact", "Accepted are")


def test_a_photograph_in_the_folder_of_masks(pairs, labels, one_hot):
    noise = np.random.default_rng(0).integers(0, 256, (12, 20, 3), dtype=np.uint8)
    colours = np.array([(0, 0, 0), (255, 255, 0), (128, 0, 0)], np.uint8)
    assert "has more than 32 colours" in left_out(
        pairs({"a": colours[labels], "b": noise, "c": colours[labels]}, "train"), "train/masks/b.png"
    )


def test_more_colours_than_classes_are_possible(pairs):
    masks = {str(part): np.arange(60, dtype=np.uint8).reshape(2, 10, 3) + 60 * part for part in range(3)}
    fails(pairs(masks, "train"), "hold 60 different colours; at most 32 classes are possible", "without smoothing")


def test_a_one_hot_mask_with_black_pixels_among_others(pairs, one_hot):
    masks = {f"{number:02d}": one_hot for number in range(20)}
    masks["07"] = one_hot.copy()
    masks["07"][0, 0] = 0
    message = left_out(pairs(masks, "train"), "train/masks/07.png")
    assert "is not in pure red, green and blue" in message
    assert "(0, 0, 0), (0, 0, 255), (0, 255, 0) and (255, 0, 0)" in message


def test_flat_greys(pairs, labels):
    dataset, read_labels = read(pairs({"a": labels * 60}))
    assert dataset.classes == ("class 0", "class 60", "class 120")
    assert np.array_equal(read_labels, labels)


def test_many_values_are_counted(pairs):
    fails(pairs({"a": np.arange(240, dtype=np.uint8).reshape(12, 20)}), "the values 0, 1, 2, 3, 4 and 235 more")


@pytest.mark.parametrize("mode", ["L", "P"])
def test_255_beside_class_numbers_is_ignored(pairs, labels, mode):
    marked = labels.copy()
    marked[0] = 255
    folder = pairs({"a": marked})
    image = Image.fromarray(marked)
    if mode == "P":
        image = image.convert("P")
        image.putpalette(list(range(256)) * 3)
    image.save(folder / "masks/a.png")
    dataset, read_labels = read(folder)
    assert dataset.classes == ("class 0", "class 1", "class 2")
    assert dataset.reading.values["255"] is None
    assert np.array_equal(read_labels, marked)
    assert (read_labels == IGNORE).sum() == 20
    assert np.array_equal(dataset.mask("train", 0), marked)
    assert dataset.count_pixels("train").sum() == 240 - 20
    loaded = dataset.load("train", (6, 10))
    assert not loaded.presence[loaded.labels == IGNORE].any()


def test_255_beside_two_classes(pairs, labels):
    marked = (labels > 0).astype(np.uint8)
    marked[0] = 255
    assert read(pairs({"a": marked}))[0].classes == ("background", "foreground")


def test_255_as_a_class_among_flat_greys(pairs, labels):
    dataset, read_labels = read(pairs({"a": np.array([0, 128, 255], np.uint8)[labels]}))
    assert dataset.classes == ("class 0", "class 128", "class 255")
    assert np.array_equal(read_labels, labels)


def test_ignored_pixels_with_the_largest_share_of_a_pixel(pairs):
    mask = np.zeros((8, 8), np.uint8)
    mask[:, :3], mask[:, 3] = 255, 1
    loaded = open_dataset(pairs({"a": mask}, "train")).load("train", (4, 4))
    assert loaded.labels[0, 0].tolist() == [255, 255, 0, 0]


@pytest.mark.parametrize("picture", ["flat", "photograph"])
def test_the_transparency_is_the_mask(pairs, labels, picture):
    opaque = (labels > 0) * np.uint8(255)
    colours = np.full((12, 20, 3), 200, np.uint8)
    if picture == "photograph":
        colours = np.random.default_rng(0).integers(0, 256, (12, 20, 3), dtype=np.uint8)
    dataset, read_labels = read(pairs({"a": np.dstack([colours, opaque])}))
    assert dataset.classes == ("background", "foreground")
    assert dataset.reading == MaskReading(style="alpha", values={"0": 0, "255": 1})
    assert np.array_equal(read_labels, labels > 0)


def test_a_grey_mask_among_colour(pairs, labels, one_hot):
    folder = pairs({"a": one_hot, "b": labels, "c": one_hot}, "train")
    assert "b.png is grey, unlike the others of its folder" in left_out(folder, "train/masks/b.png")


def test_a_grey_mask_among_many_in_colour_is_found_on_opening(pairs, labels, one_hot):
    masks = {f"{number:03d}": one_hot for number in range(120)}
    folder = pairs(masks | {"117": labels}, "train")
    assert "117.png is grey" in left_out(folder, "train/masks/117.png")


def test_class_numbers_among_black_and_white(pairs, labels):
    black_and_white = (labels > 0) * np.uint8(255)
    folder = pairs({"a": black_and_white, "b": labels, "c": black_and_white}, "train")
    assert "b.png is not of 0 and 255: it holds the values 0, 1" in left_out(folder, "train/masks/b.png")


def test_black_and_white_among_class_numbers(pairs, labels):
    folder = pairs({"a": labels, "b": (labels > 0) * np.uint8(255), "c": labels}, "train")
    assert "b.png is black and white, while others" in left_out(folder, "train/masks/b.png")


def test_a_value_that_only_one_unsampled_mask_has(pairs):
    masks = {f"{number:03d}": np.eye(4, dtype=np.uint8) for number in range(120)}
    masks["117"] = np.full((4, 4), 77, np.uint8)
    message = left_out(pairs(masks, "train"), "train/masks/117.png")
    assert "117.png holds no class numbers" in message
    assert "only the value 77" in message


def test_a_mask_that_changed_after_opening(pairs, save, labels):
    dataset = open_dataset(pairs({"a": labels}, "train"))
    save("train/masks/a.png", labels + 5)
    with pytest.raises(DataError, match=r"a.png has the value 5, which stands for no class \(those do: 0, 1, 2\)"):
        dataset.load("train", (12, 20))


def test_masks_of_one_value(pairs):
    fails(pairs({"a": np.zeros((4, 4), np.uint8)}), "holds only the value 0; at least two classes are needed")


def test_16_bit_values_too_large(pairs, labels):
    fails(
        pairs({"a": labels.astype(np.uint16) * 400}),
        "masks/a.png holds the values 0, 400 and 800; the numbers of a 16-bit mask go from 0 to 255",
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


def test_one_mask_in_colour_does_not_decide_for_the_others(pairs, labels, one_hot):
    masks = {f"{number:02d}": labels for number in range(6)} | {"99": one_hot}
    dataset = open_dataset(pairs(masks, "train"))
    assert (dataset.splits, len(dataset.classes)) == ({"train": 6}, 3)
    (problem,) = dataset.problems
    assert "train/masks/99.png is in colour, unlike the others of its folder" in problem.message


def test_one_mask_in_colour_among_many_in_black_and_white(pairs, labels, one_hot):
    masks = {f"{number:02d}": (labels > 0) * np.uint8(255) for number in range(12)} | {"99": one_hot}
    dataset = open_dataset(pairs(masks, "train"))
    assert (dataset.splits, len(dataset.classes), len(dataset.problems)) == ({"train": 12}, 2, 1)


def test_black_and_white_masks_among_flat_colours_are_colours(pairs, labels):
    colours = np.array([(0, 0, 0), (255, 255, 255), (255, 255, 0)], np.uint8)
    masks = {"a": colours[labels], "b": colours[labels], "c": colours[labels % 2], "d": colours[labels % 2]}
    dataset = open_dataset(pairs(masks, "train"))
    assert (dataset.splits, len(dataset.classes), dataset.problems) == ({"train": 4}, 3, ())
