#include "control/http/static_files.h"

#include "contracts/base/sha256.h"
#include "control/http/compression.h"

namespace control {

namespace {

constexpr std::size_t kMarkDigits = 20;

bool names(std::string_view if_none_match, std::string_view etag) {
    return if_none_match == "*" || if_none_match.find(etag) != std::string_view::npos;
}

}  // namespace

StaticFiles::StaticFiles(std::span<const StaticFile> files) {
    for (const StaticFile& file : files) {
        const std::string mark = contracts::sha256_hex(file.bytes).substr(0, kMarkDigits);
        Held held{file, '"' + mark + '"', pack(file.bytes), '"' + mark + "-gzip\""};
        if (held.packed.size() >= file.bytes.size()) held.packed.clear();
        files_.emplace(file.name, std::move(held));
    }
}

HttpResponse StaticFiles::serve(const HttpRequest& request, std::string_view name) const {
    const auto found = files_.find(name);
    if (found == files_.end())
        return problem(404, {contracts::ErrorKind::not_found, "there is no such file"});
    if (request.method != "GET" && request.method != "HEAD") {
        HttpResponse refusal = problem(405, {contracts::ErrorKind::invalid,
                                             request.method + " is not served at this path",
                                             {},
                                             "use GET"});
        refusal.headers.push_back({"Allow", "GET, HEAD"});
        return refusal;
    }
    const Held& held = found->second;
    const bool packed = !held.packed.empty() && takes_gzip(request.header("Accept-Encoding"));
    const std::string& etag = packed ? held.packed_etag : held.etag;
    // no-cache: browsers keep it and ask each time, so that the page of a newer daemon is seen at
    // once.
    HttpResponse response{
        .status = 200,
        .headers = {{"ETag", etag}, {"Cache-Control", "no-cache"}, {"Vary", "Accept-Encoding"}},
        .body = {}};
    if (names(request.header("If-None-Match"), etag)) {
        response.status = 304;
        return response;
    }
    response.headers.push_back({"Content-Type", std::string(held.file.type)});
    if (packed) response.headers.push_back({"Content-Encoding", "gzip"});
    response.body = packed ? held.packed : std::string(held.file.bytes);
    return response;
}

std::size_t StaticFiles::packed_size() const {
    std::size_t size = 0;
    for (const auto& [name, held] : files_)
        size += held.packed.empty() ? held.file.bytes.size() : held.packed.size();
    return size;
}

}  // namespace control
