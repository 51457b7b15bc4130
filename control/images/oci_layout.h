// A directory in the OCI image layout: blobs named by their SHA-256, and an index of images. It is
// what skopeo, podman and buildah read, and what registries serve.
//
// Everything that is read is checked against its digest. Failure: as of the file system; `invalid`
// for content that is not what its name says, or no layout at all. Thread: one at a time.
#pragma once

#include "contracts/base/json.h"
#include "contracts/base/result.h"
#include "control/images/tar.h"

#include <string>

namespace control::images {

// What refers to a blob.
struct OciDescriptor {
    std::string media_type;
    std::string digest;  // "sha256:…"
    std::int64_t size = 0;

    [[nodiscard]] contracts::Json to_json() const;
    // `invalid` if it has no such members, or a digest that is not a SHA-256.
    [[nodiscard]] static contracts::Result<OciDescriptor> from_json(const contracts::Json& json);
};

struct OciLayer {
    OciDescriptor blob;
    std::string content;  // the digest of the archive before compression, as configurations name it
};

class OciLayout {
public:
    // `not_found` if the directory is not a layout.
    [[nodiscard]] static contracts::Result<OciLayout> open(std::string directory);
    // Makes the directory; `conflict` if it exists, because old blobs would stay in it.
    [[nodiscard]] static contracts::Result<OciLayout> create(std::string directory);

    // The only image of the layout.
    [[nodiscard]] contracts::Result<OciDescriptor> image() const;
    // A blob that is JSON: a manifest or a configuration, of at most 4 MiB.
    [[nodiscard]] contracts::Result<contracts::Json> read(const OciDescriptor& blob) const;

    [[nodiscard]] contracts::Result<OciDescriptor> put(const contracts::Json& content,
                                                       std::string media_type);
    // Compressed and written while the archive is read.
    [[nodiscard]] contracts::Result<OciLayer> put_layer(TarStream archive);
    // Copies a blob of another layout.
    [[nodiscard]] contracts::Result<void> copy(const OciLayout& from, const OciDescriptor& blob);
    // Names the layout's only image. The last thing that is written.
    [[nodiscard]] contracts::Result<void> set_image(const OciDescriptor& manifest,
                                                    const std::string& name);

private:
    explicit OciLayout(std::string directory) : directory_(std::move(directory)) {}
    [[nodiscard]] std::string path_of(const std::string& digest) const;

    std::string directory_;
};

}  // namespace control::images
