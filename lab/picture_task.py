"""What the classifiers of pictures share: the data, augmentation, the scores."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from costmodel.messages import Message
from lab import metrics
from lab.baselines import labels
from lab.config import LabConfig
from lab.corpora import pictures
from lab.models.flop import training_flop
from lab.models.pictures import ClassifierLoss
from lab.task import Batch, Setting, Task, check_enough, chosen_data, given

_FEWEST_PICTURES = 10
_VALIDATION_PICTURES = 1000
#: Pictures are moved by at most this share of their side, as a careless scan would be.
_SHIFT_SHARE = 1 / 8


class PictureSet:
    """The pictures that a config names, 0..1 on the device, split into train and test."""

    def __init__(self, config: LabConfig, setting: Setting) -> None:
        chosen = chosen_data(config)
        if isinstance(chosen, Path):
            side = config.picture_pixels or pictures.SIDE_PIXELS
            found = pictures.from_folder(chosen, side_pixels=side)
        else:
            found = pictures.load(name=chosen or config.info.data[0])
        self.notes = found.provenance.notes
        self.data = found.provenance.as_json()
        self.labels = list(found.classes)
        split = found.split(seed=config.seed)
        check_enough(
            len(split.train),
            _FEWEST_PICTURES,
            Message("Pictures"),
            batch=config.batch_size,
            world=setting.world,
        )

        def on_device(rows: NDArray[np.intp]) -> tuple[Tensor, Tensor]:
            shown = torch.from_numpy(found.images[rows]).to(setting.device).float() / 255
            return shown, torch.from_numpy(found.labels[rows]).to(setting.device)

        self.pictures, self.targets = on_device(split.train)
        self.test_pictures, self.test_targets = on_device(split.test)


class PictureClassifier(Task):
    """Labelled pictures, shuffled anew each epoch; ``build`` makes the network."""

    def __init__(self, config: LabConfig, setting: Setting) -> None:
        super().__init__(config, setting)
        shown = PictureSet(config, setting)
        self.notes += shown.notes
        self.data = shown.data
        self.labels = shown.labels
        self.pictures, self.targets = shown.pictures, shown.targets
        self.test_pictures, self.test_targets = shown.test_pictures, shown.test_targets
        self.model = self.build(self.pictures[0].shape, len(self.labels)).to(setting.device)
        self.net = ClassifierLoss(
            self.model, loss=given(config.loss), label_smoothing=config.label_smoothing or 0.0
        )
        self.items_per_batch = config.batch_size
        self.flop_per_batch = training_flop(self.model, self.pictures[:1]) * config.batch_size

    def build(self, shape: torch.Size, n_classes: int) -> nn.Module:
        """The network for pictures of ``shape`` (channels, height, width)."""
        raise NotImplementedError

    def batch(self, index: int) -> Batch:
        """The next pictures of a shuffled epoch; the rest of an epoch too short is dropped."""
        size = self.config.batch_size * self.setting.world
        per_epoch = max(1, len(self.pictures) // size)
        epoch, place = divmod(index, per_epoch)
        order = self._order(epoch)
        first = place * size + self.setting.rank * self.config.batch_size
        rows = order[first : first + self.config.batch_size]
        shown = self.pictures[rows]
        if self.config.augment:
            shown = self._moved(shown, index)
        return shown, self.targets[rows]

    def _order(self, epoch: int) -> Tensor:
        if getattr(self, "_epoch", None) != epoch:
            self._epoch = epoch
            rng = np.random.default_rng((self.config.seed, 1, epoch))
            order = torch.from_numpy(rng.permutation(len(self.pictures)))
            self._shuffled = order.to(self.setting.device)
        return self._shuffled

    def _moved(self, shown: Tensor, index: int) -> Tensor:
        """Each picture moved by up to an eighth of its side, black coming in."""
        most = max(1, int(shown.shape[-1] * _SHIFT_SHARE))
        padded = nn.functional.pad(shown, (most,) * 4)
        shifts = self.rng(index).integers(0, 2 * most + 1, size=(len(shown), 2))
        side_y, side_x = shown.shape[-2:]
        moved = torch.empty_like(shown)
        for dy, dx in {tuple(pair) for pair in shifts.tolist()}:
            rows = torch.from_numpy((shifts == (dy, dx)).all(1)).to(shown.device)
            moved[rows] = padded[rows, :, dy : dy + side_y, dx : dx + side_x]
        return moved

    def validation_loss(self) -> float:
        """The loss on up to a thousand held-out pictures."""
        n = _VALIDATION_PICTURES
        return float(self.net(self.test_pictures[:n], self.test_targets[:n]))

    def metrics(self) -> dict[str, Any]:
        """Accuracy, precision, recall, F1, AUC, confusion matrix, with bootstrap intervals."""
        with self.setting.autocast():
            parts = self.test_pictures.split(512)
            shares = [self.model(part).float().softmax(-1).cpu() for part in parts]
        probabilities = torch.cat(shares).numpy().astype(np.float64)
        targets = self.test_targets.cpu().numpy()
        return metrics.classification(targets, probabilities, tuple(self.labels)).as_json()

    def baseline(self) -> dict[str, Any]:
        """Logistic regression on the pixels."""
        found = labels.pixels(
            _levels(self.pictures),
            self.targets.cpu().numpy(),
            _levels(self.test_pictures),
            n_classes=len(self.labels),
        )
        return baseline_scores(found, self.test_targets.cpu().numpy(), self.labels)

    def export(self, folder: Path) -> None:
        """The classes and the shape of a picture."""
        content = {
            "workload": self.config.workload,
            "labels": self.labels,
            "shape": list(self.pictures.shape[1:]),
        }
        (folder / "config.json").write_text(json.dumps(content, ensure_ascii=False), "utf-8")


def baseline_scores(
    found: labels.Classified, targets: NDArray[np.int64], names: list[str]
) -> dict[str, Any]:
    """A baseline's name with its scores, those of a classifier."""
    scores = metrics.classification(targets, found.probabilities, tuple(names)).as_json()
    return {"name": found.name, **{k: v for k, v in scores.items() if k != "roc"}}


def _levels(shown: Tensor) -> NDArray[np.uint8]:
    return (shown.cpu().numpy() * 255).round().astype(np.uint8)
