"""A gigabyte of audio to rclone's server: our time and memory beside those of `aws s3 cp`.

pip install awscli; python benchmarks/large.py [MEGABYTES] > benchmarks/large.txt
"""

import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from closure import environment
from servers import fresh

OURS = """
import sys
from pathlib import Path
from publisher.model import Entry, TargetSettings
from publisher.targets import open_target
path = Path(sys.argv[3])
target = open_target(TargetSettings(sys.argv[1], sys.argv[2], "us-east-1"), path.parent)
target.put("ours", path, Entry("x", path.stat().st_size, "audio/mpeg", ""), lambda _: None)
import resource
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def timed(command):
    began = time.monotonic()
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return time.monotonic() - began, done.stdout


def main():
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 1024
    aws = os.environ.get("AWS_CLI") or shutil.which("aws")
    with environment() as (_, rclone), tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "big.mp3")
        with path.open("wb") as file:
            for _ in range(size):
                file.write(os.urandom(1 << 20))
        store = fresh(rclone)
        endpoint = f"http://127.0.0.1:{rclone.port}"
        os.environ["AWS_REQUEST_CHECKSUM_CALCULATION"] = "when_required"
        os.environ["AWS_DEFAULT_REGION"] = "us-east-1"
        url = f"s3://{store.bucket}"
        ratios = []
        for number in range(5):
            seconds, said = timed([sys.executable, "-c", OURS, url, endpoint, str(path)])
            line = f"run {number + 1}: ours {size / seconds:.0f} MiB/s, {int(said)} MiB of memory"
            store.client.delete_object(Bucket=store.bucket, Key="ours")
            if aws:
                copy = [aws, "--endpoint-url", endpoint, "s3", "cp", str(path), f"{url}/theirs"]
                theirs, _ = timed(copy)
                memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
                line += f"; aws s3 cp {size / theirs:.0f} MiB/s, {memory} MiB (the larger of both)"
                ratios.append(theirs / seconds)
                line += f"; ours is {theirs / seconds:.2f} times as fast"
                store.client.delete_object(Bucket=store.bucket, Key="theirs")
            print(line, flush=True)
        if ratios:
            print(f"median: ours is {statistics.median(ratios):.2f} times as fast")


if __name__ == "__main__":
    main()
