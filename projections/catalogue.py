"""The projections that there are: the one list that the runner, the rebuilds and the readers go by."""

from projections.casualties.rows import CASUALTIES
from projections.control_map.rows import CONTROL_MAP
from projections.displacement.rows import DISPLACEMENT
from projections.hazards.rows import HAZARDS
from projections.occurrences.rows import OCCURRENCES
from projections.registry.rows import REGISTRY
from projections.strikes.rows import STRIKES
from projections.subjects import Catalogue

CATALOGUE = Catalogue(
    registries=(REGISTRY,),
    occurrences=(OCCURRENCES, CONTROL_MAP, CASUALTIES, STRIKES, HAZARDS, DISPLACEMENT),
)
