"""`python -m tests.durability`: kills the server under load and looks whether anything acknowledged is lost. Exits 1 if so.

On SQLite, or with --database postgresql on the server that --url or DATABASE_URL names; where neither does, in a cluster
of its own. Everything is made in a folder of its own and removed afterwards.
"""

import argparse
import os
import random
import sys
import tempfile
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from tests.durability import report
from tests.durability.places import Cluster, database, filesystem
from tests.durability.runs import carried_out, moments, prepared
from tests.durability.syncing import synced, traced
from tests.durability.writers import NOTHING_TWICE, Shares

LOGS_TRACED = 200


def main():
    args = parsed()
    server = os.environ.get("DATABASE_URL", "") if args.url is None else args.url
    # What is killed or traced has to be one's own.
    named = server if server.startswith("postgres") and not (args.fsync or args.crash_database) else ""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="recovery-durability-", dir=args.folder)))
        folder.chmod(0o711)  # the cluster runs as somebody else
        cluster = None
        if args.database == "postgresql" and not named:
            cluster = Cluster(folder, under=traced(folder / "cluster" / "trace") if args.fsync else ())
            cluster.make()
            stack.callback(cluster.stop)
            cluster.start()
        print(report.machine(args.database + (" of its own, fsync on" if cluster else ""), filesystem(folder)), flush=True)
        url = stack.enter_context(database(folder, args.database, named, cluster))
        lines, is_met = performed(args, folder, url, cluster)
    print("\n".join([*lines, "KEPT" if is_met else "MISSED"]))
    return 0 if is_met else 1


def performed(args, folder, url, cluster):
    if args.fsync:
        return report.of_synced(synced(folder, url, prepared(folder, url, LOGS_TRACED, 1, args.seed), cluster))
    plan = prepared(folder, url, args.submissions, args.writers, args.seed)
    if args.measure:
        return report.of_measured(carried_out(folder, url, plan, args.writers, NOTHING_TWICE), args.database)
    print(
        f"{args.writers} writers, {args.submissions:,} entries of {len(plan):,} patients, {args.kills} kills, seed {args.seed}", flush=True
    )
    more = [cluster] if args.crash_database else []
    at = moments(args.submissions, args.kills, args.seed)
    done = carried_out(folder, url, plan, args.writers, Shares(), at, more_to_kill=more, say=partial(print, flush=True))
    return report.of_kept(done, bool(more))


def parsed():
    words = argparse.ArgumentParser(prog="python -m tests.durability", description=__doc__)
    words.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    words.add_argument("--url", help="A PostgreSQL server on which databases may be made, such as postgres://user@host/name.")
    words.add_argument("--writers", type=int, default=50)
    words.add_argument("--submissions", type=int, help="10000, or 1000 with --measure.")
    words.add_argument("--kills", type=int, default=20)
    words.add_argument("--folder", help="Where the folder is made; not in memory, or no disk is asked.")
    words.add_argument("--seed", type=int, default=random.randrange(10**6), help="The same entries and moments again.")
    words.add_argument("--measure", action="store_true", help="No kills: how long saving a log takes.")
    words.add_argument("--fsync", action="store_true", help="No kills: count with strace how often the disk is asked.")
    words.add_argument("--crash-database", action="store_true", help="PostgreSQL of its own: kill it as well, by turns.")
    args = words.parse_args()
    if args.crash_database and args.database == "sqlite":
        words.error("--crash-database is for --database postgresql: SQLite lives in the server, which is killed anyway.")
    args.submissions = args.submissions or (1000 if args.measure else 10_000)
    return args


if __name__ == "__main__":
    sys.exit(main())
