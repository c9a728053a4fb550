"""Which folders are datasets, and how images find their masks."""

import re
import shutil

import numpy as np
import pytest

from fcnlab.data import open_dataset
from fcnlab.data.document import DatasetFile, write_dataset_file
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


def problems(dataset):
    return {problem.file: (problem.reason, problem.message) for problem in dataset.problems}


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


def test_a_missing_mask_is_named_and_the_rest_is_used(pairs, labels):
    folder = pairs({"a": labels, "b": labels, "c": labels}, "train")
    (folder / "train/masks/b.png").unlink()
    dataset = open_dataset(folder)
    assert dataset.file_names("train") == ("a.png", "c.png")
    reason, message = problems(dataset)["train/images/b.png"]
    assert reason == "no partner"
    assert "There is no mask of the same name (3 images and 2 masks)." in message


def test_a_missing_image_is_named_and_the_rest_is_used(pairs, labels):
    folder = pairs({"a": labels, "b": labels}, "train")
    (folder / "train/images/b.png").unlink()
    dataset = open_dataset(folder)
    assert dataset.splits == {"train": 1}
    assert "There is no image of the same name" in problems(dataset)["train/masks/b.png"][1]


def test_no_image_with_a_mask_at_all(pairs, labels):
    folder = pairs({"a": labels, "b": labels}, "train")
    (folder / "train/images/b.png").rename(folder / "train/images/x.png")
    (folder / "train/masks/a.png").unlink()
    fails(folder, "There is no mask of the same name", "Give each image and its mask the same name")


def test_order_is_not_used_where_it_would_tear_equal_names_apart(pairs, labels):
    folder = pairs({"a": labels, "b": labels, "c": labels}, "train")
    (folder / "train/masks/a.png").rename(folder / "train/masks/z.png")
    dataset = open_dataset(folder)
    assert dataset.file_names("train") == ("b.png", "c.png")
    assert set(problems(dataset)) == {"train/images/a.png", "train/masks/z.png"}


def test_how_pairs_were_found_is_told(save, pairs, labels):
    for number in range(2):
        save(f"train/images/left{number}.png", labels)
        save(f"train/masks/right{number}.png", labels)
    dataset = open_dataset(pairs({"a": labels}, "val"))
    assert dataset.found.ways == {"train": "order", "validation": "stem"}


@pytest.mark.parametrize(("pairing", "names"), [("stem", ("1.png",)), ("order", ("1.png", "2.png"))])
def test_the_way_of_pairing_can_be_said(save, tmp_path, labels, pairing, names):
    for name in ("images/1", "images/2", "masks/1", "masks/x2"):
        save(f"train/{name}.png", labels)
    write_dataset_file(tmp_path, DatasetFile(title="mine", pairing=pairing))
    assert open_dataset(tmp_path).file_names("train") == names


def test_by_order_needs_equal_counts(save, tmp_path, labels):
    for name in ("images/1", "images/2", "masks/1"):
        save(f"train/{name}.png", labels)
    write_dataset_file(tmp_path, DatasetFile(title="mine", pairing="order"))
    fails(tmp_path, "have 2 images and 1 mask: they cannot be paired by order. Pair them by name")


def test_the_projects_own_names_with_a_mask_missing(save, tmp_path):
    for number in range(3):
        save(f"train/images/6_run1cam1_{number:05d}.jpeg", np.full((8, 8, 3), 50 * number, np.uint8))
        save(f"train/masks/6_run1_mask_{number:05d}.png", np.full((8, 8), number, np.uint8))
    (tmp_path / "train/masks/6_run1_mask_00001.png").unlink()
    dataset = open_dataset(tmp_path)
    assert dataset.file_names("train") == ("6_run1cam1_00000.jpeg", "6_run1cam1_00002.jpeg")
    assert set(problems(dataset)) == {"train/images/6_run1cam1_00001.jpeg"}


def test_two_images_of_one_name(save, pairs, labels):
    folder = pairs({"a": labels, "b": labels}, "train")
    save("train/images/a.jpg", np.zeros((12, 20, 3), np.uint8))
    dataset = open_dataset(folder)
    assert dataset.file_names("train") == ("b.png",)
    assert set(problems(dataset)) == {"train/images/a.jpg", "train/images/a.png", "train/masks/a.png"}
    assert "Several files have this name" in problems(dataset)["train/images/a.jpg"][1]


