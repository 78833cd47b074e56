"""`conflictlog api` with an application that says hello in place of the product's."""

from litestar import Litestar, get

from services.cli import api, main


@get("/")
async def hello() -> str:
    """Say hello."""
    return "hello"


def create_app() -> Litestar:
    """Stand in for `services.api.app.create_app`."""
    return Litestar([hello], openapi_config=None)


if __name__ == "__main__":
    # Granian's workers are forks of this process, so that they find the stand-in here.
    api.create_app = create_app
    main(["api"], prog_name="conflictlog")
