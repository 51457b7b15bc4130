#include "control/workers/manifest.h"

#include "contracts/base/json.h"
#include "contracts/base/unique_fd.h"
#include "contracts/base/write_all.h"
#include "contracts/fields/read.h"
#include "contracts/fields/write.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>

namespace control {

using contracts::Json;
using contracts::system_error;
using contracts::UniqueFd;

namespace {

constexpr std::size_t kLargestManifest = 4 << 20;

std::string path_in(const std::string& directory) {
    return directory + "/worker.json";
}

Result<std::string> read_ours(const std::string& path) {
    const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    struct stat there{};
    if (!file.valid() || ::fstat(file.get(), &there) != 0)
        return fail(system_error(errno, "open " + path));
    if (!S_ISREG(there.st_mode) || there.st_uid != ::geteuid() || (there.st_mode & 0077U) != 0 ||
        there.st_size > static_cast<off_t>(kLargestManifest))
        return fail(ErrorKind::invalid, path + " is not a private file of this daemon");
    std::string text(static_cast<std::size_t>(there.st_size), '\0');
    std::size_t filled = 0;
    while (filled < text.size()) {
        const ssize_t got = ::read(file.get(), text.data() + filled, text.size() - filled);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail(system_error(errno, "read " + path));
        if (got == 0) break;
        filled += static_cast<std::size_t>(got);
    }
    text.resize(filled);
    return text;
}

}  // namespace

Result<void> write_manifest(const std::string& directory, const WorkerRow& worker) {
    Result<Json> config = contracts::parse_json(contracts::format_message(worker.config));
    if (!config) return config.fault();
    Json manifest{{"id", worker.id},
                  {"request_id", worker.request_id},
                  {"config", *std::move(config)},
                  {"context", worker.context},
                  {"created_at", worker.created_at.time_since_epoch().count()}};
    if (worker.slot) manifest["slot"] = *worker.slot;
    const std::string text = contracts::dump_json(manifest);
    const std::string path = path_in(directory);
    const UniqueFd file(
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file.valid()) return fail(system_error(errno, "create " + path));
    if (!contracts::write_all(file.get(), text)) return fail(system_error(errno, "write " + path));
    return {};
}

Result<WorkerRow> read_manifest(const std::string& directory) {
    Result<std::string> text = read_ours(path_in(directory));
    if (!text) return text.fault();
    Result<Json> manifest = contracts::parse_json(*text);
    if (!manifest) return manifest.fault();
    const auto config = manifest->find("config");
    const auto context = manifest->find("context");
    if (config == manifest->end() || context == manifest->end() || !context->is_object())
        return fail(ErrorKind::invalid, path_in(directory) + " lacks config or context");
    WorkerRow worker;
    worker.id = contracts::text_at(*manifest, "id");
    worker.request_id = contracts::text_at(*manifest, "request_id");
    worker.phase = WorkerPhase::running;
    Result<contracts::WorkerConfig> parsed =
        contracts::read_message<contracts::WorkerConfig>(*config);
    if (!parsed) return parsed.fault();
    worker.config = *std::move(parsed);
    for (const auto& [key, value] : context->items())
        if (value.is_string()) worker.context.emplace(key, value.get<std::string>());
    if (const auto slot = manifest->find("slot");
        slot != manifest->end() && slot->is_number_integer())
        worker.slot = slot->get<std::int64_t>();
    if (const auto created = manifest->find("created_at");
        created != manifest->end() && created->is_number_integer())
        worker.created_at =
            contracts::Timestamp(std::chrono::milliseconds(created->get<std::int64_t>()));
    if (worker.id.empty() || worker.request_id.empty())
        return fail(ErrorKind::invalid, path_in(directory) + " does not name a worker");
    return worker;
}

}  // namespace control
