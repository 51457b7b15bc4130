#include "control/images/oci_layout.h"

#include "contracts/base/sha256.h"
#include "contracts/base/write_all.h"
#include "control/images/gzip.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <functional>
#include <optional>

namespace control::images {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Json;
using contracts::Result;
using contracts::Sha256;
using contracts::system_error;
using contracts::UniqueFd;

namespace {

constexpr std::string_view kSha256 = "sha256:";
constexpr std::string_view kIndex = "application/vnd.oci.image.index.v1+json";
constexpr std::string_view kLayer = "application/vnd.oci.image.layer.v1.tar+gzip";
constexpr std::int64_t kMostJson = 4 << 20;
constexpr std::size_t kPiece = 1 << 20;

bool is_digest(std::string_view text) {
    if (!text.starts_with(kSha256) || text.size() != kSha256.size() + 64) return false;
    return std::ranges::all_of(text.substr(kSha256.size()), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    });
}

Result<UniqueFd> open_to_read(const std::string& path) {
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd.valid()) return fail(system_error(errno, "open " + path));
    return fd;
}

using Piece = std::function<Result<void>(std::string_view)>;

Result<void> each_piece(int fd, const std::string& path, const Piece& piece) {
    std::string buffer(kPiece, '\0');
    while (true) {
        const ssize_t size = ::read(fd, buffer.data(), buffer.size());
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) return fail(system_error(errno, "read " + path));
        if (size == 0) return {};
        if (Result<void> taken = piece({buffer.data(), static_cast<std::size_t>(size)}); !taken)
            return taken;
    }
}

