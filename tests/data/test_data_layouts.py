"""Which folders are datasets, and how images find their masks."""

import re
import shutil

import numpy as np
import pytest

from fcnlab.data import open_dataset
from fcnlab.errors import DataError

SETS = ("following_images", "patrol_non_targ", "patrol_with_targ")


def names(dataset, split):
    return dataset.load(split, (4, 4)).names


def fails(folder, *texts):
    with pytest.raises(DataError) as caught:
        open_dataset(folder)
    for text in texts:
        assert text in str(caught.value)
    assert "\n" not in str(caught.value)


def test_follow_me_layout(pairs, one_hot):
    for split in ("train", "validation", *(f"sample_evaluation_data/{name}" for name in SETS)):
        folder = pairs({"a": one_hot, "b": one_hot}, split)
    dataset = open_dataset(folder)
    assert dataset.classes == ("background", "other people", "hero")
    assert dataset.splits == dict.fromkeys(("train", "validation", *SETS), 2)
    assert dataset.evaluation_sets == SETS
    assert dataset.name == str(folder.resolve())
    assert dataset.title == f"Follow-Me ({folder.name})"


def test_the_courses_other_spelling_of_the_evaluation_folder(pairs, one_hot):
    for name in SETS:
        folder = pairs({"a": one_hot}, f"sample_evalution_data/{name}")
    assert open_dataset(folder).evaluation_sets == SETS


def test_follow_me_without_all_three_sets_has_no_official_score(pairs, one_hot):
    pairs({"a": one_hot}, "train")
    dataset = open_dataset(pairs({"a": one_hot}, "sample_evaluation_data/following_images"))
    assert dataset.splits == {"train": 1, "following_images": 1}
    assert dataset.classes[2] == "hero"
    assert dataset.evaluation_sets == ()


def test_one_hot_folder_that_is_not_follow_me_gets_plain_names(pairs, one_hot):
    dataset = open_dataset(pairs({"a": one_hot}, "train"))
    assert dataset.classes == ("class 0", "class 1", "class 2")
    assert dataset.evaluation_sets == ()


@pytest.mark.parametrize("folder", ["validation", "val", "valid", "Validation"])
def test_train_validation_test_folders(pairs, labels, folder):
    pairs({"a": labels, "b": labels}, "train")
    pairs({"c": labels}, "test")
    dataset = open_dataset(pairs({"d": labels}, folder))
    assert dataset.splits == {"train": 2, "validation": 1, "test": 1}
    assert names(dataset, "validation") == ("d.png",)


def test_plain_folder_is_divided_four_to_one_and_always_alike(pairs, labels):
    folder = pairs({f"{number:02d}": labels for number in range(20)})
    dataset = open_dataset(folder)
    assert dataset.splits == {"train": 16, "validation": 4}
    train, validation = names(dataset, "train"), names(dataset, "validation")
    assert sorted(train + validation) == [f"{number:02d}.png" for number in range(20)]
    moved = folder.parent / "moved"
    shutil.copytree(folder, moved)
    assert names(open_dataset(moved), "validation") == validation


def test_a_single_pair_is_all_train(pairs, labels):
    assert open_dataset(pairs({"a": labels})).splits == {"train": 1}


def test_both_spellings_of_validation(pairs, labels):
    pairs({"a": labels}, "val")
    fails(pairs({"a": labels}, "validation"), "has both validation/ and val/", "Keep one of them")


def test_hidden_files_and_other_files_are_ignored(pairs, labels):
    folder = pairs({"a": labels, "b": labels}, "train")
    for name in ("images/.hidden.png", "images/._a.png", "masks/Thumbs.db", "masks/notes.txt"):
        (folder / "train" / name).write_bytes(b"x")
    assert open_dataset(folder).splits == {"train": 2}


def test_suffixes_in_capitals_and_mixed_formats(save, tmp_path, labels):
    image = np.zeros((*labels.shape, 3), np.uint8)
    for number, suffix in enumerate(("JPG", "jpeg", "PNG", "bmp", "gif", "tif", "TIFF", "webp")):
        save(f"train/images/{number}.{suffix}", image)
        save(f"train/masks/{number}.png", labels)
    assert open_dataset(tmp_path).load("train", (6, 10)).images.shape == (8, 6, 10, 3)


def test_pairs_by_name_whatever_the_order(save, tmp_path):
    for number, stem in enumerate(("b", "a", "c")):
        save(f"train/images/{stem}.png", np.full((4, 4, 3), number, np.uint8))
        save(f"train/masks/{stem}.bmp", np.full((4, 4), number, np.uint8))
    loaded = open_dataset(tmp_path).load("train", (4, 4))
    assert loaded.images[:, 0, 0, 0].tolist() == loaded.labels[:, 0, 0].tolist() == [1, 0, 2]


def test_pairs_by_name_with_an_ending(save, tmp_path):
    # In plain sorted order a_mask comes after a1_mask, while a.png comes before a1.png.
    for number, stem in enumerate(("a", "a1")):
        save(f"train/images/{stem}.png", np.full((4, 4, 3), number, np.uint8))
        save(f"train/masks/{stem}_mask.png", np.full((4, 4), number, np.uint8))
    loaded = open_dataset(tmp_path).load("train", (4, 4))
    assert loaded.images[:, 0, 0, 0].tolist() == loaded.labels[:, 0, 0].tolist() == [0, 1]


