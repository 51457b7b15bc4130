#include "control/ports/image_settings.h"

#include <fcntl.h>
#include <cerrno>
#include <cstring>

namespace control {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;

namespace {

// Both become arguments of the request for a build, whose size the engine limits to that of a
// header.
constexpr std::size_t kMostBytes = 32 << 10;

Result<std::string> text_of(const std::string& path, std::string_view setting) {
    if (path.empty()) return std::string();
    const contracts::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.valid()) return fail(ErrorKind::fatal, path + ": " + std::strerror(errno), setting);
    std::string text(kMostBytes + 1, '\0');
    const ssize_t got = ::read(file.get(), text.data(), text.size());
    if (got < 0) return fail(ErrorKind::fatal, path + ": " + std::strerror(errno), setting);
    text.resize(static_cast<std::size_t>(got));
    if (text.size() > kMostBytes)
        return fail(ErrorKind::fatal,
                    path + " has more than " + std::to_string(kMostBytes) + " bytes", setting);
    return text;
}

}  // namespace

Result<images::ImageSettings> image_settings(const Settings& settings) {
    images::ImageSettings images{.base = settings.runtime.base_image,
                                 .agents_directory = settings.places.agents_directory,
                                 .build_network = settings.runtime.build_network,
                                 .lock_directory = settings.places.data_directory + "/image-locks"};
    Result<std::string> ca = text_of(settings.runtime.build_ca_file, "BUILD_CA_FILE");
    if (!ca) return ca.fault();
    images.extra_ca = std::move(*ca);
    Result<std::string> sources = text_of(settings.runtime.build_apt_sources, "BUILD_APT_SOURCES");
    if (!sources) return sources.fault();
    images.apt_sources = std::move(*sources);
    images.toolchains = settings.runtime.toolchains;
    return images;
}

}  // namespace control
