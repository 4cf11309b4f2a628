"""How good a classifier is on the validation events."""

from dataclasses import dataclass

import numpy as np

from hepcoder.tools.learning.batches import Source
from hepcoder.tools.learning.models.pytorch import torch
from hepcoder.tools.learning.training.metrics import accuracy, mean_auc
from hepcoder.tools.learning.training.steps import Stepper


@dataclass(frozen=True)
class Validation:
    """Loss, AUC and accuracy, weighted as the training's loss; see `Epoch`."""

    loss: float
    auc: float | None
    accuracy: float | None


def validate(stepper: Stepper, source: Source, batch_size: int) -> Validation:
    """Look at the validation split once, without changing weights.

    Args:
        stepper: With the classifier.
        source: Of the events.
        batch_size: Events at a time; at the end probabilities, labels and weights of all are in memory.
    """
    totals, weights, probabilities, labels = [], [], [], []
    stepper.classifier.eval()
    with torch.inference_mode():
        for batch in source.batches("validation", batch_size):
            total, weight, logits = stepper.losses(batch)
            totals.append(total)
            weights.append(weight)
            probabilities.append(logits.softmax(dim=1))
            labels.append(batch.label)
        summed = torch.cat(weights).double().cpu().numpy()
        loss = torch.stack(totals).double().sum().item() / summed.sum()
        probability = torch.cat(probabilities).cpu().numpy()
    label = np.concatenate(labels)
    return Validation(float(loss), mean_auc(probability, label, summed), accuracy(probability, label, summed))
