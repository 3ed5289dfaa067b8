"""A dense network on pictures."""

import math

import torch
from torch import nn

from lab.config import LabConfig
from lab.models.pictures import Dense
from lab.picture_task import PictureClassifier
from lab.task import Setting, Task, given


class DenseClassifier(PictureClassifier):
    """Pixels through dense layers."""

    def build(self, shape: torch.Size, n_classes: int) -> nn.Module:
        """The network."""
        c = self.config
        return Dense(
            n_inputs=math.prod(shape),
            n_classes=n_classes,
            width=given(c.d_model),
            n_layers=given(c.n_layers),
            act=given(c.activation),
            dropout=given(c.dropout),
        )


def make(config: LabConfig, setting: Setting) -> Task:
    """The task."""
    return DenseClassifier(config, setting)
