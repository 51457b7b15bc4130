#include "control/runtime/docker/api_version.h"

#include <algorithm>
#include <charconv>

namespace control::docker {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Json;
using contracts::Result;

namespace {

std::optional<ApiVersion> version_at(const Json& told, const char* key) {
    const auto found = told.is_object() ? told.find(key) : told.end();
    if (found == told.end() || !found->is_string()) return std::nullopt;
    return parse_api_version(found->get_ref<const std::string&>());
}

}  // namespace

std::string to_text(ApiVersion version) {
    return std::to_string(version.major) + "." + std::to_string(version.minor);
}

std::optional<ApiVersion> parse_api_version(std::string_view text) {
    ApiVersion version;
    const char* const end = text.data() + text.size();
    const auto major = std::from_chars(text.data(), end, version.major);
    if (major.ec != std::errc() || major.ptr == end || *major.ptr != '.') return std::nullopt;
    const auto minor = std::from_chars(major.ptr + 1, end, version.minor);
    if (minor.ec != std::errc() || minor.ptr != end || version.major < 0 || version.minor < 0)
        return std::nullopt;
    return version;
}

Result<ApiVersion> common_version(const Json& told) {
    const std::optional<ApiVersion> newest = version_at(told, "ApiVersion");
    if (!newest)
        return fail(ErrorKind::fatal, "the engine does not report its API versions", {},
                    "check that a Docker Engine listens there");
    // Engines older than 1.25 do not report their oldest version.
    const ApiVersion oldest = version_at(told, "MinAPIVersion").value_or(ApiVersion{});
    const std::string ours = to_text(kOldestApi) + " to " + to_text(kNewestApi);
    if (*newest < kOldestApi)
        return fail(ErrorKind::fatal,
                    "the engine supports API " + to_text(*newest) + ", but we support " + ours, {},
                    "install Docker 20.10 or newer");
    if (oldest > kNewestApi)
        return fail(ErrorKind::fatal,
                    "the engine's oldest API is " + to_text(oldest) + ", but we support " + ours,
                    {}, "install a newer orchestratord, or lower the engine's min-api-version");
    return std::max(oldest, kOldestApi);
}

}  // namespace control::docker
