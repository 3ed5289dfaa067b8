"""How much of one matrix is in another, and whether that is training or only the start.

Two models that were trained apart, in bases of their own, have weights that are as good as
uncorrelated. A model that came from another keeps its weights, also what training put into
them. Models that only began from the same random numbers keep those and not the rest; the
directions in which a matrix of the base stands out of the noise of its start tell the two
apart: what came from the base keeps them as well as it keeps the noise.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from lab.verify.numbers import Numbers

#: Directions of one matrix that are followed.
_MOST_DIRECTIONS: Final = 16
#: A direction stands out where its strength passes the edge of noise by this share.
_MARGIN: Final = 1.05
#: What is kept of the noise is measured only where that is at all above chance.
_LEAST_KEPT: Final = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Kinship:
    """Two matrices of one place.

    ``cosine`` is their correlation about their means, ``n`` the numbers compared. ``kept`` is
    how well this matrix keeps the base's trained directions over how well it keeps its noise,
    ``kept_back`` the same the other way round; ``None`` where a matrix does not stand out of
    noise. ``equal_share`` counts numbers that are the same to the last bit and not zero;
    ``change_rank_share`` is the share of its directions that hold 99% of the difference.
    """

    cosine: float
    n: int
    kept: float | None
    kept_back: float | None
    equal_share: float
    change_rank_share: float


def of(one: Numbers, base: Numbers) -> Kinship:
    """The kinship of two matrices of the same shape."""
    a, b = one - one.mean(), base - base.mean()
    norm = float(np.linalg.norm(a) * np.linalg.norm(b))
    dot = float(np.vdot(a, b))
    related = bool(norm) and dot / norm > _LEAST_KEPT
    return Kinship(
        cosine=dot / norm if norm else 0.0,
        n=a.size,
        kept=_kept(a, b) if related else None,
        kept_back=_kept(b, a) if related else None,
        equal_share=float(np.mean((one == base) & (base != 0))),
        change_rank_share=_rank_share(one - base),
    )


def stands_out(matrix: Numbers) -> bool:
    """Whether any direction of a matrix stands out of the noise that a fresh matrix is."""
    centred = matrix - matrix.mean()
    return _standing_out(np.linalg.svd(centred, compute_uv=False), centred.shape) > 0


def _kept(a: Numbers, b: Numbers) -> float | None:
    """How well ``a`` keeps the directions in which ``b`` stands out, over how well it keeps the
    rest of ``b``; ``None`` where ``b`` does not stand out or nothing of the rest is kept.
    """
    u, s, vt = np.linalg.svd(b, full_matrices=False)
    n_out = _standing_out(s, b.shape)
    if not n_out:
        return None
    u, s, vt = u[:, :n_out], s[:n_out], vt[:n_out]
    through = np.einsum("ik,ij,kj->k", u, a, vt, optimize=True)
    noise = b - (u * s) @ vt
    of_noise = float(np.vdot(noise, a)) / float(np.vdot(noise, noise))
    if of_noise < _LEAST_KEPT:
        return None
    return float(through.sum() / s.sum()) / of_noise


def _standing_out(s: Numbers, shape: tuple[int, ...]) -> int:
    """How many singular values lie beyond those of noise of the same strength.

    Source: the edge is that of Marchenko and Pastur 1967, sigma (sqrt m + sqrt n); sigma is of
    what is left when those beyond it are taken out.
    """
    m, n = shape
    edge_of_one = np.sqrt(m) + np.sqrt(n)
    most = min(_MOST_DIRECTIONS, len(s) // 4)
    squares = s.astype(np.float64) ** 2
    count = 0
    while count < most:
        sigma = np.sqrt(squares[count:].sum() / ((m - count) * (n - count)))
        if s[count] <= _MARGIN * sigma * edge_of_one:
            break
        count += 1
    return count


def _rank_share(change: Numbers) -> float:
    """The share of its directions that hold 99% of a change: small for an adapter's."""
    if not change.any():
        return 0.0
    energy = np.linalg.svd(change, compute_uv=False).astype(np.float64) ** 2
    held = np.searchsorted(np.cumsum(energy), 0.99 * energy.sum()) + 1
    return float(held) / len(energy)
