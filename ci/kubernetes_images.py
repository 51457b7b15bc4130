"""Images for a private cluster, out of root file systems: no image registry can be reached from here."""

import hashlib
import io
import json
import pathlib
import shutil
import subprocess
import tarfile
import tempfile


def add_file(archive, name, content):
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    archive.addfile(entry, io.BytesIO(content))


def write_archive(path, name, layer, entrypoint):
    """The format of `docker save`, with one layer."""
    digest = hashlib.sha256()
    with open(layer, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    config = {"architecture": "amd64", "os": "linux", "config": {"Entrypoint": entrypoint},
              "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest.hexdigest()}"]}}
    with tarfile.open(path, "w") as archive:
        add_file(archive, "config.json", json.dumps(config).encode())
        archive.add(layer, "layer.tar")
        manifest = [{"Config": "config.json", "RepoTags": [name], "Layers": ["layer.tar"]}]
        add_file(archive, "manifest.json", json.dumps(manifest).encode())


def import_image(cluster, name, rootfs, entrypoint=()):
    """`name` is complete: the registry's host, path and tag; a short one is the Docker Hub's."""
    if "/" not in name:
        name = f"docker.io/library/{name}"
    with tempfile.TemporaryDirectory(dir=cluster.directory) as place:
        archive = pathlib.Path(place) / "image.tar"
        write_archive(archive, name, rootfs, list(entrypoint))
        subprocess.run(["ctr", "-a", cluster.containerd_socket, "-n", "k8s.io", "images", "import",
                        "--no-unpack=false", archive], check=True, stdout=subprocess.DEVNULL)
    return 0


def import_pause(cluster, name):
    """What holds a pod's namespaces: a program that sleeps."""
    with tempfile.TemporaryDirectory(dir=cluster.directory) as place:
        layer = pathlib.Path(place) / "layer.tar"
        with tarfile.open(layer, "w") as archive:
            archive.add(shutil.which("busybox", path="/bin:/usr/bin"), "busybox")
        import_image(cluster, name, layer, ["/busybox", "sleep", "2147483647"])
