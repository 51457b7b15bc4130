#include "control/http/compression.h"

#include "contracts/base/text.h"

#include <zlib.h>
#include <algorithm>
#include <cstdlib>

namespace control {

namespace {

constexpr int kGzip = 15 + 16;  // the widest window, gzip's wrapping
constexpr int kMemoryLevel = 8;

bool is_text(std::string_view type) {
    return type.starts_with("application/json") || type.starts_with("application/problem+json") ||
           type.starts_with("text/");
}

// Empty if zlib refuses.
std::string gzip(std::string_view text, int level) {
    z_stream stream{};
    if (deflateInit2(&stream, level, Z_DEFLATED, kGzip, kMemoryLevel, Z_DEFAULT_STRATEGY) != Z_OK)
        return {};
    std::string packed(deflateBound(&stream, static_cast<uLong>(text.size())), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    const int ended = deflate(&stream, Z_FINISH);
    packed.resize(stream.total_out);
    deflateEnd(&stream);
    return ended == Z_STREAM_END ? packed : std::string();
}

}  // namespace

bool takes_gzip(std::string_view accept_encoding) {
    bool any = false;
    while (!accept_encoding.empty()) {
        const std::string_view part = accept_encoding.substr(0, accept_encoding.find(','));
        accept_encoding.remove_prefix(std::min(part.size() + 1, accept_encoding.size()));
        const std::size_t semicolon = std::min(part.find(';'), part.size());
        const std::string_view name = contracts::trimmed(part.substr(0, semicolon));
        const std::string_view weight =
            contracts::trimmed(part.substr(std::min(semicolon + 1, part.size())));
        const bool taken = !weight.starts_with("q=") ||
                           std::strtod(std::string(weight.substr(2)).c_str(), nullptr) > 0;
        const std::string coding = contracts::lower_case(name);
        if (coding == "gzip" || coding == "x-gzip") return taken;
        if (name == "*") any = taken;
    }
    return any;
}

std::string pack(std::string_view text) {
    return gzip(text, Z_BEST_COMPRESSION);
}

void compress(HttpResponse& response) {
    if (response.body.size() < kWorthCompressing || !response.header("ETag").empty() ||
        !response.header("Content-Encoding").empty() || !is_text(response.header("Content-Type")))
        return;
    std::string packed = gzip(response.body, Z_BEST_SPEED);
    if (packed.empty() || packed.size() >= response.body.size()) return;
    response.body = std::move(packed);
    response.headers.push_back({"Content-Encoding", "gzip"});
    response.headers.push_back({"Vary", "Accept-Encoding"});
}

HttpHandler compressing(HttpHandler inner) {
    return [inner = std::move(inner)](HttpRequest request, HttpReply reply) {
        if (!takes_gzip(request.header("Accept-Encoding")))
            return inner(std::move(request), std::move(reply));
        inner(std::move(request), [reply = std::move(reply)](HttpResponse response) {
            compress(response);
            reply(std::move(response));
        });
    };
}

}  // namespace control