def test_a_split_that_cannot_be_used_leaves_the_others(pairs, labels):
    folder = pairs({"a": labels}, "train")
    (folder / "val/images").mkdir(parents=True)
    dataset = open_dataset(folder)
    assert dataset.splits == {"train": 1}
    assert "has no masks/ in it" in problems(dataset)["val"][1]


def test_splits_inside_of_images_and_masks(pairs, save, tmp_path, labels):
    for split in ("train", "val"):
        for number in range(2):
            save(f"images/{split}/{number}.png", labels)
            save(f"labels/{split}/{number}.png", labels)
    assert open_dataset(tmp_path).splits == {"train": 2, "validation": 2}


@pytest.mark.parametrize("parts", [("img", "labels"), ("Image", "Annotations"), ("JPEGImages", "SegmentationClass")])
def test_other_names_of_the_two_folders(save, tmp_path, labels, parts):
    for part in parts:
        save(f"train/{part}/a.png", labels)
    assert open_dataset(tmp_path).splits == {"train": 1}


def test_a_folder_of_label_files_does_not_hide_the_masks(pairs, labels):
    folder = pairs({"a": labels}, "train")
    (folder / "train/labels").mkdir()
    (folder / "train/labels/a.txt").write_text("0 0.5 0.5 1 1", encoding="utf-8")
    assert open_dataset(folder).splits == {"train": 1}


def test_two_folders_that_could_both_hold_the_masks(save, tmp_path, labels):
    for part in ("images", "labels", "annotations"):
        save(f"train/{part}/a.png", labels)
    fails(tmp_path, "has both labels/ and annotations/. Keep one of them, or call it masks/")


def test_pascal_vocs_lists_of_names(save, tmp_path, labels):
    for name in "abcd":
        save(f"JPEGImages/{name}.jpg", np.zeros((12, 20, 3), np.uint8))
    for name in "abc":
        save(f"SegmentationClass/{name}.png", labels)
    lists = tmp_path / "ImageSets" / "Segmentation"
    lists.mkdir(parents=True)
    (lists / "train.txt").write_text("b\na\n", encoding="utf-8")
    (lists / "val.txt").write_text("c\n", encoding="utf-8")
    dataset = open_dataset(tmp_path)
    assert dataset.file_names("train") == ("b.jpg", "a.jpg")
    assert dataset.file_names("validation") == ("c.jpg",)
    assert dataset.problems == ()


@pytest.mark.parametrize(("under", "splits"), [("", {"train": 4, "validation": 1}), ("train/", {"train": 5})])
@pytest.mark.parametrize("ending", ["_mask.png", "-label.png", "_gt.png", ".png"])
def test_images_and_masks_side_by_side(save, tmp_path, labels, under, splits, ending):
    for number in range(5):
        save(f"{under}{number}.jpg", np.zeros((12, 20, 3), np.uint8))
        save(f"{under}{number}{ending}", labels)
    dataset = open_dataset(tmp_path)
    assert dataset.splits == splits
    assert all(name.endswith(".jpg") for name in dataset.file_names("train"))


def test_pictures_without_any_mask(save, tmp_path):
    for number in range(4):
        save(f"{number}.jpg", np.zeros((12, 20, 3), np.uint8))
    fails(tmp_path, "has no images/ and masks/ in it", "0001.jpg, 0001_mask.png")


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
    fails(name, "There is no dataset folder", "Built-in datasets: shapes, followme-sim.", "images/ and masks/")


def test_a_file_instead_of_a_folder(save, labels):
    fails(save("a.png", labels), "a.png is a file; a dataset is a folder")


def test_links_within_the_folder_are_followed(pairs, labels):
    folder = pairs({"a": labels}, "train")
    (folder / "train/images/b.png").symlink_to(folder / "train/images/a.png")
    (folder / "train/masks/b.png").symlink_to(folder / "train/masks/a.png")
    (folder / "val").symlink_to("train")
    assert open_dataset(folder).splits == {"train": 2, "validation": 2}


@pytest.mark.parametrize("link", ["train/images/b.png", "val"])
def test_links_out_of_the_folder_are_left_out(pairs, labels, link, tmp_path_factory):
    folder = pairs({"a": labels}, "train")
    outside = tmp_path_factory.mktemp("outside")
    shutil.copytree(folder / "train", outside / "val")
    (folder / link).symlink_to(outside / "val/images/a.png" if link.endswith("png") else outside / "val")
    dataset = open_dataset(folder)
    assert dataset.splits == {"train": 1}
    reason, message = problems(dataset)[link]
    assert reason == "link"
    assert "is a link that leads out of the folder" in message


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
