"""Fixed benchmarks: what is played, and how a run of it is scored."""

from courtside.bench.clips import CLIPS, BenchClip
from courtside.bench.sim import ClipResult, bench_sim, mean_scores

__all__ = ["CLIPS", "BenchClip", "ClipResult", "bench_sim", "mean_scores"]
