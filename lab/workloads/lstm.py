"""A recurrent classifier that reads a picture row by row."""

import torch
from torch import nn

from lab.config import LabConfig
from lab.models.pictures import Recurrent
from lab.picture_task import PictureClassifier
from lab.task import Setting, Task, given


class RecurrentClassifier(PictureClassifier):
    """Rows, embedded, through an LSTM."""

    def build(self, shape: torch.Size, n_classes: int) -> nn.Module:
        """The network."""
        c = self.config
        return Recurrent(
            row_width=shape[0] * shape[2],
            n_classes=n_classes,
            width=given(c.d_model),
            n_layers=given(c.n_layers),
            dropout=given(c.dropout),
        )


def make(config: LabConfig, setting: Setting) -> Task:
    """The task."""
    return RecurrentClassifier(config, setting)
