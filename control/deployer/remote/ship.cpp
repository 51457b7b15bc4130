#include "control/deployer/remote/ship.h"

#include "contracts/base/id.h"
#include "contracts/base/unique_fd.h"

#include <fcntl.h>
#include <unistd.h>
#include <cerrno>
#include <chrono>

namespace control::deployer {

using contracts::Error;
using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;
using contracts::system_error;
using contracts::UniqueFd;

namespace {

constexpr std::chrono::minutes kShipLimit{30};
// When saving, an engine writes the whole archive to its own disk before it sends the first byte;
// when loading, it reads the whole archive before it answers.
constexpr std::chrono::minutes kShipIdle{10};

// Empty: the engine does not have the image.
Result<std::string> image_id(const docker::Engine& engine, const std::string& image) {
    const auto answer =
        engine.ask("GET", "/images/" + encode_percent(image) + "/json", std::nullopt);
    if (!answer) return answer.fault();
    if (answer->status == 404) return std::string();
    if (answer->status != 200)
        return fail(docker::refusal(answer->status, answer->body, "look at the image " + image));
    const auto json = contracts::parse_json(answer->body);
    if (!json) return json.fault();
    return docker::text_at(*json, "Id");
}

Result<void> save(const docker::Engine& engine, const std::string& image, const UniqueFd& file,
                  const std::stop_token& stop) {
    int status = 0;
    int trouble = 0;
    ClientRequest request = engine.request("GET", "/images/" + encode_percent(image) + "/get");
    request.timeout = kShipLimit;
    request.idle_timeout = kShipIdle;
    request.on_headers = [&status](int told, const std::vector<HttpHeader>&) {
        status = told;
    };
    request.on_data = [&](std::string_view data) {
        while (status == 200 && !data.empty() && trouble == 0) {
            const ssize_t written = ::write(file.get(), data.data(), data.size());
            if (written < 0 && errno == EINTR) continue;
            if (written < 0)
                trouble = errno;
            else
                data.remove_prefix(static_cast<std::size_t>(written));
        }
        return trouble == 0;
    };
    const auto answer = engine.http().perform(std::move(request), stop);
    if (trouble != 0) return fail(system_error(trouble, "write the image"));
    if (!answer) return answer.fault();
    if (status == 200) return {};
    return fail(docker::refusal(status, {}, "give the image " + image));
}

Result<void> load(const docker::Engine& engine, const std::string& image, const UniqueFd& file,
                  const std::stop_token& stop) {
    if (::lseek(file.get(), 0, SEEK_SET) != 0) return fail(system_error(errno, "read the image"));
    ClientRequest request = engine.request("POST", "/images/load?quiet=1");
    request.timeout = kShipLimit;
    request.idle_timeout = kShipIdle;
    request.headers.push_back({"Content-Type", "application/x-tar"});
    request.on_read = [&file](std::size_t most) -> std::optional<std::string> {
        std::string bytes(most, '\0');
        const ssize_t size = ::read(file.get(), bytes.data(), bytes.size());
        bytes.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
        return bytes;
    };
    const auto answer = engine.http().perform(std::move(request), stop);
    if (!answer) return answer.fault();
    if (answer->status == 200) return {};
    return fail(docker::refusal(answer->status, answer->body, "take the image " + image));
}

}  // namespace

Result<void> ship_image(const docker::Engine& from, const docker::Engine& to,
                        const std::string& image, const std::string& directory,
                        const std::stop_token& stop) {
    const auto ours = image_id(from, image);
    if (!ours) return ours.fault();
    if (ours->empty()) return fail(ErrorKind::not_found, "there is no image " + image);
    const auto theirs = image_id(to, image);
    if (!theirs) return theirs.fault();
    if (*ours == *theirs) return {};
    const std::string path = directory + "/image-" + contracts::random_hex(8);
    const UniqueFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file.valid()) return fail(system_error(errno, "create " + path));
    ::unlink(path.c_str());
    auto done = save(from, image, file, stop);
    if (done) done = load(to, image, file, stop);
    if (!done) return fail(Error(done.error()).context("ship the image " + image));
    // The engine reports success even if the archive was not an image.
    const auto now = image_id(to, image);
    if (!now) return now.fault();
    if (*now == *ours) return {};
    return fail(ErrorKind::transient, "the server's engine did not take the image " + image);
}

}  // namespace control::deployer
