"""The RQ queues and the jobs on them, by name: who enqueues a job does not import what does it."""

from redis import Redis
from rq import Queue
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer

REBUILD = "rebuild"
"""Rebuilds of projections, one after the other on each worker."""

REBUILD_TIMEOUT_S = 6 * 3600

_A_DAY_S = 24 * 3600
_ENDED = frozenset({JobStatus.FINISHED, JobStatus.FAILED, JobStatus.STOPPED, JobStatus.CANCELED})
_UNSTARTED_S = 60


def queue(name: str, redis: Redis) -> Queue:
    """Give a queue, whose jobs are kept as JSON."""
    return Queue(name, connection=redis, serializer=JSONSerializer)


def enqueue_rebuild(redis: Redis, projection: str, job: str | None = None, *, once: bool = False) -> Job:
    """Have a projection rebuilt, by a job that is known already or a new one; its result tells of the new generation.

    It blocks while it talks to Redis, and raises redis.RedisError; with `once` DuplicateJobError for a known job.
    """
    return queue(REBUILD, redis).enqueue_call(  # pyright: ignore[reportUnknownMemberType]
        "services.worker.jobs.rebuild",
        args=(projection,),
        job_id=job,
        timeout=REBUILD_TIMEOUT_S,
        result_ttl=_A_DAY_S,
        failure_ttl=_A_DAY_S,
        unique=once,
    )


def rebuilt_by(redis: Redis, job: str) -> str:
    """Give the projection that a job rebuilds; it is known for a day after its end."""
    found = Job.fetch(job, connection=redis, serializer=JSONSerializer)  # pyright: ignore[reportUnknownMemberType]
    return str(found.args[0])  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]


def rebuild_ends(redis: Redis, job: str) -> bool | None:
    """Tell whether a rebuild has ended, False while it waits or is made; None where Redis knows of no such job.

    It blocks while it talks to Redis, and raises redis.RedisError.
    """
    found = queue(REBUILD, redis).fetch_job(job)
    return None if found is None else found.get_status(refresh=False) in _ENDED


def enqueue_follow(redis: Redis, own_queue: str) -> None:
    """Have the process that works on the queue follow the log for another round.

    A job that nobody begins within a minute belongs to a process that is gone. Raises redis.RedisError.
    """
    queue(own_queue, redis).enqueue_call(  # pyright: ignore[reportUnknownMemberType]
        "services.worker.jobs.follow", timeout=-1, ttl=_UNSTARTED_S, result_ttl=0, failure_ttl=_A_DAY_S
    )
