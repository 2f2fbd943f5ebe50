"""The stage index: the whole ledger in memory, compiled so that a stage at the head of the log is two bisections."""

from projections.stage_index.compiled import Stretch
from projections.stage_index.index import StageIndex
from projections.stage_index.models import IndexedModel
from projections.stage_index.segments import Segment
from projections.stage_index.stopped import IndexStopped, Stopped

__all__ = ["IndexStopped", "IndexedModel", "Segment", "StageIndex", "Stopped", "Stretch"]
