"""The `fairnode` command. Data goes to standard output, everything else to standard error.

Exit status: 0 done, 1 findings or an unbalanced ledger, 2 usage or settings, 3 a peer failed, 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module

import click

from node import __version__
from node.errors import FairnodeError

# Each command's file is imported when the command is called: `fairnode map` needs no database.
_COMMANDS = {
    "init": "setup:init",
    "check": "setup:check",
    "migrate": "setup:migrate",
    "serve": "running:serve",
    "worker": "running:worker",
    "demo": "running:demo",
    "source": "sources:source",
    "registration": "registrations:registration",
    "harvest": "harvesting:harvest",
    "run": "harvesting:run",
    "ledger": "harvesting:ledger",
    "map": "files:map_",
    "validate": "validating:validate_",
    "audit": "auditing:audit",
    "links": "links:links",
    "oai": "oai:oai",
    "token": "tokens:token",
    "query": "querying:query",
    "graph": "stores:graph",
    "store": "stores:store",
    "label": "labels:label",
    "trail": "trail:trail",
    "peer": "peers:peer",
}


class _Group(click.Group):
    """Turns the node's errors into a message with advice and the documented exit status."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, _, name = _COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(f"node.cli.{module}"), name)
        return command

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except FairnodeError as error:
            click.echo(f"fairnode: {error.message} [{error.code}]", err=True)
            click.echo(f"  {error.advice}", err=True)
            ctx.exit(error.exit_status)
        except KeyboardInterrupt:
            click.echo(
                "Interrupted. What was kept is kept; run a harvest again and it goes on at its last page.", err=True
            )
            sys.stderr.flush()
            # Threads may be waiting for a source that hangs; nobody has to wait for them.
            os._exit(130)
        except BrokenPipeError:
            # The reader of our output left (`| head`); nothing is wrong, and Python must not complain at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(0)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--home",
    envvar="FAIRNODE_HOME",
    type=click.Path(file_okay=False),
    help="Home folder of the node [default: ./fairnode-home].",
)
@click.version_option(__version__, prog_name="fairnode")
@click.pass_context
def main(ctx: click.Context, home: str | None) -> None:
    """A FAIR research-data federation node.

    It harvests metadata from repositories, maps it to DCAT-AP, validates it against SHACL shapes, stores it under
    sovereignty labels, and serves it over OAI-PMH and SPARQL.

    Begin with `fairnode demo`, or with `fairnode init`, `fairnode source add URL --name NAME`,
    `fairnode harvest NAME` and `fairnode serve`.
    """
    ctx.obj = home
