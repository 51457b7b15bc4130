#include "control/workers/transcript.h"

#include "control/workers/agent_settings.h"
#include "control/workers/directories.h"
#include "control/workers/session_files.h"
#include "control/workers/transcript_reader.h"

#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <set>

namespace control {

namespace {

// A directory that goes with everything in it.
class Scratch {
public:
    explicit Scratch(std::string path) : path_(std::move(path)) { clear(); }
    ~Scratch() { clear(); }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    Scratch(Scratch&&) = delete;
    Scratch& operator=(Scratch&&) = delete;

    [[nodiscard]] Result<void> create() const {
        if (::mkdir(path_.c_str(), 0700) == 0) return {};
        return fail(contracts::system_error(errno, "create " + path_));
    }

private:
    void clear() const {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    std::string path_;
};

// What the worker's creator has given the agent may be secret.
std::vector<std::string> secrets_of(const WorkerRow& worker) {
    std::vector<std::string> secrets;
    for (const auto& [name, value] : worker.config.env_vars)
        if (!is_for_wrapper(name)) secrets.push_back(value);
    return secrets;
}

}  // namespace

Result<std::vector<TranscriptLine>> read_transcript(const WorkersSetting& setting,
                                                    const WorkerRow& worker,
                                                    const std::string& session_id) {
    const std::string home = directories_of(setting, worker.id).home;
    const std::string copied = std::filesystem::path(home).parent_path() / "transcript";
    if (!is_session_id(session_id) || !has_directories(setting, worker.id))
        return std::vector<TranscriptLine>();
    const Scratch scratch(copied);
    if (Result<void> created = scratch.create(); !created) return created.fault();
    const Result<int> files = copy_session_files({.agent_type = worker.config.agent_type,
                                                  .session_id = session_id,
                                                  .from = home,
                                                  .from_user = uid_of(setting, worker),
                                                  .to = copied,
                                                  .to_user = ::geteuid()});
    if (!files) return fail(files.error().context("transcript"));
    std::set<std::filesystem::path> paths;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(copied, ignored))
        if (entry.path().extension() == ".jsonl") paths.insert(entry.path());
    TranscriptReader reader(secrets_of(worker));
    for (const std::filesystem::path& path : paths) {
        std::ifstream file(path);
        for (std::string line; std::getline(file, line);)
            reader.read(line);
    }
    return reader.take();
}

}  // namespace control
