"""An OCI image out of tar files, one layer each, without an engine; the same input gives the same bytes.

    ci/oci_image.py FILE --name NAME [--created SECONDS] [--architecture A] [--env NAME=VALUE]... [--entrypoint PATH]
                    [--command WORD]... [--volume PATH]... [--port PORT/tcp]... LAYER...

FILE is an OCI image layout in a tar, as `skopeo`, `podman load` and `docker load` (25 or newer) read it; a manifest.json
for older engines lies beside it.
"""

import argparse
import datetime
import gzip
import hashlib
import io
import json
import pathlib
import tarfile


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


class Layout:
    def __init__(self):
        self.files = {"oci-layout": canonical({"imageLayoutVersion": "1.0.0"})}

    def blob(self, content, media_type):
        digest = hashlib.sha256(content).hexdigest()
        self.files[f"blobs/sha256/{digest}"] = content
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(content)}

    def write(self, path, created):
        with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as archive:
            for directory in ("blobs", "blobs/sha256"):
                entry = tarfile.TarInfo(directory)
                entry.type, entry.mode, entry.mtime = tarfile.DIRTYPE, 0o755, created
                archive.addfile(entry)
            for name in sorted(self.files):
                entry = tarfile.TarInfo(name)
                entry.size, entry.mode, entry.mtime = len(self.files[name]), 0o644, created
                archive.addfile(entry, io.BytesIO(self.files[name]))


def settings(arguments):
    config = {"Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", *arguments.env]}
    if arguments.entrypoint:
        config["Entrypoint"] = [arguments.entrypoint]
    if arguments.command:
        config["Cmd"] = arguments.command
    if arguments.volume:
        config["Volumes"] = {path: {} for path in arguments.volume}
    if arguments.port:
        config["ExposedPorts"] = {port: {} for port in arguments.port}
    return config


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--name", required=True)
    parser.add_argument("--created", type=int, default=0)
    parser.add_argument("--architecture", default="amd64")
    parser.add_argument("--entrypoint")
    for many in ("env", "command", "volume", "port"):
        parser.add_argument(f"--{many}", action="append", default=[])
    parser.add_argument("layers", nargs="+")
    arguments = parser.parse_args()

    layout, layers, contents = Layout(), [], []
    for path in arguments.layers:
        content = pathlib.Path(path).read_bytes()
        contents.append("sha256:" + hashlib.sha256(content).hexdigest())
        packed = gzip.compress(content, 6, mtime=0)
        layers.append(layout.blob(packed, "application/vnd.oci.image.layer.v1.tar+gzip"))
    created = datetime.datetime.fromtimestamp(arguments.created, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    config = layout.blob(canonical({
        "architecture": arguments.architecture, "os": "linux", "created": created, "config": settings(arguments),
        "rootfs": {"type": "layers", "diff_ids": contents},
        "history": [{"created": created, "created_by": "ci/package"} for _ in layers],
    }), "application/vnd.oci.image.config.v1+json")
    manifest = layout.blob(canonical({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": config,
        "layers": layers}), "application/vnd.oci.image.manifest.v1+json")
    manifest["annotations"] = {"org.opencontainers.image.ref.name": arguments.name.rpartition(":")[2]}
    layout.files["index.json"] = canonical({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [manifest]})
    place = lambda blob: "blobs/sha256/" + blob["digest"].removeprefix("sha256:")
    layout.files["manifest.json"] = canonical([{
        "Config": place(config), "RepoTags": [arguments.name], "Layers": [place(layer) for layer in layers]}])
    layout.write(arguments.file, arguments.created)


main()