def test_pairs_by_order_where_names_differ(save, tmp_path):
    for number in range(3):
        save(f"train/images/6_run1cam1_{number:05d}.jpeg", np.full((8, 8, 3), 50 * number, np.uint8))
        save(f"train/masks/6_run1_mask_{number:05d}.png", np.full((8, 8), number, np.uint8))
    loaded = open_dataset(tmp_path).load("train", (8, 8))
    assert (loaded.images[:, 0, 0, 0] // 45).tolist() == loaded.labels[:, 0, 0].tolist() == [0, 1, 2]


def test_a_missing_mask_is_named(pairs, labels):
    folder = pairs({"a": labels, "b": labels, "c": labels}, "train")
    (folder / "train/masks/b.png").unlink()
    fails(folder, "b.png has no mask of the same name (3 images and 2 masks)", "Give each image")


def test_a_missing_image_is_named(pairs, labels):
    folder = pairs({"a": labels, "b": labels}, "train")
    (folder / "train/images/b.png").unlink()
    fails(folder, str(folder / "train/masks/b.png"), "has no image of the same name")


def test_order_is_not_used_where_it_would_tear_equal_names_apart(pairs, labels):
    folder = pairs({"a": labels, "b": labels, "c": labels}, "train")
    (folder / "train/masks/a.png").rename(folder / "train/masks/z.png")
    fails(folder, "a.png has no mask of the same name (3 images and 3 masks)")


def test_two_images_of_one_name(save, tmp_path, labels):
    for name in ("a.png", "a.jpg"):
        save(f"train/images/{name}", np.zeros((12, 20, 3), np.uint8))
    save("train/masks/a.png", labels)
    fails(tmp_path, "have the same name (2 images and 1 masks)")


def test_an_empty_folder(tmp_path):
    fails(tmp_path, f"{tmp_path} has no images/ and masks/ in it", "Follow-Me layout")


def test_images_without_masks(pairs, labels):
    folder = pairs({"a": labels}, "train")
    shutil.rmtree(folder / "train/masks")
    fails(folder, f"{folder / 'train'} has no masks/ in it")


def test_a_folder_without_pictures(pairs, labels):
    folder = pairs({"a": labels}, "train")
    (folder / "train/masks/a.png").unlink()
    fails(folder, f"{folder / 'train/masks'} has no pictures in it", ".webp")


@pytest.mark.parametrize("name", ["nothing/here", "", " ", "a\0b", "x" * 5000, "~nosuchuser/x"])
def test_a_folder_that_does_not_exist(name):
    fails(name, "There is no dataset folder", "Built-in datasets: shapes.", "images/ and masks/")


def test_a_file_instead_of_a_folder(save, labels):
    fails(save("a.png", labels), "a.png is a file; a dataset is a folder")


def test_links_within_the_folder_are_followed(pairs, labels):
    folder = pairs({"a": labels}, "train")
    (folder / "train/images/b.png").symlink_to(folder / "train/images/a.png")
    (folder / "train/masks/b.png").symlink_to(folder / "train/masks/a.png")
    (folder / "val").symlink_to("train")
    assert open_dataset(folder).splits == {"train": 2, "validation": 2}


@pytest.mark.parametrize("link", ["train/images/b.png", "val"])
def test_links_out_of_the_folder_are_refused(pairs, labels, link, tmp_path_factory):
    folder = pairs({"a": labels}, "train")
    outside = tmp_path_factory.mktemp("outside")
    shutil.copytree(folder / "train", outside / "val")
    (folder / link).symlink_to(outside / "val/images/a.png" if link.endswith("png") else outside / "val")
    fails(folder, f"{folder / link} is a link that leads out of the folder")


def test_reopening_is_cheap_and_sees_new_files(pairs, labels):
    folder = pairs({"a": labels}, "train")
    first = open_dataset(folder)
    assert open_dataset(str(folder)) is first
    pairs({"a": labels, "b": labels}, "train")
    assert open_dataset(folder).splits == {"train": 2}


def test_class_names_from_a_file(pairs, labels):
    folder = pairs({"a": labels}, "train")
    (folder / "classes.txt").write_text("road\n\n car \nsky\nbird\n", encoding="utf-8")
    assert open_dataset(folder).classes == ("road", "car", "sky", "bird")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"a\nb\n", "names 2 classes, but the masks hold 3"),
        (b"a\n", "names 1 classes; 2 to 32 are possible"),
        (b"a\nb\na\n", "names 'a' twice"),
        (b"a\nb\n\xff\xfe\n", "cannot be read as UTF-8 text"),
        (b"a\nb\n" + b"c" * 61, "at most 60 printable characters"),
    ],
)
def test_bad_class_names(pairs, labels, text, expected):
    folder = pairs({"a": labels}, "train")
    (folder / "classes.txt").write_bytes(text)
    with pytest.raises(DataError, match=re.escape(expected)):
        open_dataset(folder)


def test_sorted_order_counts_numbers_as_people_do(save, tmp_path):
    """Unpadded image numbers beside padded mask numbers: 2 comes before 10 in both."""
    for number in range(1, 13):
        save(f"images/{number}.png", np.full((4, 4, 3), number, np.uint8))
        save(f"masks/truth-{number:02}.png", np.full((4, 4), 255 * (number % 2), np.uint8))
    dataset = open_dataset(tmp_path)
    for split in dataset.splits:
        pairs = dataset.load(split, (4, 4))
        for image, label in zip(pairs.images, pairs.labels, strict=True):
            assert label[0, 0] == image[0, 0, 0] % 2