// A file that gets its name when it is complete.
class NewFile {
public:
    static Result<NewFile> begin(const std::string& directory) {
        NewFile file;
        file.path_ = directory + "/.new";
        file.fd_.reset(::open(file.path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
        if (!file.fd_.valid()) return fail(system_error(errno, "create " + file.path_));
        return file;
    }
    Result<void> write(std::string_view bytes) {
        digest_.update(bytes);
        size_ += static_cast<std::int64_t>(bytes.size());
        if (contracts::write_all(fd_.get(), bytes)) return {};
        return fail(system_error(errno, "write " + path_));
    }
    // Its digest; no more is written.
    std::string digest() { return std::string(kSha256) + contracts::to_hex(digest_.finish()); }
    Result<void> rename_to(const std::string& path) const {
        if (::rename(path_.c_str(), path.c_str()) == 0) return {};
        return fail(system_error(errno, "rename " + path_ + " to " + path));
    }
    [[nodiscard]] std::int64_t size() const { return size_; }

private:
    std::string path_;
    UniqueFd fd_;
    Sha256 digest_;
    std::int64_t size_ = 0;
};

Result<void> write_file(const std::string& directory, const std::string& name,
                        std::string_view content) {
    Result<NewFile> file = NewFile::begin(directory);
    if (!file) return file.fault();
    if (Result<void> written = file->write(content); !written) return written;
    return file->rename_to(directory + "/" + name);
}

Result<void> make_directory(const std::string& path) {
    if (::mkdir(path.c_str(), 0755) == 0) return {};
    return fail(system_error(errno, "create " + path));
}

std::unexpected<contracts::Error> no_layout(const std::string& directory, const std::string& why) {
    return fail(ErrorKind::invalid, directory + " is not a usable OCI image layout: " + why, "base",
                "skopeo copy docker://IMAGE oci:DIRECTORY makes one");
}

}  // namespace

Json OciDescriptor::to_json() const {
    return {{"mediaType", media_type}, {"digest", digest}, {"size", size}};
}

Result<OciDescriptor> OciDescriptor::from_json(const Json& json) {
    const auto text = [&](const char* name) {
        return json.is_object() ? contracts::text_at(json, name) : std::string();
    };
    OciDescriptor found{text("mediaType"), text("digest")};
    if (!is_digest(found.digest))
        return fail(ErrorKind::invalid, "a descriptor has no SHA-256 digest", "digest");
    if (const auto size = json.find("size"); size != json.end() && size->is_number_integer())
        found.size = size->get<std::int64_t>();
    if (found.size <= 0) return fail(ErrorKind::invalid, "a descriptor has no size", "size");
    return found;
}

std::string OciLayout::path_of(const std::string& digest) const {
    return directory_ + "/blobs/sha256/" + digest.substr(kSha256.size());
}

Result<OciLayout> OciLayout::open(std::string directory) {
    if (::access((directory + "/oci-layout").c_str(), R_OK) != 0)
        return fail(ErrorKind::not_found, directory + " is not an OCI image layout", "base",
                    "skopeo copy docker://IMAGE oci:DIRECTORY makes one");
    return OciLayout(std::move(directory));
}

Result<OciLayout> OciLayout::create(std::string directory) {
    if (::mkdir(directory.c_str(), 0755) != 0) {
        if (errno == EEXIST)
            return fail(ErrorKind::conflict, directory + " exists already", "to",
                        "remove it, or name another directory");
        return fail(system_error(errno, "create " + directory));
    }
    for (const char* below : {"/blobs", "/blobs/sha256"})
        if (Result<void> made = make_directory(directory + below); !made) return made.fault();
    if (Result<void> written =
            write_file(directory, "oci-layout", R"({"imageLayoutVersion":"1.0.0"})");
        !written)
        return written.fault();
    return OciLayout(std::move(directory));
}

Result<OciDescriptor> OciLayout::image() const {
    const std::string path = directory_ + "/index.json";
    Result<UniqueFd> fd = open_to_read(path);
    if (!fd) return fd.fault();
    std::string text;
    Result<void> whole = each_piece(fd->get(), path, [&](std::string_view piece) -> Result<void> {
        if (text.size() + piece.size() > static_cast<std::size_t>(kMostJson))
            return no_layout(directory_, "its index has more than 4 MiB");
        text.append(piece);
        return {};
    });
    if (!whole) return whole.fault();
    const Result<Json> index = contracts::parse_json(text);
    if (!index) return no_layout(directory_, index.error().describe());
    const auto images = index->is_object() ? index->find("manifests") : index->end();
    if (images == index->end() || !images->is_array() || images->size() != 1)
        return no_layout(directory_, "it does not have exactly one image");
    Result<OciDescriptor> image = OciDescriptor::from_json(images->front());
    if (!image) return image;
    if (image->media_type == kIndex)
        return no_layout(directory_, "its image is a list of images for several machines");
    return image;
}

Result<Json> OciLayout::read(const OciDescriptor& blob) const {
    const std::string path = path_of(blob.digest);
    if (blob.size > kMostJson) return no_layout(directory_, blob.digest + " has more than 4 MiB");
    Result<UniqueFd> fd = open_to_read(path);
    if (!fd) return fd.fault();
    std::string text;
    Result<void> whole = each_piece(fd->get(), path, [&](std::string_view piece) -> Result<void> {
        if (static_cast<std::int64_t>(text.size() + piece.size()) > blob.size)
            return no_layout(directory_, blob.digest + " is larger than it should be");
        text.append(piece);
        return {};
    });
    if (!whole) return whole.fault();
    if (std::string(kSha256) + contracts::sha256_hex(text) != blob.digest)
        return no_layout(directory_, blob.digest + " has another digest");
    Result<Json> json = contracts::parse_json(text);
    if (!json || !json->is_object())
        return no_layout(directory_, blob.digest + " is not a JSON object");
    return json;
}

Result<OciDescriptor> OciLayout::put(const Json& content, std::string media_type) {
    const std::string text = contracts::dump_json(content);
    OciDescriptor blob{std::move(media_type), std::string(kSha256) + contracts::sha256_hex(text),
                       static_cast<std::int64_t>(text.size())};
    Result<void> written =
        write_file(directory_ + "/blobs/sha256", blob.digest.substr(kSha256.size()), text);
    if (!written) return written.fault();
    return blob;
}

Result<OciLayer> OciLayout::put_layer(TarStream archive) {
    Result<NewFile> file = NewFile::begin(directory_ + "/blobs/sha256");
    if (!file) return file.fault();
    Gzip gzip;
    Sha256 content;
    while (true) {
        Result<std::string> piece = archive.read(kPiece);
        if (!piece) return piece.fault();
        content.update(*piece);
        const std::string packed = piece->empty() ? gzip.finish() : gzip.add(*piece);
        if (Result<void> written = file->write(packed); !written) return written.fault();
        if (piece->empty()) break;
    }
    OciLayer layer{{std::string(kLayer), file->digest(), file->size()},
                   std::string(kSha256) + contracts::to_hex(content.finish())};
    if (Result<void> named = file->rename_to(path_of(layer.blob.digest)); !named)
        return named.fault();
    return layer;
}

Result<void> OciLayout::copy(const OciLayout& from, const OciDescriptor& blob) {
    const std::string path = from.path_of(blob.digest);
    Result<UniqueFd> source = open_to_read(path);
    if (!source) return source.fault();
    Result<NewFile> file = NewFile::begin(directory_ + "/blobs/sha256");
    if (!file) return file.fault();
    Result<void> copied =
        each_piece(source->get(), path, [&](std::string_view piece) { return file->write(piece); });
    if (!copied) return copied;
    if (file->size() != blob.size || file->digest() != blob.digest)
        return no_layout(from.directory_, blob.digest + " has another size or digest");
    return file->rename_to(path_of(blob.digest));
}

Result<void> OciLayout::set_image(const OciDescriptor& manifest, const std::string& name) {
    Json image = manifest.to_json();
    image["annotations"] = {{"org.opencontainers.image.ref.name", name}};
    const Json index{
        {"schemaVersion", 2}, {"mediaType", kIndex}, {"manifests", Json::array({image})}};
    return write_file(directory_, "index.json", contracts::dump_json(index));
}

}  // namespace control::images
