// Files served from memory, as they are or as gzip that was packed once. Each form has an ETag of
// its own; a client that sends it gets 304. Thread: any.
#pragma once

#include "control/http/message.h"

#include <span>

namespace control {

struct StaticFile {
    std::string_view name;  // "page.js"
    std::string_view type;  // "text/javascript; charset=utf-8"
    std::string_view bytes;
};

class StaticFiles {
public:
    // Packs them, at zlib's best. Borrows the bytes.
    explicit StaticFiles(std::span<const StaticFile> files);

    // GET and HEAD; any other method gets 405, an unknown file 404.
    [[nodiscard]] HttpResponse serve(const HttpRequest& request, std::string_view name) const;
    [[nodiscard]] std::size_t packed_size() const;  // of all of them

private:
    struct Held {
        StaticFile file;
        std::string etag;
        std::string packed;  // empty if packing would not make it smaller
        std::string packed_etag;
    };
    std::map<std::string_view, Held> files_;
};

}  // namespace control
