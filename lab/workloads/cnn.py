"""A convolutional classifier of pictures."""

import torch
from torch import nn

from lab.config import LabConfig
from lab.models.pictures import Convolutional
from lab.picture_task import PictureClassifier
from lab.task import Setting, Task, given


class ConvolutionalClassifier(PictureClassifier):
    """Two convolutions and a dense layer."""

    def build(self, shape: torch.Size, n_classes: int) -> nn.Module:
        """The network."""
        c = self.config
        return Convolutional(
            channels=shape[0],
            pixels=shape[-1],
            n_classes=n_classes,
            width=given(c.d_model),
            act=given(c.activation),
            dropout=given(c.dropout),
        )


def make(config: LabConfig, setting: Setting) -> Task:
    """The task."""
    return ConvolutionalClassifier(config, setting)
