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
    noise. ``slope`` is how much of the base's noise is in this matrix (1 is all of it, and what
    training added to that noise), ``slope_back`` the other way round. ``equal_share`` counts
    numbers that are the same to the last bit and not zero; ``change_rank_share`` is the share of
    its directions that hold 99% of the difference.
    """

    cosine: float
    n: int
    kept: float | None
    kept_back: float | None
    slope: float
    slope_back: float
    equal_share: float
    change_rank_share: float


def of(one: Numbers, base: Numbers) -> Kinship:
    """The kinship of two matrices of the same shape."""
    a, b = one - one.mean(), base - base.mean()
    norm = float(np.linalg.norm(a) * np.linalg.norm(b))
    dot = float(np.vdot(a, b))
    related = bool(norm) and dot / norm > _LEAST_KEPT
    ours, theirs = (_directions(a), _directions(b)) if related else (None, None)
    slope, slope_back = _slopes(a, b, ours, theirs)
    return Kinship(
        cosine=dot / norm if norm else 0.0,
        n=a.size,
        kept=_kept(a, b, theirs),
        kept_back=_kept(b, a, ours),
        slope=slope,
        slope_back=slope_back,
        equal_share=float(np.mean((one == base) & (base != 0))),
        change_rank_share=_rank_share(one - base),
    )


def stands_out(matrix: Numbers) -> bool:
    """Whether any direction of a matrix stands out of the noise that a fresh matrix is."""
    centred = matrix - matrix.mean()
    return _standing_out(np.linalg.svd(centred, compute_uv=False), centred.shape) > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Directions:
    """The directions in which a matrix stands out of noise: left, strength, right."""

    left: Numbers
    strength: Numbers
    right: Numbers


def _directions(matrix: Numbers) -> _Directions:
    u, s, vt = np.linalg.svd(matrix, full_matrices=False)
    n = _standing_out(s, matrix.shape)
    return _Directions(left=u[:, :n], strength=s[:n], right=vt[:n])


def _kept(a: Numbers, b: Numbers, of_b: _Directions | None) -> float | None:
    """How well ``a`` keeps the directions in which ``b`` stands out, over how well it keeps the
    rest of ``b``; ``None`` where ``b`` does not stand out or nothing of the rest is kept.
    """
    if of_b is None or not len(of_b.strength):
        return None
    through = np.einsum("ik,ij,kj->k", of_b.left, a, of_b.right, optimize=True)
    noise = b - (of_b.left * of_b.strength) @ of_b.right
    of_noise = float(np.vdot(noise, a)) / float(np.vdot(noise, noise))
    if of_noise < _LEAST_KEPT:
        return None
    return float(through.sum() / of_b.strength.sum()) / of_noise


def _slopes(
    a: Numbers, b: Numbers, of_a: _Directions | None, of_b: _Directions | None
) -> tuple[float, float]:
    """The regression of ``a`` on ``b`` and back, outside of all directions that stand out."""
    if of_a is not None and of_b is not None and (len(of_a.strength) or len(of_b.strength)):
        left = np.linalg.qr(np.concatenate((of_a.left, of_b.left), axis=1))[0]
        right = np.linalg.qr(np.concatenate((of_a.right, of_b.right)).T)[0]
        a, b = (_without(m, left, right) for m in (a, b))
    shared = float(np.vdot(a, b))
    return shared / max(float(np.vdot(b, b)), 1e-30), shared / max(float(np.vdot(a, a)), 1e-30)


def _without(matrix: Numbers, left: Numbers, right: Numbers) -> Numbers:
    rest = matrix - left @ (left.T @ matrix)
    found: Numbers = (rest - (rest @ right) @ right.T).astype(np.float32)
    return found


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
